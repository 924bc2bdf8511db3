"""What happens to collected mail on the server, on real Dovecots: with MOVE, without it, and without UIDPLUS either."""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from core.__main__ import app
from core.commands.printing import records
from core.configuration import load
from core.effect_outbox import EffectOutbox
from core.effects import do_effects, effects_foreseen, effects_state
from core.errors import NotAllowed
from core.health import Bounds, troubles
from core.sources import imap_changing
from tests.desk import AP, CONFIGURATION, DeskUnderTest, mail
from tests.homes import with_others
from tests.servers.dovecot import PASSWORD, PASSWORD_ENV, Dovecot, dovecot, why_not
from tests.servers.scripted import scripted
from tests.test_imap_source import on_the_wire

REPOSITORY = Path(__file__).parent.parent
KINDS = {"MOVE": "", "UIDPLUS": "imap_capability = IMAP4rev1 UIDPLUS LITERAL+", "bare": "imap_capability = IMAP4rev1"}
FLAG, MOVE, DELETE = (
    'after_collecting = "flag"',
    'after_collecting = "move"',
    'after_collecting = "delete"\ndelete_after_days = 30',
)
DAYS = timedelta(days=30)
LATER = timedelta(hours=3)  # longer than any wait


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Dovecot]]:
    if reason := why_not():
        pytest.skip(reason)
    with ExitStack() as stack:
        yield {kind: stack.enter_context(dovecot(settings)) for kind, settings in KINDS.items()}


@dataclass
class Mailbox:
    """A mailbox on a server, the desk that collects it, and a look at what lies there."""

    kind: str
    server: Dovecot
    user: str
    desk: DeskUnderTest

    @property
    def removed(self) -> str:
        """What becomes of moved mail where it lay: a server without UIDPLUS can't expunge some mail only."""
        return "marked" if self.kind == "bare" else "moved"

    def holds(self, *raws: bytes) -> None:
        self.server.fill(self.user, raws)

    def configured(self, effect: str) -> None:
        """The desk with this effect, or none."""
        source = f'source = "{self.server.source(self.user)}"\npassword_env = "{PASSWORD_ENV}"\n{effect}'
        text = CONFIGURATION.replace('source = "eml:mail/ap"', source)
        self.read(text)

    def read(self, text: str) -> None:
        """This as the configuration, in the same open store."""
        path, desk = self.desk.folder / "straydesk.toml", self.desk.desk
        path.write_text(text)
        self.desk.desk = replace(desk, configuration=replace(load(path), settings=desk.configuration.settings))

    def collect(self, effect: str | None = None) -> None:
        if effect is not None:
            self.configured(effect)
        run = self.desk.collect(AP)[AP]
        assert run.problem is None, run.problem

    def outbox(self) -> EffectOutbox:
        (outbox,) = do_effects(self.desk.desk.operator(), [AP])
        return outbox

    def lies(self, folder: str = "INBOX") -> dict[bytes, set[str]]:
        """The flags of each mail of a folder, by its bytes; none lies there twice."""
        found = self.all(folder)
        assert len({raw for raw, _flags in found}) == len(found)
        return dict(found)

    def all(self, folder: str = "INBOX") -> list[tuple[bytes, set[str]]]:
        with self.server.signed_in(self.user) as other:
            if not other.folder.exists(folder):
                return []
            other.folder.set(folder, readonly=True)
            client = other.client
            pieces = client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
            bodies = [piece[1] for piece in pieces if isinstance(piece, tuple)]
            flags = [set(each.flags) - {"\\Recent"} for each in other.fetch(mark_seen=False, headers_only=True)]
            return list(zip(bodies, flags, strict=True))

    def marked_by_another(self, *uids: int) -> None:
        with self.server.signed_in(self.user) as other:
            other.folder.set("INBOX")  # imap_tools' own flag() would expunge
            other.client.uid("STORE", ",".join(map(str, uids)), "+FLAGS", "(\\Deleted)")

    def expunged_by_another(self, *uids: int) -> None:
        with self.server.signed_in(self.user) as other:
            other.folder.set("INBOX")
            other.delete([str(uid) for uid in uids])

    def renumbered(self) -> None:
        """The server numbers the folder anew (UIDVALIDITY)."""
        uids = self.server.maildir(self.user) / "dovecot-uidlist"
        head, *rest = uids.read_text().splitlines()
        version, validity, *more = head.split()
        uids.write_text("\n".join([" ".join([version, f"V{int(validity[1:]) + 1}", *more]), *rest]) + "\n")
        for index in self.server.maildir(self.user).glob("dovecot.index*"):
            index.unlink()

    def rows(self) -> list[tuple[Any, ...]]:
        return self.desk.rows("SELECT uid, outcome, problem IS NOT NULL FROM server_effect ORDER BY uid::INTEGER, kind")

    def outcomes(self) -> Counter[str | None]:
        return Counter(outcome for _uid, outcome, _problem in self.rows())

    @property
    def state(self) -> dict[str, Any]:
        (row,) = records(effects_state(self.desk.desk.operator()))
        return row


