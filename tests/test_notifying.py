"""Who is told of a mailbox that is not well: once an episode, once at its end, by mail and by webhook."""

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.commands.sending import send_what_is_due
from core.errors import ConfigurationProblem
from core.notifying import put_notices
from core.outbox import deliver
from core.store import Connection
from tests.desk import AP, CONFIGURATION, FOLDERS, PEOPLE, DeskUnderTest, mail
from tests.test_outbox import Postbox, Receiver

TEXTS = "SELECT recipient, subject, content FROM outbox ORDER BY created_at, recipient"
SECRET = "SUBJECTSECRET"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    one = Postbox()
    yield one
    one.controller.stop()


def desk_that_tells(folder: Path, *notify: str, smtp: int = 25) -> DeskUnderTest:
    more = f"""
[smtp]
host = "127.0.0.1"
port = {smtp}
security = "none"
sender = "desk@desk.example"
[digest]
at = "23:59"
url = "https://desk.example/"
zone = "Europe/Madrid"
"""
    sections = "".join(f"[[notify]]\n{each}\n" for each in notify)
    configuration = CONFIGURATION.replace("[[customer]]", more + sections + "[[customer]]", 1)
    return DeskUnderTest(folder, configuration=configuration)


def breaks(desk: DeskUnderTest, mailbox: str = PEOPLE) -> None:
    shutil.rmtree(desk.folder / "mail" / FOLDERS[mailbox])
    desk.collect()


def mends(desk: DeskUnderTest, mailbox: str = PEOPLE) -> None:
    (desk.folder / "mail" / FOLDERS[mailbox]).mkdir()
    desk.collect()


def later(desk: DeskUnderTest, minutes: float) -> int:
    """So many minutes later, still or again collected, what is told is put into the outbox; how many."""
    desk.clock += timedelta(minutes=minutes)
    desk.collect()
    return put_notices(desk.desk)


def told(desk: DeskUnderTest) -> list[tuple[str, str]]:
    return [(recipient, subject) for recipient, subject, _content in desk.rows(TEXTS)]


def test_a_trouble_is_told_once_when_it_has_lasted_and_once_when_it_is_over(tmp_path: Path) -> None:
    desk = desk_that_tells(tmp_path, 'email = "ops@desk.example"')
    desk.receive(mail(to="ap@desk.example", subject=SECRET))
    breaks(desk)
    assert later(desk, 9) == 0
    assert later(desk, 2) == 1
    assert [later(desk, minutes) for minutes in (1, 30, 60 * 24 * 5)] == [0, 0, 0]
    mends(desk)
    assert later(desk, 1) == 1
    assert later(desk, 1) == 0
    assert told(desk) == [("ops@desk.example", "People can't be collected"),
                          ("ops@desk.example", "People is collected again")]  # fmt: skip
    first, last = (content for _to, _subject, content in desk.rows(TEXTS))
    assert first.startswith("People: problem since 2025-03-04 10:00 CET: There is nothing at ")
    assert first.endswith("https://desk.example/mailboxes?mailbox=People\n")
    assert last.startswith("People: the problem that began on 2025-03-04 10:00 CET is over.")
    assert SECRET not in first + last
    breaks(desk)
    assert later(desk, 11) == 1, "another episode"


def test_a_short_trouble_tells_nobody_not_even_its_end(tmp_path: Path) -> None:
    desk = desk_that_tells(tmp_path, 'email = "ops@desk.example"')
    breaks(desk)
    later(desk, 5)
    mends(desk)
    assert later(desk, 30) == 0
    assert told(desk) == []


def test_a_trouble_that_begins_anew_before_its_end_was_told_is_told_as_new(tmp_path: Path) -> None:
    desk = desk_that_tells(tmp_path, 'email = "ops@desk.example"')
    breaks(desk)
    later(desk, 11)
    mends(desk)
    desk.clock += timedelta(minutes=1)
    breaks(desk)
    assert later(desk, 11) == 1
    mends(desk)
    assert later(desk, 1) == 1
    assert [subject for _to, subject in told(desk)] == [
        "People can't be collected", "People can't be collected", "People is collected again"]  # fmt: skip


def test_each_is_told_of_their_mailboxes_in_their_language_after_their_minutes(tmp_path: Path) -> None:
    desk = desk_that_tells(
        tmp_path, 'email = "finance@desk.example"\nteam = "Finance"', 'email = "staff@desk.example"\nteam = "Staff"',
        f'email = "one@desk.example"\nmailbox = "{AP}"\nafter_minutes = 60',
        'email = "es@desk.example"\nlanguage = "es"\nafter_minutes = 0',
    )  # fmt: skip
    breaks(desk, AP)
    assert put_notices(desk.desk) == 1
    assert later(desk, 11) == 1
    assert later(desk, 50) == 1
    assert [to for to, _subject in told(desk)] == ["es@desk.example", "finance@desk.example", "one@desk.example"]


