"""Publications: complete Parquet at any moment, as of one moment, with what the person may see and nothing else."""

import json
import os
import shutil
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from typer.testing import CliRunner

from core.__main__ import app
from core.acting import create
from core.analysis import open_analysis, publish, read_publication
from core.analysis.folder import turn
from core.analysis.publication import publish_when_due
from core.analysis.views import all_views
from core.commands.publish import publish_on
from core.configuration import load
from core.errors import ConfigurationProblem, InvalidInput, NotAllowed, NotFound, StoreBusy, StoreProblem
from core.store import Connection
from tests.desk import AP, CONFIGURATION, INVOICES, PEOPLE, DeskUnderTest, mail
from tests.homes import HOME

ROOT = Path(__file__).parent.parent
HOURLY = '\n[publish]\nfolder = "published"\nevery_minutes = 60\nperson = "ida@desk.example"\n'
# A program whose files may not grow beyond so many bytes, as on a full disk.
LIMITED = """
import resource, runpy, sys
size = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
runpy.run_module("core", run_name="__main__", alter_sys=True)
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskUnderTest:
    desk = DeskUnderTest(tmp_path_factory.mktemp("desk"), configuration=CONFIGURATION + HOURLY)
    ids = desk.receive(*(mail(to="ap@desk.example", text="onlyinthetext", attached="list.pdf") for _each in range(6)))
    desk.receive(mail(to="people@desk.example", subject="zzzstaff"), mailbox=PEOPLE)
    create(desk.acting("ana"), ids[:2], INVOICES)
    return desk


def environment(desk: DeskUnderTest) -> dict[str, str]:
    return {**os.environ, "STRAYDESK_CONFIG": str(desk.folder / "straydesk.toml"), "LANG": "C.UTF-8",
            "STRAYDESK_STORE": desk.place.location, "STRAYDESK_DATA": desk.place.data}  # fmt: skip


def test_a_publication_has_a_parquet_file_for_each_view_and_says_what_it_is(
    desk: DeskUnderTest, tmp_path: Path
) -> None:
    made = publish(desk.acting("ida"), tmp_path / "published")
    said = json.loads((tmp_path / "published/current/publication.json").read_text())
    assert {name: said[name] for name in ("made_by", "role", "mailboxes", "bodies", "views_version")} == {
        "made_by": "ida@desk.example", "role": "analyst", "bodies": False, "views_version": 1,
        "mailboxes": [AP, "Accounts Receivable"]}  # fmt: skip
    assert said["made_at"] == desk.clock.isoformat()
    assert [*said["views"]] == [view.name for view in all_views() if view.name != "bodies"]
    files = {path.name: path.stat().st_size for path in made.path.glob("*.parquet")}
    assert files == {each["file"]: each["size"] for each in said["views"].values()}
    rows = {name: len(duckdb.read_parquet(str(made.path / each["file"])))
            for name, each in said["views"].items()}  # fmt: skip
    assert rows == {name: each["rows"] for name, each in said["views"].items()}
    assert (rows["messages"], rows["queue"], rows["work_items"]) == (6, 4, 2)


@pytest.mark.parametrize("view", [view.name for view in all_views() if view.name != "bodies"])
def test_what_is_published_is_what_the_person_sees_live(desk: DeskUnderTest, published: Path, view: str) -> None:
    live = open_analysis(desk.acting("ida")).frame(f"FROM {view}")
    (described,) = (each for each in all_views() if each.name == view)
    found = duckdb.sql(f"FROM '{published}/current/{view}.parquet'")
    assert dict(zip(found.columns, map(str, found.types), strict=True)) == {
        each.name: each.kind for each in described.columns
    }
    pd.testing.assert_frame_equal(ordered(found.df()), ordered(live))
    assert "zzzstaff" not in found.df().to_csv()


@pytest.fixture(scope="module")
def published(desk: DeskUnderTest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    publish(desk.acting("ida"), folder)
    return folder


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(list(frame.columns), key=lambda column: column.astype(str), ignore_index=True)


def test_bodies_are_published_only_when_asked_for_and_never_for_analysts(desk: DeskUnderTest, tmp_path: Path) -> None:
    publish(desk.acting("ana"), tmp_path / "without")
    made = publish(desk.acting("ana"), tmp_path / "with", bodies=True)
    assert not (tmp_path / "without/current/bodies.parquet").exists()
    assert set(made.frame("bodies")["text"].str.strip()) == {"onlyinthetext"}
    assert made.manifest.bodies
    with pytest.raises(NotAllowed, match="don't see the text"):
        publish(desk.acting("ida"), tmp_path / "ida", bodies=True)
    assert not (tmp_path / "ida").exists()


def test_readers_never_meet_half_a_publication_or_two_at_once(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    ids = desk.receive(*(mail(to="ap@desk.example") for _each in range(6)))
    folder, ended, waiting = tmp_path / "published", threading.Event(), set()
    publish(desk.desk.operator(), folder)

    def read() -> None:
        while not ended.is_set():
            found = read_publication(folder)
            queue, messages = found.frame("queue"), found.frame("messages")
            items = found.frame("work_item_messages")
            assert len(queue) + len(set(items["message"])) == len(messages) == 6
            assert len(queue) == found.manifest.views["queue"].rows
            waiting.add(len(queue))

    readers = [Raising(read) for _each in range(2)]
    for each in readers:
        each.start()
    for id in ids:
        create(desk.acting("ana"), [id], INVOICES)
        publish(desk.desk.operator(), folder)
    ended.set()
    for each in readers:
        each.finish()
    assert len(waiting) > 1


class Raising(threading.Thread):
    """A thread whose failure is the test's."""

    def run(self) -> None:
        self.problem: BaseException | None = None
        try:
            super().run()
        except BaseException as error:
            self.problem = error

    def __init__(self, target: object) -> None:
        super().__init__(target=target)  # type: ignore[arg-type]

    def finish(self) -> None:
        self.join()
        if self.problem:
            raise self.problem