_users = iter(range(1000))


def made(servers: dict[str, Dovecot], kind: str, folder: Path) -> Mailbox:
    os.environ[PASSWORD_ENV] = PASSWORD
    made = Mailbox(kind, servers[kind], f"user{next(_users)}", DeskUnderTest(folder))
    made.server.maildir(made.user)
    made.configured("")
    return made


@pytest.fixture(params=KINDS)
def box(request: pytest.FixtureRequest, servers: dict[str, Dovecot], tmp_path: Path) -> Iterator[Mailbox]:
    """A mailbox on each kind of server."""
    box = made(servers, request.param, tmp_path)
    with box.desk.kept_open():
        yield box


@pytest.fixture
def one(servers: dict[str, Dovecot], tmp_path: Path) -> Iterator[Mailbox]:
    """A mailbox on a server that knows everything."""
    one = made(servers, "MOVE", tmp_path)
    with one.desk.kept_open():
        yield one


def wire(*raws: bytes) -> set[bytes]:
    return {on_the_wire(raw) for raw in raws}


def test_without_an_effect_collecting_leaves_no_trace(one: Mailbox) -> None:
    raws = [mail(), mail()]
    one.holds(*raws)
    one.collect()
    assert one.lies() == {on_the_wire(raw): set() for raw in raws}
    assert one.rows() == [] and effects_state(one.desk.desk.operator()).empty


def test_collected_mail_gets_the_flag_and_keeps_its_others(box: Mailbox) -> None:
    raws = [mail(), mail(), mail(text="x" * 30_000)]
    box.holds(*raws)
    box.collect(FLAG)
    assert box.lies() == {on_the_wire(raw): {"$Straydesk"} for raw in raws}, "also what is too large to be stored"
    assert box.outcomes() == {"flagged": 3}
    box.collect(f"{FLAG}\nflag = '\\Seen'")
    assert box.lies() == {on_the_wire(raw): {"$Straydesk", "\\Seen"} for raw in raws}


def test_collected_mail_is_moved_into_a_folder_that_is_made(box: Mailbox) -> None:
    raws, large = [mail() for _number in range(5)], mail(text="x" * 30_000)
    box.holds(*raws, large)
    box.collect(f'{MOVE}\nmove_to = "Übung & Straße"')
    assert box.lies("Übung & Straße").keys() == wire(*raws)
    kept = {raw: flags for raw, flags in box.lies().items() if "\\Deleted" not in flags}
    assert kept == {on_the_wire(large): set()}, "only its header is stored"
    assert len(box.lies()) == (6 if box.kind == "bare" else 1)
    assert box.outcomes() == {box.removed: 5, "kept": 1}
    assert (box.state["pending"], box.state["done"], box.state["kept"], box.state["problem"]) == (0, 5, 1, None)
    before = box.all("Übung & Straße")
    box.collect()
    assert box.all("Übung & Straße") == before, "a second time changes nothing"


def test_collected_mail_is_deleted_when_its_days_are_over(box: Mailbox) -> None:
    raws, later = [mail(), mail()], mail()
    box.holds(*raws)
    box.collect(DELETE)
    box.desk.clock += timedelta(days=29)
    box.holds(later)
    box.collect()
    assert box.lies().keys() == wire(*raws, later)
    assert box.state["oldest_due_at"] == box.desk.clock + timedelta(days=1)
    box.desk.clock += timedelta(days=1)
    box.collect()
    if box.kind == "bare":
        assert box.lies() == {on_the_wire(raw): {"\\Deleted"} for raw in raws} | {on_the_wire(later): set()}
    else:
        assert box.lies().keys() == wire(later)
    assert box.outcomes() == {"marked" if box.kind == "bare" else "deleted": 2, None: 1}
    assert box.desk.value("SELECT count(*) FROM message") == 3, "the desk keeps it all"