def test_what_is_found_by_the_day_is_told_once_a_day_and_has_no_end(tmp_path: Path) -> None:
    desk = desk_that_tells(tmp_path, 'email = "ops@desk.example"')
    desk.collect()
    desk.change("UPDATE mailbox_state SET certificate_expires_at = $at WHERE mailbox = $mailbox",
                at=desk.clock + timedelta(days=20), mailbox=AP)  # fmt: skip
    assert [put_notices(desk.desk), put_notices(desk.desk)] == [1, 0]
    desk.clock += timedelta(days=1)
    assert [put_notices(desk.desk), put_notices(desk.desk)] == [1, 0]
    assert told(desk) == [("ops@desk.example", "Accounts Payable: the server's certificate runs out")] * 2
    desk.collect()  # the source, a folder, shows no certificate any more
    assert put_notices(desk.desk) == 0


def test_what_was_put_while_somebody_else_did_is_put_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = desk_that_tells(tmp_path, 'email = "ops@desk.example"')
    breaks(desk)
    desk.clock += timedelta(minutes=11)
    change = desk.desk.store.change
    again: list[int] = []

    def slower(work: object, background: bool = False) -> object:
        """Another collector has put the same between our looking and our writing."""
        if not again:
            again.append(1)
            again.append(put_notices(desk.desk))
        return change(work, background)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(desk.desk.store, "change", slower)
        assert put_notices(desk.desk) == 0
    assert again == [1, 1]
    assert desk.value("SELECT count(*) FROM outbox") == desk.value("SELECT count(*) FROM told_trouble") == 1


def test_without_notify_nothing_is_even_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = DeskUnderTest(tmp_path)
    breaks(desk)
    monkeypatch.setattr(Connection, "rows", lambda *_arguments, **_named: 1 / 0)
    assert put_notices(desk.desk) == 0


# Sent


def test_notices_arrive_by_mail_and_signed_webhook_and_a_refusal_is_tried_again(
    tmp_path: Path, receiver: Receiver, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS_SECRET", "open sesame")
    hook = f'url = "{receiver.url}"\nsecret_env = "OPS_SECRET"'
    desk = desk_that_tells(tmp_path, 'email = "ops@desk.example"', hook, smtp=postbox.port)
    breaks(desk)
    desk.clock += timedelta(minutes=11)
    receiver.status = 503
    send_what_is_due(desk.desk)
    assert len(postbox.mails) == 1 and len(receiver.requests) == 1
    receiver.status = 200
    desk.clock += timedelta(minutes=5)
    assert deliver(desk.desk) == {"sent": 1, "failed": 0}
    (first, _body), (second, body) = receiver.requests
    assert first["Idempotency-Key"] == second["Idempotency-Key"]
    assert second["Straydesk-Signature"].startswith("t=")
    sent = json.loads(body)
    assert sent["sentence"].startswith("People: problem since 2025-03-04 10:00 CET: There is nothing at ")
    del sent["sentence"]
    assert sent == {"event": "trouble", "mailbox": PEOPLE, "code": "red", "since": "2025-03-04T09:00:00Z",
                    "url": "https://desk.example/mailboxes?mailbox=People"}  # fmt: skip
    assert b"Subject: People can't be collected" in postbox.mails[0].content


@pytest.mark.parametrize(("section", "said"), [
    ('team = "Finance"', "needs either url or email"),
    ('url = "https://x.example/"', "secret_env"),
    ('email = "a@b.example"\nteam = "Nowhere"', "there is no “Nowhere”"),
    ('email = "a@b.example"\nmailbox = "Nowhere"', "there is no “Nowhere”"),
    ('email = "a@b.example"\nteam = "Staff"\nmailbox = "People"', "not both"),
])  # fmt: skip
def test_a_section_that_cannot_work_is_refused_in_a_sentence(tmp_path: Path, section: str, said: str) -> None:
    with pytest.raises(ConfigurationProblem) as refused:
        desk_that_tells(tmp_path, section)
    assert said in str(refused.value)


def test_mail_needs_a_server_to_go_through(tmp_path: Path) -> None:
    section = '[[notify]]\nemail = "a@b.example"\n[[customer]]'
    with pytest.raises(ConfigurationProblem, match=r"there is no \[smtp\]"):
        DeskUnderTest(tmp_path, configuration=CONFIGURATION.replace("[[customer]]", section, 1))


def test_the_day_of_what_is_told_daily_is_utc(tmp_path: Path) -> None:
    desk = desk_that_tells(tmp_path, 'email = "ops@desk.example"')
    desk.collect()
    desk.change("UPDATE mailbox_state SET certificate_expires_at = $at, last_run_at = $at",
                at=desk.clock + timedelta(days=2))  # fmt: skip
    put_notices(desk.desk)
    assert desk.rows("SELECT DISTINCT began_at, ended_at FROM told_trouble") == [(datetime(2025, 3, 4), None)]