def test_a_publication_is_as_of_one_moment_while_people_act(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    ids = desk.receive(*(mail(to="ap@desk.example") for _each in range(10)))

    def act() -> None:
        for id in ids:
            create(desk.acting("ana"), [id], INVOICES)

    acting = Raising(act)
    acting.start()
    waiting = []
    while acting.is_alive():
        found = publish(desk.desk.operator(), tmp_path / "published")
        messages = found.frame("messages")
        done = set(messages[messages["status"] == "processed"]["id"])
        assert set(found.frame("work_item_messages")["message"]) == done
        journal = found.frame("journal")
        assert set(journal[journal["action"] == "create"]["message"]) == done
        waiting.append(len(found.frame("queue")))
    acting.finish()
    assert sorted(waiting, reverse=True) == waiting


def test_the_one_before_is_kept_for_who_still_reads_it_and_older_ones_go(desk: DeskUnderTest, tmp_path: Path) -> None:
    first, second, third = (publish(desk.desk.operator(), tmp_path) for _each in range(3))
    assert sorted(each.name for each in tmp_path.iterdir()) == [second.path.name, third.path.name, "current"]
    assert not first.path.exists()
    assert read_publication(tmp_path).path == third.path
    assert len(second.frame("messages")) == 7
    # A relative link: the folder may be moved, or mounted elsewhere.
    assert (tmp_path / "current").readlink() == Path(third.path.name)


def test_a_publication_that_fails_leaves_the_current_one_and_nothing_else(
    desk: DeskUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = publish(desk.desk.operator(), tmp_path)
    write = Connection.write_parquet

    def full(self: Connection, query: str, path: Path, group: int, **parameters: object) -> int:
        if path.name == "journal.parquet":
            raise StoreProblem("The disk is full.")
        return write(self, query, path, group, **parameters)

    monkeypatch.setattr(Connection, "write_parquet", full)
    with pytest.raises(StoreProblem):
        publish(desk.desk.operator(), tmp_path)
    assert read_publication(tmp_path) == made
    assert sorted(each.name for each in tmp_path.iterdir()) == [made.path.name, "current"]
    assert not list(desk.folder.glob("*.snapshot/*"))


def test_what_a_killed_publication_left_is_neither_read_nor_kept(desk: DeskUnderTest, tmp_path: Path) -> None:
    (tmp_path / ".unfinished").mkdir()
    (tmp_path / ".unfinished/queue.parquet").write_bytes(b"half")
    (tmp_path / "current.new").symlink_to("nowhere")
    if HOME == "file":
        left = desk.store_path.with_name("store.duckdb.snapshot")
        left.mkdir(exist_ok=True)
        (left / "copy.duckdb").write_bytes(b"half")
    with pytest.raises(NotFound, match="no publication"):
        read_publication(tmp_path)
    made = publish(desk.desk.operator(), tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == [made.path.name, "current"]
    assert not list(desk.folder.glob("*.snapshot/*"))


@pytest.mark.skipif(HOME != "file", reason="a lake is not copied")
def test_the_copy_of_the_store_is_for_its_owner_alone(
    desk: DeskUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    write = Connection.write_parquet

    def look(self: Connection, query: str, path: Path, group: int, **parameters: object) -> int:
        (folder,) = desk.folder.glob("*.snapshot")
        seen.append((folder.stat().st_mode & 0o077, [each.name for each in folder.glob("*.duckdb")]))
        return write(self, query, path, group, **parameters)

    monkeypatch.setattr(Connection, "write_parquet", look)
    publish(desk.desk.operator(), tmp_path)
    assert seen[0] == (0, ["copy.duckdb"])


def test_a_folder_with_something_else_in_it_is_refused(desk: DeskUnderTest, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InvalidInput, match=r"something else in it: thesis\.txt"):
        publish(desk.desk.operator(), tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_place_that_can_not_be_written_is_told_in_a_sentence(desk: DeskUnderTest, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreProblem, match="can't be written"):
        publish(desk.desk.operator(), tmp_path / "file/published")


@pytest.mark.skipif(HOME != "file", reason="what a lake writes is limited as well")
def test_a_full_disk_is_told_in_a_sentence(desk: DeskUnderTest, tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIMITED, "2048", "publish", str(tmp_path / "published")]
    done = subprocess.run(command, cwd=ROOT, env=environment(desk), text=True, capture_output=True, check=False)
    assert done.returncode == 1
    assert "can't be written" in done.stderr or "is full" in done.stderr
    assert not (tmp_path / "published/current").exists()


def test_of_two_at_once_one_publishes(desk: DeskUnderTest, tmp_path: Path) -> None:
    with turn(tmp_path):
        with pytest.raises(StoreBusy, match="Somebody else is publishing"):
            publish(desk.desk.operator(), tmp_path)
        assert publish_when_due(desk.desk.operator(), tmp_path, timedelta(0)) is None
    assert publish_when_due(desk.desk.operator(), tmp_path, timedelta(0)) is not None


def test_a_clock_that_was_set_back_does_not_hide_the_newest(desk: DeskUnderTest, tmp_path: Path) -> None:
    first = publish(desk.desk.operator(), tmp_path)
    desk.clock -= timedelta(hours=3)
    try:
        second = publish(desk.desk.operator(), tmp_path)
    finally:
        desk.clock += timedelta(hours=3)
    assert read_publication(tmp_path).path == second.path
    assert second.path.name > first.path.name


def test_the_collector_publishes_by_itself_once_in_the_time_that_is_set(desk: DeskUnderTest) -> None:
    folder, ended = desk.folder / "published", threading.Event()
    publishing = Raising(lambda: publish_on(desk.desk.operator(), ended))
    publishing.start()
    while publishing.is_alive() and not (folder / "current").exists():
        ended.wait(0.05)
    ended.set()
    publishing.finish()
    made = read_publication(folder)
    assert made.manifest.made_by == "ida@desk.example"
    ida, hour = desk.acting("ida"), timedelta(hours=1)
    assert publish_when_due(ida, folder, hour) is None
    desk.clock += hour
    again = publish_when_due(ida, folder, hour)
    desk.clock -= hour
    assert again is not None and again.path != made.path
    shutil.rmtree(folder)


def test_a_person_who_does_not_work_here_is_refused_in_the_configuration(desk: DeskUnderTest, tmp_path: Path) -> None:
    text = (CONFIGURATION + HOURLY).replace('person = "ida@', 'person = "nobody@')
    (tmp_path / "straydesk.toml").write_text(text)
    (tmp_path / "routes.toml").write_text("")
    with pytest.raises(ConfigurationProblem, match="publish, person: there is no person nobody@desk.example"):
        load(tmp_path / "straydesk.toml")


def test_the_verb_says_where_and_how_much_and_json_says_it_all(desk: DeskUnderTest, tmp_path: Path) -> None:
    shell = CliRunner(env=environment(desk))
    said = shell.invoke(app, ["publish", str(tmp_path / "p"), "--as", "ida@desk.example"], catch_exceptions=False)
    assert (said.exit_code, "6 messages in 15 views" in said.stdout) == (0, True)
    told = json.loads(shell.invoke(app, ["publish", str(tmp_path / "p"), "--bodies", "--json"]).stdout)
    assert told["path"] == str(read_publication(tmp_path / "p").path)
    assert (told["made_by"], told["views"]["bodies"]["rows"], len(told["mailboxes"])) == ("operator", 7, 3)


def test_the_dictionary_is_printed_without_a_desk(tmp_path: Path) -> None:
    shell = CliRunner(env={"STRAYDESK_CONFIG": str(tmp_path / "none.toml")})
    assert shell.invoke(app, ["dictionary"]).stdout == (ROOT / "docs/data_dictionary.md").read_text()
    views = json.loads(shell.invoke(app, ["dictionary", "--json"]).stdout)
    assert [view["name"] for view in views] == [view.name for view in all_views()]
    assert views[0]["columns"][0] == {"name": "id", "kind": "VARCHAR", "about": "the message"}


def test_a_view_that_is_not_in_a_publication_is_told(desk: DeskUnderTest, published: Path) -> None:
    with pytest.raises(NotFound, match="no view “bodies”"):
        read_publication(published).frame("bodies")
