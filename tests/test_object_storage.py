"""A whole desk with its data on a real object storage: collected, acted on, read, maintained, moved there and back."""

from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from core import clock
from core.acting import delete
from core.errors import StoreProblem
from core.maintaining import maintain
from core.messages import raw
from core.migrating import migrate_store
from core.queue import waiting
from core.store import upkeep
from tests.desk import DeskUnderTest, mail
from tests.homes import Place, with_others
from tests.lake_desk import ROUTES, contents, empty_lake, ran
from tests.servers.object_storage import ObjectStorage, shared_object_storage

pytestmark = with_others

WRONG = {"AWS_SECRET_ACCESS_KEY": "guessed", "AWS_ACCESS_KEY_ID": "nobody",
         "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"}  # fmt: skip
_buckets = count(1)


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> ObjectStorage:
    """A server, and the environment that leads to it."""
    server = shared_object_storage()
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return server


@pytest.fixture
def bucket(storage: ObjectStorage) -> str:
    """The address of an empty bucket."""
    name = f"desk{next(_buckets)}"
    storage.create(name)
    return f"s3://{name}"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeskUnderTest:
    """A desk on a file, to be moved."""
    monkeypatch.setattr("tests.homes.HOME", "file")
    desk = DeskUnderTest(tmp_path, ROUTES, clock=clock.now())
    desk.receive(mail(to="ap@desk.example", subject="One"), mail(to="invoices@desk.example", attached="a.pdf"))
    return desk


def moved(desk: DeskUnderTest, place: Place) -> DeskUnderTest:
    migrate_store(desk.desk.store, place.location, place.data)
    desk.place, desk.desk = place, desk.opened(place)
    return desk


def test_a_desk_moves_to_a_bucket_works_there_and_moves_back(
    desk: DeskUnderTest, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "INLINED", 3)
    before = contents(desk.place)
    moved(desk, empty_lake(f"{bucket}/mail"))
    assert contents(desk.place) == before
    bytes_of = mail(to="ap@desk.example", subject="Two")
    second = desk.receive_one(bytes_of)
    desk.receive(*(mail(to="ap@desk.example", subject="More") for _each in range(12)))
    first = next(row["id"] for row in waiting(desk.acting("ana")).to_dict("records") if row["subject"] == "One")
    then = clock.now()
    desk.clock = then + timedelta(seconds=1)
    delete(desk.acting("ana"), {first: 1}, "Spam")
    for number in range(2):
        desk.change("INSERT INTO team SELECT 't' || $n || '-' || i, 'x' FROM range(20) AS t(i)", n=number)
    read = contents(desk.place)
    desk.clock += timedelta(days=2)
    done = maintain(desk.acting("ada"))
    assert (done.flushed > 0, done.merged > 0, done.removed > 0, done.left) == (True, True, True, "")
    after = contents(desk.place)
    assert {name for name in read if read[name] != after[name]} <= {"maintenance_run", "retention_run"}
    assert raw(desk.acting("ana"), second) == bytes_of
    assert "One" in set(waiting(desk.desk.at(then).acting("ana@desk.example"))["subject"])
    assert "One" not in set(waiting(desk.acting("ana"))["subject"])
    back = Place(str(tmp_path / "back.duckdb"))
    migrate_store(desk.desk.store, back.location)
    assert contents(back) == after
    assert "of 13 waiting" in ran(desk, "queue").stdout


def test_a_wrong_key_bucket_or_address_is_told_in_a_sentence(
    desk: DeskUnderTest, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = empty_lake(f"{bucket}/mail")
    for name, value in WRONG.items():
        with monkeypatch.context() as patch, pytest.raises(StoreProblem, match="data of the shared store can't be rea"):
            patch.setenv(name, value)
            wrong = empty_lake(f"{bucket}/mail")
            migrate_store(desk.desk.store, wrong.location, wrong.data)
    missing = empty_lake(f"{bucket}-that-is-not-there/mail")
    with pytest.raises(StoreProblem, match=f"data of the shared store can't be reached at {bucket}-that-is-not-there/"):
        migrate_store(desk.desk.store, missing.location, missing.data)
    migrate_store(desk.desk.store, lake.location, lake.data)
    assert contents(lake) == contents(desk.place)
