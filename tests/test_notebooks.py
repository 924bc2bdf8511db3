"""Every notebook answers its question on a real store, run by the interpreter that runs the tests."""

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from core import clock
from core.acting import create
from core.recommendations import recommendations
from core.senders import unrouted_senders
from tests.desk import AP, INVOICES, PAYMENTS, PEOPLE, DeskUnderTest, mail, route
from tests.real_mail import real_messages, rewritten

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
RECURRING, ROUTES, MEASURED, WAITED = (
    "recurring_unrouted_senders",
    "what_would_these_routes_have_done",
    "how_good_are_the_recommendations",
    "how_long_does_mail_wait",
)
STEADY, FADED, ROUTED = "bills@northgas.example", "offers@paper.example", "sue@acme.example"
HOSTILE = '"</script><script>alert(1)</script>"@evil.example'
COUNTED = (
    "SELECT count(*) FROM message WHERE cause IN ('no_route', 'bcc_only', 'conditions_not_met', 'no_valid_address')"
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskUnderTest:
    """Steady bills of seven weeks, offers of three weeks last year, a sender with a route, and real mail.

    People decided the bills, and what a hostile sender wrote week after week, by hand, all but one of them alike.
    """
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
    hostile = [mail(sender=HOSTILE, to="ap@desk.example", sent=desk.clock - timedelta(weeks=week, hours=2))
               for week in range(6) for _copy in range(2)]  # fmt: skip
    ids = desk.receive(*weekly, *faded, *routed, *hostile, *real)
    assert len(ids) == 54
    desk.receive(mail(sender=STEADY, to="people@desk.example", sent=desk.clock), mailbox=PEOPLE)
    decide(desk, ids[:14], ids[22:34])
    return desk


def decide(desk: DeskUnderTest, bills: list[str], hostile: list[str]) -> None:
    """Every bill becomes work within the hour, but the newest two wait, and one was taken for another."""
    now, ana = desk.clock, desk.acting("ana")
    for week in range(6, -1, -1):
        desk.clock = now - timedelta(weeks=week, minutes=30)
        if week:
            create(ana, bills[2 * week : 2 * week + 1], PAYMENTS if week == 6 else INVOICES)
            create(ana, bills[2 * week + 1 : 2 * week + 2], INVOICES)
        if week < 6:
            create(ana, hostile[2 * week : 2 * week + 2], PAYMENTS)
    desk.clock = now


@pytest.fixture(scope="module")
def kernel(desk: DeskUnderTest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A kernel of this very interpreter, whatever kernels the machine knows, on the desk under test."""
    specification = {"argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                     "display_name": "tests", "language": "python"}  # fmt: skip
    jupyter = tmp_path_factory.mktemp("jupyter")
    place = jupyter / "kernels" / "straydesk-tests"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps(specification))
    with pytest.MonkeyPatch.context() as environment:
        for name in ("JUPYTER_PATH", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
            environment.setenv(name, str(jupyter))
        environment.setenv("STRAYDESK_CONFIG", str(desk.folder / "straydesk.toml"))
        desk.name_store(environment)
        yield place.name


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


def charts(notebook: Any) -> list[dict[str, Any]]:
    """The charts of a notebook, as Vega-Lite."""
    pages = (html for html in shown(notebook) if "vega-lite" in html)
    return [json.JSONDecoder().raw_decode(page, page.rindex("})({") + 3)[0] for page in pages]


def text(notebook: Any) -> str:
    """Everything that the cells show a person."""
    printed = (each.get("text", "") for cell in notebook.cells for each in cell.get("outputs", ()))
    return "".join([*shown(notebook), *printed])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_asks_one_question_and_is_kept_without_its_answers(path: Path) -> None:
    notebook = opened(path)
    nbformat.validate(notebook)
    question, *_rest = notebook.cells[0].source.splitlines()
    assert question.startswith("# ")
    assert question.endswith("?")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.execution_count, cell.outputs) for cell in code] == [(None, [])] * len(code)


@pytest.fixture(scope="module")
def ran(desk: DeskUnderTest, kernel: str) -> dict[str, Any]:
    """Every notebook with its outputs, by name."""
    return {path.stem: executed(path, kernel) for path in NOTEBOOKS}


def test_there_is_a_notebook_for_each_of_the_four_questions() -> None:
    assert {path.stem for path in NOTEBOOKS} == {RECURRING, ROUTES, MEASURED, WAITED}


@pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS])
def test_a_notebook_runs_from_its_own_folder_and_shows_charts_titled_by_their_finding_and_a_table(
    ran: dict[str, Any], name: str
) -> None:
    drawn = charts(ran[name])
    assert len(drawn) == 2
    assert all(len(each["title"]) > 20 and sum(map(len, each["datasets"].values())) > 0 for each in drawn)
    assert "<table" in shown(ran[name])[-1]
    assert "<script>alert" not in text(ran[name])


def test_the_recurring_senders_are_those_that_came_week_after_week_without_a_route(
    ran: dict[str, Any], desk: DeskUnderTest
) -> None:
    notebook = ran[RECURRING]
    since = desk.clock - timedelta(weeks=6, hours=1)
    by_week, deeds = charts(notebook)
    assert by_week["title"] == (
        f"2 senders keep coming without a route, most of all {STEADY}, 15 mails, since {since:%d %B %Y}"
    )
    assert deeds["title"] == "Of the 27 mails of these senders people made work of 24 and deleted 0; 3 wait"
    table = shown(notebook)[-1]
    assert {sender for sender in (STEADY, FADED, ROUTED) if sender in table} == {STEADY}
    assert "Acme · P2P · Invoices (11)" in table and "evil.example" in table


def test_the_recommended_routes_are_tried_behind_those_of_today_and_the_one_that_differs_is_shown(
    ran: dict[str, Any], desk: DeskUnderTest
) -> None:
    notebook = ran[ROUTES]
    curve, by_route = charts(notebook)
    found = recommendations(desk.desk.operator())
    assert curve["title"] == found.sentence
    assert len(found.curve) == 2 and found.unrouted == 27
    # Eleven of twelve bills, and all twelve that the hostile sender wrote; today's route keeps what it has.
    assert by_route["title"].startswith("People decided as these routes would in 23 of 24 mails, that is in at least 8")
    assert "26 newly caught; 6 unchanged" in text(notebook)
    counter_examples = shown(notebook)[-1]
    assert counter_examples.count("<tr") == 2 and STEADY in counter_examples
    assert "Acme · P2P · Payments" in counter_examples


def test_the_recommendations_are_measured_beside_the_readable_baselines(ran: dict[str, Any]) -> None:
    coverage, weekly = charts(ran[MEASURED])
    assert coverage["title"].startswith("Recommended routes answer ")
    (rows,) = coverage["datasets"].values()
    assert [each["learner"] for each in rows] == ["recommended", "sender", "list", "domain", "ladder"]
    (weeks,) = weekly["datasets"].values()
    # What the second chart shows by week is, all weeks together, what the first one shows.
    for each in rows:
        own = [week for week in weeks if week["learner"] == each["learner"]]
        answered = sum(week["coverage"] * week["tested"] for week in own)
        assert answered == pytest.approx(each["coverage_at_95"] * each["tested"])


def test_senders_are_counted_in_scope_only_and_by_week(desk: DeskUnderTest) -> None:
    everything = unrouted_senders(desk.desk.operator(), days=3650 * 3, at_least=1)
    assert everything["messages"].sum() == desk.value(COUNTED)
    ana = unrouted_senders(desk.acting("ana"), at_least=3)
    assert ana["from_address"].unique().tolist() == [STEADY, HOSTILE]
    ana = ana[ana["from_address"] == STEADY]
    assert (ana["total"].iloc[0], ana["messages"].sum(), ana["mailboxes"].iloc[0].tolist()) == (14, 14, [AP])
    assert ana["week"].is_monotonic_increasing
    assert unrouted_senders(desk.acting("nemo"), at_least=1).empty


def test_how_long_mail_waits_is_told_by_week_by_mailbox_and_by_cause(ran: dict[str, Any]) -> None:
    by_week, by_mailbox = charts(ran[WAITED])
    assert by_week["title"].endswith("had waited for 1.5 hours at most, nine of ten for 1.5")
    (rows,) = by_mailbox["datasets"].values()
    decided = {(row["mailbox"], row["deed"]): row["mails"] for row in rows}
    assert decided[(AP, "decided in time")] == 24 and decided[(PEOPLE, "waits in time")] == 1
    assert "no_route" in shown(ran[WAITED])[-1]
