"""The queue in each of its orders: stable, whole over its pages, and with the place of every message."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from core.queue import ORDERS, Order, QueueFilter, place, waiting
from core.scope import Scope
from tests.desk import AP, AR, SENT, DeskUnderTest, mail, route

SENDERS = ["Zoe <a@supplier.example>", "zoe <b@supplier.example>", "m@supplier.example", "Ana <z@supplier.example>"]


@pytest.fixture(scope="module")
def ana(tmp_path_factory: pytest.TempPathFactory) -> Scope:
    folder: Path = tmp_path_factory.mktemp("desk")
    desk = DeskUnderTest(folder, [route("Invoices", "invoices@desk.example", subject_contains=["invoice"])])
    for mailbox in (AP, AR):
        desk.receive(
            *(
                mail(sender=sender, to=to, sent=SENT + timedelta(minutes=minute % 3))
                for minute, sender in enumerate(SENDERS * 3)
                for to in ("nobody@desk.example", "invoices@desk.example", "")
            ),
            mailbox=mailbox,
        )
    return desk.acting("ana")


def rows(ana: Scope, order: Order) -> pd.DataFrame:
    return waiting(ana, QueueFilter(order=order))


def named(row: pd.Series) -> str:
    return str(row["from_name"] or row["from_address"]).lower()


def test_newest_and_oldest_first_go_by_the_time_of_arrival(ana: Scope) -> None:
    newest, oldest = rows(ana, "newest")["received_at"], rows(ana, "oldest")["received_at"]
    assert newest.nunique() == 3
    assert newest.is_monotonic_decreasing
    assert oldest.is_monotonic_increasing


def test_by_sender_goes_by_the_name_that_the_list_shows(ana: Scope) -> None:
    found = rows(ana, "sender")
    names = [named(row) for _place, row in found.iterrows()]
    assert names == sorted(names)
    assert list(dict.fromkeys(names)) == ["ana", "m@supplier.example", "zoe"]
    assert list(found["from_address"].drop_duplicates()) == [
        "z@supplier.example", "m@supplier.example", "a@supplier.example", "b@supplier.example"]  # fmt: skip


@pytest.mark.parametrize(("order", "column", "different"), [("mailbox", "mailbox", 2), ("cause", "cause", 3)])
def test_what_belongs_together_stands_together(ana: Scope, order: Order, column: str, different: int) -> None:
    values = list(rows(ana, order)[column])
    assert values == sorted(values)
    assert len(set(values)) == different


@pytest.mark.parametrize(("order", "column"), [("sender", "from_address"), ("mailbox", "mailbox"), ("cause", "cause")])
def test_within_a_group_the_newest_comes_first(ana: Scope, order: Order, column: str) -> None:
    groups = [group["received_at"] for _value, group in rows(ana, order).groupby(column, sort=False)]
    assert all(group.nunique() > 1 and group.is_monotonic_decreasing for group in groups)


@pytest.mark.parametrize("order", ORDERS)
def test_pages_of_any_order_join_without_gap_or_double_and_every_place_is_told(ana: Scope, order: Order) -> None:
    chosen = QueueFilter(order=order)
    whole = list(rows(ana, order)["id"])
    pages = [id for skip in range(0, 80, 7) for id in waiting(ana, chosen, limit=7, skip=skip)["id"]]
    assert len(whole) == len(set(whole)) == 72
    assert pages == whole
    assert [place(ana, chosen, id) for id in whole[::10]] == list(range(0, 72, 10))


@pytest.mark.parametrize("id", ["", "../../etc/passwd", "' OR 1=1 --", "00000000-0000-7000-8000-000000000000"])
def test_what_is_no_waiting_message_has_no_place(ana: Scope, id: str) -> None:
    assert place(ana, QueueFilter(), id) is None
