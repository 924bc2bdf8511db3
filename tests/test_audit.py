"""The record of what was done: complete, in scope, newest first; and the blocks with what each has deleted."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from core.acting import attach, create, delete, restore
from core.audit import AuditFilter, actions, entries, together
from core.blocked import blocks, deleted_by
from core.blocking import block, lift
from core.errors import NotFound
from core.scope import Scope
from core.undoing import undo
from core.work_items import close, merge
from tests.desk import AP, AR, INVOICES, PEOPLE, STAFF, DeskUnderTest, mail, route


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    return DeskUnderTest(tmp_path)


def done(scope: Scope, **chosen: object) -> list[tuple[str, str]]:
    """What was done and about what, newest first."""
    rows = entries(scope, AuditFilter(**chosen)).rows  # type: ignore[arg-type]
    return list(zip(rows["action"], rows["subject"], strict=True))


def stray(desk: DeskUnderTest, subject: str, *, mailbox: str = AP, **given: str) -> str:
    """A mail that no route wants; its id."""
    return desk.receive_one(mail(to="x@elsewhere.example", subject=subject, **given), mailbox)  # type: ignore[arg-type]


def test_an_entry_tells_who_did_what_when_why_and_together_with_what(desk: DeskUnderTest) -> None:
    ids = [stray(desk, "One"), stray(desk, "Two")]
    outcome = delete(desk.acting("ana"), ids, "Spam")
    rows = entries(desk.acting("bea"), AuditFilter(actions=("delete",))).rows
    assert len(rows) == 2
    entry = rows.iloc[0]
    assert (entry["actor"], entry["reason"], entry["batch"]) == ("ana@desk.example", "Spam", outcome.batch)
    assert (entry["status_before"], entry["status_after"], entry["status"]) == ("unprocessed", "deleted", "deleted")
    assert entry["happened_at"] == desk.clock
    assert set(rows["message_id"]) == set(ids)
    assert together(desk.acting("bea"), outcome.batch) == 2


def test_the_newest_comes_first(desk: DeskUnderTest) -> None:
    one = stray(desk, "One")
    desk.clock += timedelta(minutes=1)
    delete(desk.acting("ana"), [one], "Spam")
    desk.clock += timedelta(minutes=1)
    restore(desk.acting("bea"), [one])
    assert done(desk.acting("ana")) == [("restore", "One"), ("delete", "One"), ("queue", "One")]


def test_what_routes_and_rules_did_is_told_too(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [route("Invoices", "ap@desk.example")])
    desk.receive(mail(to="ap@desk.example", subject="Routed"))
    stray(desk, "Stray")
    ana = desk.acting("ana")
    assert done(ana, actors=("route",)) == [("create", "Routed")]
    assert done(ana, actors=("rule",)) == [("queue", "Stray")]
    assert entries(ana, AuditFilter(actors=("route",))).rows["work_item"].tolist() == desk.items(
        entries(ana, AuditFilter(actors=("route",))).rows["message_id"][0]
    )


def test_each_filter_leaves_only_what_fits(desk: DeskUnderTest) -> None:
    one, two = stray(desk, "One", sender="zoe@acme.example"), stray(desk, "Two", mailbox=AR)
    delete(desk.acting("ana"), [one], "Spam")
    delete(desk.acting("bea"), [two], "Not for us")
    restore(desk.acting("bea"), [two])
    ana = desk.acting("ana")
    assert done(ana, actors=("bea@desk.example",), actions=("delete",)) == [("delete", "Two")]
    assert done(ana, actors=("person",), mailboxes=(AP,)) == [("delete", "One")]
    assert done(ana, actions=("delete",), addresses=("ar@desk.example",)) == [("delete", "Two")]
    assert done(ana, actions=("delete",), teams=("Staff",)) == []
    assert len(done(ana, actions=("delete",), teams=("Finance",))) == 2
    assert done(ana, actions=("delete",), sender="*@acme.example") == [("delete", "One")]
    assert done(ana, actions=("delete",), sender="zoe@acme.example") == [("delete", "One")]
    assert done(ana, actions=("delete",), statuses=("deleted",)) == [("delete", "One")]


def test_an_entry_is_found_by_who_why_subject_sender_file_and_text(desk: DeskUnderTest) -> None:
    id = stray(desk, "Factura 118", sender="Zoe <zoe@acme.example>", text="The crane.", attached="photo.pdf")
    stray(desk, "Other", text="Nothing.")
    delete(desk.acting("ana"), [id], "Wrong department")
    for search in ("ana@", "wrong department", "factura", "zoe@acme", "photo.pdf", "crane", "crane wrong"):
        assert ("delete", "Factura 118") in done(desk.acting("bea"), search=search), search
        assert ("queue", "Other") not in done(desk.acting("bea"), search=search), search
    assert done(desk.acting("bea"), search="crane tunnel") == []


def test_an_analyst_reads_the_record_but_does_not_find_by_the_text_of_mail(desk: DeskUnderTest) -> None:
    stray(desk, "Factura", text="A secret crane.")
    assert done(desk.acting("ida"), search="crane") == []
    assert done(desk.acting("ida"), search="factura") == [("queue", "Factura")]


def test_the_record_of_other_mailboxes_does_not_exist(desk: DeskUnderTest) -> None:
    secret = stray(desk, "Salary", mailbox=PEOPLE)
    reference = create(desk.acting("hana"), [secret], STAFF).references[0]
    batch = close(desk.acting("hana"), [reference])
    ana = desk.acting("ana")
    assert done(ana) == done(ana, search="salary") == done(ana, mailboxes=(PEOPLE,)) == done(ana, batch=batch) == []
    assert len(done(desk.acting("hana"))) == 3
    assert together(ana, batch) == 0


def test_of_a_batch_over_several_mailboxes_only_ones_own_are_counted(desk: DeskUnderTest) -> None:
    batch = delete(desk.acting("ada"), [stray(desk, "Mine"), stray(desk, "Secret", mailbox=PEOPLE)], "Spam").batch
    assert together(desk.acting("ana"), batch) == 1
    assert done(desk.acting("ana"), batch=batch) == [("delete", "Mine")]


def test_merging_and_closing_are_told_though_they_are_about_no_message(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    one, two = (create(ana, [stray(desk, name, sender=f"{name}@acme.example")], INVOICES).references[0]
                for name in ("one", "two"))  # fmt: skip
    merge(ana, [two], one)
    close(ana, [one], "Done")
    rows = entries(ana, AuditFilter(actions=("merge", "close"))).rows
    assert list(zip(rows["action"], rows["work_item"], rows["reason"], strict=True)) == [
        ("close", one, "Done"),
        ("merge", two, one),
    ]
    assert rows["message_id"].isna().all()
    assert done(ana, search=two.lower(), actions=("merge",)) == [("merge", "two")]
    assert done(ana, sender="two@acme.example", actions=("merge",)) == [("merge", "two")]
    assert done(ana, actions=("merge",), statuses=("processed",)) == []


def test_what_was_undone_is_marked(desk: DeskUnderTest) -> None:
    id = stray(desk, "One")
    batch = delete(desk.acting("ana"), [id], "Spam").batch
    undo(desk.acting("ana"), batch)
    rows = entries(desk.acting("ana")).rows.set_index("action")
    assert rows["undone"].to_dict() == {"undo": False, "delete": True, "queue": False}
    assert rows.loc["undo", "undoes"] == batch


def test_a_period_begins_with_its_first_moment_and_ends_before_its_last(desk: DeskUnderTest) -> None:
    moments = []
    for name in ("One", "Two", "Three"):
        stray(desk, name)
        moments.append(desk.clock)
        desk.clock += timedelta(days=40)
    ana = desk.acting("ana")
    assert [subject for _action, subject in done(ana)] == ["Three", "Two", "One"]
    assert done(ana, after=moments[1]) == [("queue", "Three"), ("queue", "Two")]
    assert done(ana, before=moments[1]) == [("queue", "One")]
    assert done(ana, after=moments[1], before=moments[2]) == [("queue", "Two")]


def test_pages_follow_one_another_and_hold_every_entry_once(desk: DeskUnderTest) -> None:
    desk.receive(*(mail(to="x@elsewhere.example", subject=f"{number}") for number in range(7)))
    ana = desk.acting("ana")
    pages = [entries(ana, limit=3, skip=skip) for skip in (0, 3, 6, 30)]
    ids = [id for page in pages[:3] for id in page.rows["id"]]
    assert len(ids) == len(set(ids)) == 7
    assert [page.total for page in pages] == [7] * 4
    assert pages[3].rows["id"].tolist() == pages[2].rows["id"].tolist()


def test_more_than_can_be_paged_through_is_said_to_be_more(desk: DeskUnderTest) -> None:
    desk.receive(*(mail(to="x@elsewhere.example", subject=f"{number}") for number in range(4)))
    some = entries(desk.acting("ana"), most=3)
    assert (some.total, some.more, len(some.rows)) == (3, True, 3)
    assert not entries(desk.acting("ana"), most=4).more


def test_a_batch_that_is_no_id_is_not_found(desk: DeskUnderTest) -> None:
    for look in (
        lambda: entries(desk.acting("ana"), AuditFilter(batch="x'; DROP")),
        lambda: together(desk.acting("ana"), "x"),
    ):
        with pytest.raises(NotFound, match="There is no batch"):
            look()


def test_the_actions_that_there_are_can_be_filtered_by(desk: DeskUnderTest) -> None:
    reference = create(desk.acting("ana"), [stray(desk, "One")], INVOICES).references[0]
    attach(desk.acting("ana"), [stray(desk, "Two")], reference)
    assert actions(desk.acting("ana")) == ["attach", "create", "queue"]


# Blocks


def blocked(
    desk: DeskUnderTest,
    value: str = "spam.example",
    kind: str = "domain",
    *,
    who: str = "leo",
    mailbox: str | None = None,
) -> str:
    """A block; its id."""
    block(desk.acting(who), kind, value, "Spam", mailbox=mailbox)  # type: ignore[arg-type]
    return str(blocks(desk.acting("ada"))["id"].iloc[0])


def hits(scope: Scope) -> dict[str, tuple[int, int]]:
    rows = blocks(scope)
    return dict(zip(rows["value"], zip(rows["hits"], rows["still_deleted"], strict=True), strict=True))


def test_a_block_counts_what_it_deleted_when_it_was_made_and_since(desk: DeskUnderTest) -> None:
    stray(desk, "Waited", sender="a@spam.example")
    stray(desk, "Innocent")
    desk.clock += timedelta(hours=1)
    id = blocked(desk)
    desk.clock += timedelta(hours=1)
    arrived = stray(desk, "Arrived", sender="b@spam.example")
    assert hits(desk.acting("ana")) == {"spam.example": (2, 2)}
    assert blocks(desk.acting("ana"))["last_hit_at"][0] == desk.clock
    restore(desk.acting("ana"), [arrived])
    assert hits(desk.acting("ana")) == {"spam.example": (2, 1)}
    assert set(deleted_by(desk.acting("ana"), id)) == set(desk_ids(desk, "Waited"))


def desk_ids(desk: DeskUnderTest, subject: str) -> list[str]:
    return [id for (id,) in desk.rows("SELECT id::VARCHAR FROM message WHERE subject = $subject", subject=subject)]


def test_a_block_counts_what_it_deleted_though_time_goes_on_while_it_is_made(desk: DeskUnderTest) -> None:
    stray(desk, "Waited", sender="a@spam.example")
    ticks = count(1)
    desk.desk = replace(desk.desk, now=lambda: desk.clock + timedelta(milliseconds=next(ticks)))
    id = blocked(desk)
    assert hits(desk.acting("ana")) == {"spam.example": (1, 1)}
    assert list(deleted_by(desk.acting("ana"), id)) == desk_ids(desk, "Waited")


def test_mail_that_a_person_deleted_is_not_the_blocks(desk: DeskUnderTest) -> None:
    id = stray(desk, "By hand", sender="a@spam.example")
    delete(desk.acting("leo"), [id], "Spam")
    blocked(desk)
    assert hits(desk.acting("ana")) == {"spam.example": (0, 0)}


def test_all_that_a_block_deleted_can_be_restored_and_waits_again(desk: DeskUnderTest) -> None:
    waited = stray(desk, "Waited", sender="a@spam.example")
    id = blocked(desk)
    arrived = stray(desk, "Arrived", sender="b@spam.example")
    outcome = restore(desk.acting("ana"), deleted_by(desk.acting("ana"), id))
    assert set(outcome.ids) == {waited, arrived}
    assert {desk.says(waited), desk.says(arrived)} == {"no_route"}
    assert deleted_by(desk.acting("ana"), id) == {}


def test_a_lifted_block_stays_listed_with_who_lifted_it_and_deletes_nothing_more(desk: DeskUnderTest) -> None:
    id = blocked(desk)
    stray(desk, "Before", sender="a@spam.example")
    desk.clock += timedelta(hours=1)
    lift(desk.acting("leo"), id)
    desk.clock += timedelta(hours=1)
    assert desk.says(stray(desk, "After", sender="a@spam.example")) == "no_route"
    row = blocks(desk.acting("ana")).iloc[0]
    assert (row["state"], row["lifted_at"]) == ("lifted", desk.clock - timedelta(hours=1))
    assert row["lifted_by_name"].lower().startswith("leo")
    assert row["hits"] == 1


def test_a_block_that_ran_out_says_so(desk: DeskUnderTest) -> None:
    desk.block("domain", "spam.example", expires_at=desk.clock + timedelta(hours=1))
    assert blocks(desk.acting("ana"))["state"][0] == "in_force"
    desk.clock += timedelta(hours=2)
    assert blocks(desk.acting("ana"))["state"][0] == "expired"


def test_one_sees_the_blocks_of_ones_own_mailboxes_and_what_they_deleted_there(desk: DeskUnderTest) -> None:
    own = blocked(desk, "own.example", mailbox=AP)
    everywhere = blocked(desk, "spam.example", who="ada")
    stray(desk, "Mine", sender="a@spam.example")
    stray(desk, "Secret", sender="a@spam.example", mailbox=PEOPLE)
    assert hits(desk.acting("ana")) == {"own.example": (0, 0), "spam.example": (1, 1)}
    assert hits(desk.acting("hana")) == {"spam.example": (1, 1)}
    assert list(deleted_by(desk.acting("ana"), everywhere)) == desk_ids(desk, "Mine")
    with pytest.raises(NotFound):
        deleted_by(desk.acting("hana"), own)
