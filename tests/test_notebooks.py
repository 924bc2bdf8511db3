"""Every notebook answers its question on a real store, run by the interpreter that runs the tests."""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from core import clock
from core.senders import unrouted_senders
from tests.desk import AP, PEOPLE, DeskUnderTest, mail, route
from tests.real_mail import real_messages, rewritten

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
RECURRING = "recurring_unrouted_senders"
STEADY, FADED, ROUTED = "bills@northgas.example", "offers@paper.example", "sue@acme.example"
HOSTILE = '"</script><script>alert(1)</script>"@evil.example'
COUNTED = (
    "SELECT count(*) FROM message WHERE cause IN ('no_route', 'bcc_only', 'conditions_not_met', 'no_valid_address')"
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskUnderTest:
    """Steady bills of seven weeks, offers of three weeks last year, a sender with a route, and real mail."""
    desk = DeskUnderTest(tmp_path_factory.mktemp("desk"), [route("Acme", "invoices@desk.example")], clock=clock.now())
    weekly = [mail(sender=STEADY, to="ap@desk.example", sent=desk.clock - timedelta(weeks=week, hours=1))
              for week in range(7) for _copy in range(2)]  # fmt: skip
    faded = [
        mail(sender=FADED, to="ap@desk.example", sent=desk.clock - timedelta(weeks=40 + week)) for week in range(3)
    ]
    routed = [
        mail(sender=ROUTED, to="invoices@desk.example", sent=desk.clock - timedelta(weeks=week)) for week in range(5)
    ]
    real = [rewritten(raw, to="ap@desk.example", cc="") for raw in real_messages(20, "spamassassin/easy-ham-2")]
    hostile = [mail(sender=HOSTILE, to="ap@desk.example", sent=desk.clock - timedelta(weeks=week)) for week in range(3)]
    assert len(desk.receive(*weekly, *faded, *routed, *hostile, *real)) == 45
    desk.receive(mail(sender=STEADY, to="people@desk.example", sent=desk.clock), mailbox=PEOPLE)
    return desk


@pytest.fixture
def kernel(desk: DeskUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A kernel of this very interpreter, whatever kernels the machine knows, on the desk under test."""
    specification = {"argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                     "display_name": "tests", "language": "python"}  # fmt: skip
    place = tmp_path / "jupyter" / "kernels" / "straydesk-tests"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps(specification))
    for name in ("JUPYTER_PATH", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / "jupyter"))
    monkeypatch.setenv("STRAYDESK_CONFIG", str(desk.folder / "straydesk.toml"))
    monkeypatch.setenv("STRAYDESK_STORE", str(desk.store_path))
    return place.name


def opened(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def executed(path: Path, kernel: str) -> Any:
    """The notebook with its outputs, run in its own folder as Jupyter would."""
    notebook = opened(path)
    NotebookClient(
        notebook, kernel_name=kernel, timeout=120, resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    return notebook


def shown(notebook: Any) -> list[str]:
    """What the cells show a person, as HTML."""
    found = [each for cell in notebook.cells for each in cell.get("outputs", ())]
    return [each["data"]["text/html"] for each in found if "text/html" in each.get("data", {})]


def chart(notebook: Any) -> dict[str, Any]:
    """The one chart of a notebook, as Vega-Lite."""
    (page,) = (html for html in shown(notebook) if "vega-lite" in html)
    specification, _end = json.JSONDecoder().raw_decode(page, page.rindex("})({") + 3)
    assert isinstance(specification, dict)
    return specification


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_asks_one_question_and_is_kept_without_its_answers(path: Path) -> None:
    notebook = opened(path)
    nbformat.validate(notebook)
    question, *_rest = notebook.cells[0].source.splitlines()
    assert question.startswith("# ")
    assert question.endswith("?")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.execution_count, cell.outputs) for cell in code] == [(None, [])] * len(code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_its_own_folder_and_shows_a_chart_titled_by_its_finding(path: Path, kernel: str) -> None:
    drawn = chart(executed(path, kernel))
    assert len(drawn["title"]) > 20
    assert sum(map(len, drawn["datasets"].values())) > 0


def test_the_recurring_senders_are_those_that_came_week_after_week_without_a_route(
    kernel: str, desk: DeskUnderTest
) -> None:
    notebook = executed(next(path for path in NOTEBOOKS if path.stem == RECURRING), kernel)
    since = desk.clock - timedelta(weeks=6, hours=1)
    finding = f"2 senders keep coming without a route, most of all {STEADY}, 15 mails, since {since:%d %B %Y}"
    assert chart(notebook)["title"] == finding
    table = shown(notebook)[-1]
    assert {sender for sender in (STEADY, FADED, ROUTED) if sender in table} == {STEADY}
    assert "evil.example" in table
    assert "<script>alert" not in "".join(shown(notebook))


def test_senders_are_counted_in_scope_only_and_by_week(desk: DeskUnderTest) -> None:
    everything = unrouted_senders(desk.desk.operator(), days=3650 * 3, at_least=1)
    assert everything["messages"].sum() == desk.value(COUNTED)
    ana = unrouted_senders(desk.acting("ana"), at_least=3)
    assert ana["from_address"].unique().tolist() == [STEADY, HOSTILE]
    ana = ana[ana["from_address"] == STEADY]
    assert (ana["total"].iloc[0], ana["messages"].sum(), ana["mailboxes"].iloc[0].tolist()) == (14, 14, [AP])
    assert ana["week"].is_monotonic_increasing
    assert unrouted_senders(desk.acting("nemo"), at_least=1).empty