@pytest.mark.parametrize("effect", [MOVE, DELETE])
def test_what_others_marked_as_deleted_stays_where_it_is(box: Mailbox, effect: str) -> None:
    """Mail that arrived after collecting, and that somebody marked and may still take back."""
    box.holds(mail(), mail())
    box.collect()
    theirs = mail()
    box.holds(theirs)
    box.marked_by_another(3)
    box.configured(effect)
    box.outbox()
    box.desk.clock += DAYS
    assert box.outbox().problems == {}
    assert box.lies()[on_the_wire(theirs)] == {"\\Deleted"}
    assert box.outcomes() == {"marked" if box.kind == "bare" else "moved" if effect == MOVE else "deleted": 2}


def test_what_others_took_away_meanwhile_is_no_error(box: Mailbox) -> None:
    for effect in (FLAG, MOVE, DELETE):
        box.configured("")
        box.holds(mail(), mail())
        box.collect()
        (uid,) = box.desk.rows("SELECT max(uid::INTEGER) FROM delivery")[0]
        box.expunged_by_another(uid)
        box.configured(effect)
        box.outbox()
        box.desk.clock += DAYS
        assert box.outbox().problems == {}
        assert ("gone", False) in [row[1:] for row in box.rows() if row[0] == str(uid)]
    assert box.state["failed"] == 0


def test_mail_collected_before_the_setting_counts_too_and_a_rehearsal_says_how_many(one: Mailbox) -> None:
    one.read(CONFIGURATION)
    one.desk.receive(mail(), mail())  # from files, before the mailbox had a server
    one.configured("")
    one.holds(mail(), mail(), mail(text="x" * 30_000))
    one.collect()
    for effect, expected in ((FLAG, (3, 0, 0)), (MOVE, (2, 0, 1)), (DELETE, (0, 2, 1))):
        one.configured(effect)
        (row,) = effects_foreseen(one.desk.desk.operator()).to_dict("records")
        assert (row["now"], row["later"], row["kept"]) == expected
    assert one.rows() == [] and len(one.lies()) == 3
    assert row["first_at"] == one.desk.clock + DAYS, "not 30 days after it was collected, which may be over"
    one.collect()
    assert effects_foreseen(one.desk.desk.operator()).to_dict("records") == [row]
    one.desk.clock += DAYS
    one.collect()
    (row,) = effects_foreseen(one.desk.desk.operator()).to_dict("records")
    assert (row["now"], row["later"], row["kept"]) == (0, 0, 1)


def test_the_same_bytes_twice_are_moved_twice(box: Mailbox) -> None:
    raw = mail()
    box.holds(raw, raw, mail())
    box.collect(MOVE)
    assert Counter(each for each, _flags in box.all("Collected"))[on_the_wire(raw)] == 2
    assert box.outcomes() == {box.removed: 3}
    assert box.desk.value("SELECT count(DISTINCT target_uid) FROM server_effect") == 3


def test_what_was_collected_from_the_folder_it_would_be_moved_to_lies_there_already(one: Mailbox) -> None:
    raw = mail()
    one.server.fill(one.user, [raw], "Collected")
    one.read((one.desk.folder / "straydesk.toml").read_text().replace("/INBOX", "/Collected"))
    one.collect()
    one.collect(MOVE)
    assert one.all("Collected") == [(on_the_wire(raw), set())]
    assert one.rows() == [("1", "moved", False)]
    assert one.desk.value("SELECT tries FROM server_effect") == 0, "nobody asked the server"


def test_mail_whose_stored_bytes_are_damaged_stays_on_the_server(one: Mailbox) -> None:
    spoilt, fine = mail(), mail()
    one.holds(spoilt, fine)
    one.collect()
    one.desk.change("CREATE TABLE whole AS SELECT * FROM raw_part")
    one.desk.change(
        "UPDATE raw_part SET content = 'x'::BLOB WHERE part = 1 AND message_id = "
        "(SELECT message_id FROM delivery WHERE uid = '1')"
    )
    for effect in (FLAG, MOVE, DELETE):
        one.configured(effect)
        one.outbox()
        one.desk.clock += DAYS
        one.outbox()
        assert one.lies()[on_the_wire(spoilt)] == set()
    assert one.rows()[0] == ("1", None, True) and "stored bytes" in one.state["problem"]
    told = [each for each in troubles(one.desk.desk.operator(), Bounds()) if each.code == "effects"]
    assert [(each.mailbox, each.level) for each in told] == [(AP, "warning")] and "stored bytes" in told[0].sentence
    one.configured(MOVE)
    one.outbox()
    one.desk.change("UPDATE raw_part SET content = w.content FROM whole AS w "
                    "WHERE w.message_id = raw_part.message_id AND w.part = raw_part.part")  # fmt: skip
    one.desk.clock += LATER
    one.outbox()
    assert one.lies() == {} and one.lies("Collected").keys() == wire(spoilt, fine)


