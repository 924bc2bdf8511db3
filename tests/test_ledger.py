"""The ledger adds up by two books, whatever happens; what a server does not hand out is kept by name; and once a day
all it lists is compared with what is stored."""

import os
import random
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import clock, collection, comparing
from core.collecting import collect
from core.comparing import compare_now, comparisons
from core.errors import NotAllowed, SourceProblem
from core.lag import lags
from core.ledger import DAYS, balances, ledger
from core.residues import residues
from core.runs import Run, record_run, write_begun
from core.sources import Fetched, Listed, Observed
from core.status import mailbox_states, runs
from tests.desk import AP, AR, DeskUnderTest, mail
from tests.homes import HOME, with_others
from tests.real_mail import real_messages, rewritten
from tests.test_collecting import FORKING, process

KILLS = int(os.environ.get("STRAYDESK_TEST_KILLS", "12"))
SUMS = {"listed": ("stored", "duplicate", "too_large", "failed", "left_over"),
        "stored": ("processed", "unprocessed", "deleted", "undecided")}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    return DeskUnderTest(tmp_path)


class Server:
    """A server that lists these uids and hands out all but those it refuses, until it breaks off."""

    def __init__(self, *, uids: Sequence[int] = range(1, 6), refuses: Sequence[int] = (), breaks_after: int = 10**6,
                 uid_validity: int = 1, observed: Observed | None = None) -> None:  # fmt: skip
        self.uids, self.refuses, self.breaks_after = uids, refuses, breaks_after
        self.uid_validity, self.seen = uid_validity, observed or Observed()
        self.mails: dict[str, bytes] = {}

    def list(self) -> list[Listed]:
        return [Listed("INBOX", self.uid_validity, str(uid), 100) for uid in self.uids]

    def fetch(self, wanted: Sequence[Listed], size_limit: int) -> Iterator[Fetched]:
        handed_out = 0
        for each in wanted:
            if handed_out >= self.breaks_after:
                raise SourceProblem("The server is gone.")
            if int(each.uid) not in self.refuses:
                handed_out += 1
                yield Fetched(each, mail(subject=f"Number {each.uid}"), None, True)

    def observed(self) -> Observed:
        return self.seen

    def close(self) -> None: ...

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None: ...


def collected(desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch, **server: Any) -> Run:
    desk.clock += timedelta(minutes=1)
    with monkeypatch.context() as patched:
        patched.setattr(collection, "open_source", lambda *_: Server(**server))
        return desk.collect(AP)[AP]


def compared(desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch, **server: Any) -> comparing.Compared:
    with monkeypatch.context() as patched:
        patched.setattr(comparing, "open_source", lambda *_: Server(**server))
        (found,) = compare_now(desk.acting("ana"), [AP])
        return found


def today(desk: DeskUnderTest, mailbox: str = AP) -> dict[str, Any]:
    rows = mailbox_states(desk.desk.operator())
    (row,) = rows[rows["mailbox"] == mailbox].to_dict("records")
    return {str(name): value for name, value in row.items()}


def left(desk: DeskUnderTest) -> dict[str, int]:
    rows = residues(desk.acting("ana"), AP)
    return dict(zip(rows["uid"], (int(each) for each in rows["tries"]), strict=True))