def test_mail_that_is_not_what_was_stored_is_not_deleted(one: Mailbox) -> None:
    one.holds(mail(subject="one"), mail(subject="two"))
    one.collect(DELETE)
    (path,) = [path for path in one.server.maildir(one.user).glob("*/*") if b"two" in path.read_bytes()]
    path.write_bytes(path.read_bytes().replace(b"two", b"six"))
    one.desk.clock += DAYS
    one.collect()
    assert [b"six" in raw for raw in one.lies()] == [True]
    assert one.outcomes() == {"deleted": 1, None: 1} and "not what was stored" in one.state["problem"]


def test_nothing_is_done_by_the_uids_of_an_older_numbering(box: Mailbox) -> None:
    raws = [mail(), mail(), mail()]
    box.holds(*raws)
    box.collect()
    box.renumbered()
    box.configured(MOVE)
    box.outbox()
    assert box.outcomes() == {"renumbered": 3} and box.lies().keys() == wire(*raws)
    box.collect()
    assert box.lies("Collected").keys() == wire(*raws), "they were listed anew and have their own rows"
    assert box.outcomes() == {"renumbered": 3, box.removed: 3}


def test_what_is_marked_as_deleted_is_not_moved_also_under_a_new_numbering(box: Mailbox) -> None:
    raws, theirs = [mail(), mail()], mail()
    box.holds(*raws, theirs)
    box.collect()
    box.marked_by_another(3)
    box.collect(MOVE)
    assert box.outcomes() == {box.removed: 2, "gone": 1}
    box.renumbered()
    box.collect()
    assert box.lies("Collected").keys() == wire(*raws), "what could only be marked is not copied again"
    assert box.lies()[on_the_wire(theirs)] == {"\\Deleted"}


def test_a_mail_the_server_stumbles_over_stops_no_other(one: Mailbox) -> None:
    # Dovecot ends the connection at a mail that it can't read, whatever else was asked for.
    one.holds(*(mail(subject=f"number {number}") for number in range(6)))
    one.collect(DELETE)
    (path,) = [path for path in one.server.maildir(one.user).glob("*/*") if b"number 3" in path.read_bytes()]
    path.chmod(0)
    one.desk.clock += DAYS
    one.collect()
    assert one.state["failed"] == 6
    one.desk.clock += LATER
    one.collect()
    assert one.outcomes() == {"deleted": 5, None: 1}
    assert "broke off" in one.state["problem"]


def test_what_the_server_refuses_of_many_is_asked_for_one_by_one(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """As over a quota: no to all after some were brought, and no to one of them on its own."""
    bring = imap_changing.Changing.bring

    def refusing(self: Any, uids: Sequence[str], folder: str) -> Any:
        if "5" in uids:
            if len(uids) > 1:
                bring(self, uids[:2], folder)
            raise imap_changing.Refused("No room.")
        return bring(self, uids, folder)

    raws = [mail() for _number in range(6)]
    box.holds(*raws)
    monkeypatch.setattr(imap_changing.Changing, "bring", refusing)
    box.collect(MOVE)
    assert box.lies("Collected").keys() == wire(*raws[:4], raws[5])
    assert box.outcomes() == {box.removed: 5, None: 1}
    assert (box.state["failed"], box.state["problem"]) == (1, "No room.")


def test_a_folder_the_server_refuses_is_a_problem_that_everybody_sees(one: Mailbox) -> None:
    one.holds(mail(), mail())
    one.collect(f'{MOVE}\nmove_to = "~/../x"')
    assert (one.state["failed"], one.state["pending"]) == (2, 2)
    assert "refused" in one.state["problem"]
    assert len(one.lies()) == 2
    one.collect(MOVE)
    assert one.lies() == {} and one.state["problem"] is None


def test_a_flag_that_the_server_would_forget_is_a_problem(one: Mailbox) -> None:
    raw = mail()
    one.holds(raw)
    one.collect()
    (uid_validity,) = one.desk.rows("SELECT uid_validity FROM delivery")[0]
    folder = b"* 1 EXISTS\r\n* OK [UIDVALIDITY %d]\r\n* OK [PERMANENTFLAGS (\\Seen)] few\r\n" % uid_validity
    answers: dict[bytes, bytes | None] = {b"SELECT": folder, b"UID SEARCH": b"* SEARCH 1\r\n"}
    with scripted(answers) as port:
        text = (one.desk.folder / "straydesk.toml").read_text().replace(f":{one.server.plain_port}/", f":{port}/")
        one.read(text.replace("password_env", f"{FLAG}\npassword_env", 1))
        one.outbox()
    assert "does not keep the flag $Straydesk" in one.state["problem"]


def test_what_is_due_is_withdrawn_when_the_effect_is_switched_off_and_moves_with_its_days(one: Mailbox) -> None:
    raw = mail()
    one.holds(raw)
    one.collect(DELETE)
    planned = one.desk.clock
    one.collect(DELETE.replace("30", "60"))
    assert one.state["oldest_due_at"] == planned + timedelta(days=60)
    one.desk.clock += timedelta(days=40)
    one.collect()
    assert one.lies().keys() == wire(raw)
    one.collect("")
    assert one.rows() == []
    one.desk.clock += timedelta(days=40)
    one.collect(DELETE)
    assert one.lies().keys() == wire(raw), "the days begin anew when it is switched on again"
    one.desk.clock += DAYS
    one.collect()
    assert one.lies() == {}


def test_two_collectors_at_once_do_it_once(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    raws = [mail() for _number in range(30)]
    box.holds(*raws)
    box.collect()
    box.configured(MOVE)
    both, read = threading.Barrier(2, timeout=30), EffectOutbox._due
    waited = threading.local()

    def together(self: EffectOutbox) -> Any:
        due = read(self)
        if not hasattr(waited, "once"):
            waited.once = both.wait()
        return due

    monkeypatch.setattr(EffectOutbox, "_due", together)
    done: list[EffectOutbox] = []
    threads = [threading.Thread(target=lambda: done.append(box.outbox())) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 2 and sum(each.outcomes.total() for each in done) == 30
    assert box.lies("Collected").keys() == wire(*raws)
    assert box.desk.rows("SELECT DISTINCT tries FROM server_effect") == [(1,)]


# Killed

# Starting Python takes longer than moving mail: one process forks one that dies for every line it reads.
DYING = """
import json, os, sys
from datetime import datetime
from pathlib import Path
from core.effects import do_effects
from core.scope import open_desk
from core.sources.imap_changing import Changing
for line in sys.stdin:
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    path, environment, clock, name = json.loads(line)
    os.environ.update(environment)
    step = getattr(Changing, name)
    def deadly(self, *arguments, **named):
        step(self, *arguments, **named)
        os.kill(os.getpid(), 9)
    setattr(Changing, name, deadly)
    do_effects(open_desk(Path(path), now=lambda: datetime.fromisoformat(clock)).operator())
    os._exit(0)
"""
# After each of these a try is cut short, once on every kind of server that comes by it.
STEPS = {
    "MOVE": ("place", "bring"),
    "UIDPLUS": ("present", "bring", "add_flag", "expunge"),
    "bare": ("present", "bring", "add_flag"),
}


@pytest.fixture(scope="module")
def forking() -> Iterator["subprocess.Popen[str]"]:
    environment = dict(os.environ) | {"PYTHONPATH": str(REPOSITORY), PASSWORD_ENV: PASSWORD}
    process = subprocess.Popen([sys.executable, "-c", DYING], cwd=REPOSITORY, env=environment, text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    yield process
    process.communicate(timeout=30)


def killed_after(step: str, box: Mailbox, forking: "subprocess.Popen[str]") -> None:
    """Effects done by a process that is gone right after this step, before it knows or says how it went."""
    assert forking.stdin and forking.stdout
    path = str(box.desk.folder / "straydesk.toml")
    forking.stdin.write(json.dumps([path, box.desk.environment, box.desk.clock.isoformat(), step]) + "\n")
    forking.stdin.flush()
    assert int(forking.stdout.readline()) == -9


@with_others
@pytest.mark.parametrize(("kind", "step"), [(kind, step) for kind, steps in STEPS.items() for step in steps])
def test_killed_at_any_step_of_moving_no_mail_is_lost_or_copied_twice(
    servers: dict[str, Dovecot], tmp_path: Path, kind: str, step: str, forking: "subprocess.Popen[str]"
) -> None:
    box = made(servers, kind, tmp_path)
    same = mail()
    raws = [same, same, mail(), mail()]
    box.holds(*raws)
    box.collect()
    box.configured(MOVE)
    killed_after(step, box, forking)
    with box.desk.kept_open():
        assert box.outbox().outcomes == {}, "its turn is not over yet"
        box.holds(same)
        box.collect()  # this one is moved before them
        box.desk.clock += LATER
        assert box.outbox().problems == {}
        assert Counter(raw for raw, _flags in box.all("Collected")) == Counter(map(on_the_wire, [*raws, same]))
        assert [flags for _raw, flags in box.all() if "\\Deleted" not in flags] == []
        assert box.outcomes()[box.removed] + box.outcomes()["gone"] == 5


@with_others
@pytest.mark.parametrize("step", ["add_flag", "expunge"])
def test_killed_while_deleting_it_is_deleted_once_more(
    servers: dict[str, Dovecot], tmp_path: Path, step: str, forking: "subprocess.Popen[str]"
) -> None:
    one = made(servers, "MOVE", tmp_path)
    one.holds(mail(), mail())
    one.collect(DELETE)
    theirs = mail()
    one.holds(theirs)
    one.desk.clock += DAYS
    killed_after(step, one, forking)
    one.desk.clock += LATER
    assert one.outbox().problems == {}
    assert one.lies().keys() == wire(theirs)


def test_a_try_that_took_too_long_copies_nothing_any_more(one: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    one.holds(mail())
    one.collect()
    one.configured(MOVE)
    with monkeypatch.context() as patched:
        patched.setattr("core.effect_outbox.TURN", timedelta())
        one.outbox()
    assert "too slow" in one.state["problem"] and len(one.lies()) == 1


def test_a_mail_larger_than_one_answer_may_be_is_compared_and_deleted(one: Mailbox) -> None:
    large = [mail(text=("x" * 70 + "\n") * 60_000) for _number in range(3)]
    one.holds(*large, mail())
    one.configured(DELETE)
    one.read((one.desk.folder / "straydesk.toml").read_text().replace("size = 20000", "size = 10000000"))
    one.collect()
    one.desk.clock += DAYS
    one.collect()
    assert one.lies() == {} and one.outcomes() == {"deleted": 4}


# Who may


def test_only_who_acts_has_effects_done(one: Mailbox) -> None:
    one.holds(mail())
    one.collect()
    one.configured(MOVE)
    with pytest.raises(NotAllowed):
        do_effects(one.desk.acting("ida"))
    assert do_effects(one.desk.acting("hana")) and len(one.lies()) == 1, "of her own mailbox only"
    assert effects_state(one.desk.acting("hana")).empty and len(effects_state(one.desk.acting("ida"))) == 1


def test_the_verb_rehearses_and_does(one: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    one.desk.name_store(monkeypatch)
    monkeypatch.setenv("STRAYDESK_CONFIG", str(one.desk.folder / "straydesk.toml"))
    one.holds(mail(), mail(text="x" * 30_000))
    one.collect()
    one.configured(MOVE)
    (rehearsed,) = json.loads(verb("--dry-run", "--json").stdout)
    assert rehearsed.pop("first_at").endswith("Z")
    assert rehearsed == {"mailbox": AP, "effect": "move", "detail": "Collected", "days": 0, "now": 1, "later": 0,
                         "kept": 1}  # fmt: skip
    assert len(one.lies()) == 2
    (done,) = json.loads(verb("--json", "--mailbox", AP).stdout)
    assert (done["pending"], done["done"], done["failed"], done["problem"]) == (0, 1, 0, None)
    assert "moved to “Collected”" in verb().stdout
    one.configured(f'{MOVE}\nmove_to = "~/../x"')
    refused = verb()
    assert refused.exit_code == 1 and "refused" in refused.stderr
    one.configured("")
    assert "changes nothing" in verb("--dry-run").stdout


def verb(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["effects", *arguments])


def test_uid_sets_are_spelled_out() -> None:
    assert imap_changing._spelled(b"4,6:8,10") == ["4", "6", "7", "8", "10"]