def began(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def assert_it_adds_up(rows: list[dict[Any, Any]]) -> None:
    for row in rows:
        assert row["unaccounted"] == 0, row
        for whole, parts in SUMS.items():
            assert row[whole] == sum(row[part] for part in parts), (whole, row)


# The ledger


def test_each_day_has_its_line_and_adds_up_by_itself(desk: DeskUnderTest) -> None:
    same = mail()
    for days, mails in ((3, [same, same, mail(text="x" * 30_000)]), (0, [mail(), mail()])):
        desk.clock = datetime(2025, 3, 10, 9) - timedelta(days=days)
        desk.receive(*mails)
    rows = ledger(desk.acting("ana"), began(desk.clock))
    assert len(rows) == 2 * DAYS
    own = rows[rows["mailbox"] == AP]
    listed = {row["day"].day: tuple(int(row[name]) for name in ("listed", "stored", "duplicate", "too_large"))
              for row in own.to_dict("records") if row["listed"]}  # fmt: skip
    assert listed == {7: (3, 1, 1, 1), 10: (2, 2, 0, 0)}
    assert all(balances(row) for row in own.to_dict("records"))


def test_a_run_over_midnight_adds_up_on_both_of_its_days(desk: DeskUnderTest) -> None:
    desk.receive(mail(), mail(), mail())
    desk.change("UPDATE collection_run SET started_at = $at", at=began(desk.clock) - timedelta(minutes=1))
    rows = ledger(desk.acting("ana"), began(desk.clock), days=2)
    assert list(rows[rows["mailbox"] == AP]["listed"]) == [3, 0]
    assert_it_adds_up(rows.to_dict("records"))


def test_mail_that_a_run_took_in_and_that_is_not_there_does_not_add_up(desk: DeskUnderTest) -> None:
    desk.receive(mail(), mail(), mail())
    desk.change("DELETE FROM delivery WHERE uid = (SELECT min(uid) FROM delivery)")
    row = ledger(desk.acting("ana"), began(desk.clock), days=1).to_dict("records")[0]
    assert (row["listed"], row["stored"], row["unaccounted"]) == (3, 2, 1)
    assert not balances(row)


def test_what_could_not_be_taken_in_counts_once_a_day_and_is_over_when_it_lies_there_no_more(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _time in range(3):
        collected(desk, monkeypatch, refuses=[2, 4])
    assert (today(desk)["listed"], today(desk)["failed"]) == (5, 2)
    collected(desk, monkeypatch, uids=[1, 3, 4, 5], refuses=[4])
    assert (today(desk)["listed"], today(desk)["failed"]) == (4, 1)
    collected(desk, monkeypatch, uids=[1, 3, 5])
    assert (today(desk)["listed"], today(desk)["failed"]) == (3, 0)
    assert len(runs(desk.acting("ana"), AP)) == 5
    collected(desk, monkeypatch, uids=[1, 3, 5])
    assert len(runs(desk.acting("ana"), AP)) == 5, "a run that brought nothing, after one that left nothing, has no row"


def test_a_run_that_is_cancelled_listed_what_it_took_in(desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "AT_ONCE", 2)

    def progress(_mailbox: str, done: int, _total: int) -> None:
        if done:
            raise collection.Cancelled

    with monkeypatch.context() as patched:
        patched.setattr(collection, "open_source", lambda *_: Server())
        collect(desk.desk.operator(), [AP], side_by_side=1, progress=progress)
    assert (today(desk)["listed"], today(desk)["failed"]) == (2, 0)
    assert left(desk) == {}
    assert_it_adds_up([today(desk)])


def test_a_run_that_goes_on_shows_what_it_has_not_taken_in_yet(desk: DeskUnderTest) -> None:
    write_begun(desk.desk.store, Run(AP, desk.clock, listed=7))
    assert (today(desk)["listed"], today(desk)["left_over"]) == (7, 7)
    assert list(lags(desk.acting("ana"))["backlog"]) == [7, 0]
    assert runs(desk.acting("ana"), AP).empty
    desk.receive(mail())
    assert (today(desk)["left_over"], today(desk)["listed"]) == (0, 1)
    interrupted = runs(desk.acting("ana"), AP).iloc[-1]
    assert (interrupted["listed"], interrupted["failed"]) == (7, 7)
    assert interrupted["problem"] == "It was interrupted; this is what it had taken in."


@with_others
def test_the_ledger_adds_up_after_every_moment_at_which_a_collector_is_killed(desk: DeskUnderTest) -> None:
    names, began_at = (AP, AR), clock.now() - timedelta(hours=12)  # the killed ones live by the clock of the machine
    for place, raw in enumerate(real_messages(500)):
        desk.write(rewritten(raw, to="nobody@desk.example"), mailbox=names[place % 2])
    chance, killed, unfinished = random.Random(5), 0, 0
    forking = process(desk, FORKING)
    assert forking.stdin and forking.stdout
    for _time in range(KILLS):
        forking.stdin.write("\n")
        forking.stdin.flush()
        child = int(forking.stdout.readline())
        time.sleep(chance.uniform(0.05, 0.7 if HOME == "file" else 3))  # a lake is attached first
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        killed += int(forking.stdout.readline()) != 0
        rows = ledger(desk.desk.operator(), began_at, days=1).to_dict("records")
        unfinished += any(row["left_over"] for row in rows)
        assert_it_adds_up(rows)
    forking.communicate()
    assert killed >= KILLS / 2 and unfinished, "no run was killed in its middle"
    desk.clock = clock.now()
    desk.collect()
    total = ledger(desk.desk.operator(), began_at, days=1)
    assert_it_adds_up(total.to_dict("records"))
    assert total["stored"].sum() + total["duplicate"].sum() + total["too_large"].sum() == 500
    assert total["left_over"].sum() == total["failed"].sum() == total["undecided"].sum() == 0


# Residues


def test_what_the_server_does_not_hand_out_is_kept_by_name_until_it_comes_or_is_gone(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected(desk, monkeypatch, refuses=[2, 4])
    assert left(desk) == {"2": 1, "4": 1}
    collected(desk, monkeypatch, refuses=[2, 4])
    assert left(desk) == {"2": 2, "4": 2}
    assert list(today(desk)["residue_uids"]) == ["2", "4"]
    collected(desk, monkeypatch, refuses=[2])
    assert left(desk) == {"2": 3}
    collected(desk, monkeypatch, uids=[1, 3, 4, 5])
    assert left(desk) == {}


def test_a_run_that_was_cut_short_accuses_no_message_it_did_not_come_to(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = collected(desk, monkeypatch, refuses=[2], breaks_after=2)
    assert (run.listed, run.stored, run.failed, run.problem) == (5, 0, 5, "The server is gone.")
    assert left(desk) == {}
    collected(desk, monkeypatch, refuses=[2, 4])
    collected(desk, monkeypatch, uids=range(1, 9), refuses=[2], breaks_after=2)
    assert left(desk) == {"2": 1, "4": 1}, "and it acquits none"
    monkeypatch.setattr(collection, "AT_ONCE", 1)
    collected(desk, monkeypatch, uids=range(1, 9), refuses=[2], breaks_after=2)
    assert left(desk) == {"2": 1}, "but for what has come"


def test_a_folder_that_could_not_be_read_acquits_none_and_is_the_problem_of_the_run(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected(desk, monkeypatch, refuses=[2])
    run = collected(desk, monkeypatch, uids=[1], observed=Observed(problems=("There is no folder “Old”.",)))
    assert run.problem == "There is no folder “Old”."
    assert left(desk) == {"2": 1}
    assert today(desk)["problem"] == run.problem


def test_another_uidvalidity_names_everything_anew(desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    collected(desk, monkeypatch, refuses=[2])
    collected(desk, monkeypatch, refuses=[3], uid_validity=2)
    assert left(desk) == {"3": 1}


# Compared


def day_by_day(desk: DeskUnderTest) -> list[tuple[int, int, int, int]]:
    rows = comparisons(desk.acting("ana"), AP)[["on_server", "known", "missing", "gone"]]
    return [(int(a), int(b), int(c), int(d)) for a, b, c, d in rows.itertuples(index=False)]


def test_the_first_run_of_a_day_compares_all_that_is_listed_with_what_is_stored(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected(desk, monkeypatch, refuses=[2])
    collected(desk, monkeypatch, uids=range(1, 100))
    assert day_by_day(desk) == [(5, 4, 1, 0)]
    desk.clock += timedelta(days=1)
    collected(desk, monkeypatch, uids=range(3, 101), breaks_after=0)
    assert day_by_day(desk) == [(5, 4, 1, 0)], "a run that was cut short compares nothing; the next one does"
    collected(desk, monkeypatch, uids=range(3, 101))
    assert day_by_day(desk) == [(98, 98, 0, 2), (5, 4, 1, 0)]
    assert (today(desk)["on_server"], today(desk)["missing"], today(desk)["gone"]) == (98, 0, 2)


def test_a_mailbox_that_somebody_emptied_and_one_numbered_anew(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected(desk, monkeypatch)
    desk.clock += timedelta(days=1)
    collected(desk, monkeypatch, uids=[])
    desk.clock += timedelta(days=1)
    collected(desk, monkeypatch, uid_validity=2)
    assert day_by_day(desk) == [(5, 5, 0, 0), (0, 0, 0, 5), (5, 5, 0, 0)]


def test_comparing_now_collects_nothing_and_names_what_is_missing(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected(desk, monkeypatch)
    found = compared(desk, monkeypatch, uids=range(3, 8))
    assert (found.on_server, found.known, found.missing, found.gone, found.problem) == (5, 3, 2, 2, None)
    assert day_by_day(desk) == [(5, 3, 2, 2)]
    assert desk.value("SELECT count(*) FROM delivery") == 5
    assert left(desk) == {"6": 0, "7": 0}
    collected(desk, monkeypatch, uids=range(3, 8), refuses=[7])
    assert left(desk) == {"7": 1}


def test_a_mailbox_that_cannot_be_read_is_compared_by_its_problem_and_analysts_are_refused(desk: DeskUnderTest) -> None:
    (desk.folder / "mail" / "ap").rmdir()
    problems = {each.mailbox: each.problem for each in compare_now(desk.acting("ana"))}
    assert problems.keys() == {AP, AR}
    assert "There is nothing at" in str(problems[AP]) and problems[AR] is None
    with pytest.raises(NotAllowed):
        compare_now(desk.acting("ida"))


# What a source shows of itself


def test_what_a_source_showed_is_kept_until_it_shows_something_else(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = desk.clock + timedelta(days=90)
    state = "SELECT certificate_expires_at, token_expires_at, token_since FROM mailbox_state"
    collected(desk, monkeypatch, observed=Observed(ends, ends))
    since = desk.clock
    collected(desk, monkeypatch, observed=Observed(ends, ends))
    assert desk.rows(state) == [(ends, ends, since)]
    collected(desk, monkeypatch, uids=range(9), breaks_after=0)
    assert desk.rows(state) == [(ends, ends, since)]
    collected(desk, monkeypatch, observed=Observed(ends, ends + timedelta(hours=1)))
    assert desk.rows(state) == [(ends, ends + timedelta(hours=1), desk.clock)]
    collected(desk, monkeypatch)
    assert desk.rows(state) == [(None, None, None)]


def test_lag_is_from_receiving_to_collecting_and_says_nothing_of_what_lay_there_before(desk: DeskUnderTest) -> None:
    desk.receive(mail())
    assert desk.value("SELECT count(*) FROM message_raw") == 1
    for seconds in (10, 20, 600):
        desk.clock += timedelta(minutes=30)
        id = desk.receive_one(mail())
        desk.change("UPDATE message_raw SET received_at = $at WHERE message_id = $id::UUID",
                    at=desk.clock - timedelta(seconds=seconds), id=id)  # fmt: skip
    row = lags(desk.acting("ana")).iloc[0]
    assert (row["lag_seconds"], row["worst_lag_seconds"], row["backlog"]) == (20, 600, 0)


def test_a_run_is_written_down_even_if_nothing_could_be_listed(desk: DeskUnderTest) -> None:
    record_run(desk.desk.store, Run(AP, desk.clock, problem="The password is refused."), desk.clock)
    assert today(desk)["problem"] == "The password is refused."
    assert today(desk)["failed"] == 0
