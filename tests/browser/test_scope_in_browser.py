"""What a person may not see does not exist for their browser either, whatever address, link or message it sends."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from core import messages
from tests.browser.desk_in_browser import Screen, screen
from tests.desk import AP, CONFIGURATION, INVOICES, PEOPLE, DeskUnderTest, mail, route
from tests.servers.processes import dashboard

SECRET = "Xylophone"  # in everything of the other team that could be shown: sender, subject, text, file name, target
# Without a lead the machine starts as Ana, an agent of Finance. The other team, Staff, has the mailbox People.
AGENTS = CONFIGURATION.replace('role = "lead"', 'role = "agent"')
ONLY_IDA = re.sub(r'\[\[person\]\]\nemail = "(?!ida)\w+@.*\n(role = .*\n)?', "", AGENTS)
ONLY_IDA = re.sub(r"members = .*", 'members = ["ida@desk.example"]', ONLY_IDA)
ROUTES = [route("Salaries", "salaries@desk.example", INVOICES, mailbox=PEOPLE)]
PAGES = sorted(path.stem for path in (Path(__file__).parents[2] / "pages").glob("*.py"))
Craft = Callable[[list[WidgetState]], None]


def fill(desk: DeskUnderTest) -> dict[str, str]:
    """Mail of both teams: ids by what they are."""
    own = desk.receive(*(mail(to="nobody@desk.example", subject=f"Ours {n}", text="Our own words") for n in range(3)))
    secret = mail(sender=f'"{SECRET}" <{SECRET}@staff.example>', to="nobody@desk.example", attached=f"{SECRET}.pdf",
                  subject=f"{SECRET} theirs", text=f"{SECRET} words", html=f"<p>{SECRET} words")  # fmt: skip
    routed = mail(to="salaries@desk.example", subject=f"{SECRET} routed", sender=f"{SECRET}@staff.example")
    theirs, work = desk.receive(secret, routed, mailbox=PEOPLE)
    return {"own": own[0], "other": own[1], "theirs": theirs, "work": work, "item": desk.items(work)[0]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="module")
def ids(folder: Path) -> dict[str, str]:
    desk = DeskUnderTest(folder, ROUTES, AGENTS)
    found = fill(desk)
    assert SECRET in messages.message(desk.acting("hana"), found["theirs"])["subject"]
    return found


@pytest.fixture(scope="module")
def url(folder: Path, ids: dict[str, str]) -> Iterator[str]:
    with dashboard(folder) as address:
        yield address


class Between:
    """What stands between a browser and the server: hears every byte that comes, and may change what is said."""

    def __init__(self, tab: Page) -> None:
        self.heard: list[bytes] = []
        self.craft: Craft | None = None
        tab.route_web_socket("**/_stcore/stream", self._stand)

    def _stand(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda said: server.send(_rewritten(said, self.craft)))

        def pass_on(said: str | bytes) -> None:
            self.heard.append(said if isinstance(said, bytes) else said.encode())
            socket.send(said)

        server.on_message(pass_on)


_between: dict[Page, Between] = {}  # there is no way to step back from a tab


@contextmanager
def overheard(chromium: Browser, url: str, craft: Craft | None = None) -> Iterator[tuple[Screen, list[bytes]]]:
    """A screen, and every byte the server sent to it; `craft` rewrites what its browser says of its widgets."""
    with screen(chromium, url, "overheard") as person:
        if person.tab not in _between:
            _between[person.tab] = Between(person.tab)
        between = _between[person.tab]
        between.heard, between.craft = [], craft
        yield person, between.heard


def _rewritten(said: str | bytes, craft: Craft | None) -> str | bytes:
    message = BackMsg()
    if not craft or isinstance(said, str) or not message.ParseFromString(said):
        return said
    if message.WhichOneof("type") == "rerun_script":
        widgets = list(message.rerun_script.widget_states.widgets)
        craft(widgets)
        del message.rerun_script.widget_states.widgets[:]
        message.rerun_script.widget_states.widgets.extend(widgets)
    return bytes(message.SerializeToString())


def told(person: Screen, heard: list[bytes]) -> list[str]:
    """Whatever of the other team's has come to this browser, shown or not."""
    inside = person.tab.content().lower()
    secrets = [SECRET.lower(), "people@desk.example", "salaries@desk.example"]
    return [one for one in secrets if one in inside or any(one.encode() in said.lower() for said in heard)]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_ana_holds_nothing_of_the_other_team(
    chromium: Browser, url: str, ids: dict[str, str], page: str
) -> None:
    with overheard(chromium, url) as (ana, heard):
        ana.open(page)
        assert heard
        assert told(ana, heard) == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"id": "theirs"},
        {"id": "work"},
        {"mailbox": PEOPLE},
        {"address": "people@desk.example"},
        {"team": "Staff"},
        {"search": SECRET.lower()},
        {"sender": "staff.example"},
        {"mailbox": [AP, PEOPLE], "id": "theirs"},
        {"id": "../../etc/passwd"},
        {"id": "' OR 1=1 --", "cause": "' OR 1=1 --", "page": "-1", "age": "x", "order": "x", "opened": "theirs"},
    ],
    ids=str,
)
def test_a_parameter_that_names_what_is_not_hers_is_as_one_that_names_nothing(
    chromium: Browser, url: str, ids: dict[str, str], parameters: dict[str, str]
) -> None:
    with overheard(chromium, url) as (ana, heard):
        given = {key: ids.get(str(value), value) for key, value in parameters.items()}
        ana.open(**given)
        ana.until(lambda: ana.counts, (3, 3, 3))
        shown = [SECRET.lower()] if set(given) & {"search", "sender"} else []  # her own words come back to her
        assert [one for one in told(ana, heard) if one not in shown] == []
        assert ana.tab.get_by_test_id("stException").count() == 0
        if not shown:
            ana.until(lambda: ana.subject[:4], "Ours")
            ana.until(lambda: ana.matches, 3)


def test_a_work_item_of_the_other_team_is_not_found_by_its_reference(
    chromium: Browser, url: str, ids: dict[str, str], folder: Path
) -> None:
    with overheard(chromium, url) as (ana, heard):
        ana.open()
        ana.click("attach")
        ana.dialog.wait_for()
        ana.write("attach-reference", ids["item"])
        ana.click("attach-now")
        expect(ana.widget("notice")).to_contain_text(f"There is no work item {ids['item']}.")
        assert told(ana, heard) == []
        ana.until(lambda: ana.counts, (3, 3, 3))
        for parameter in ("reference", "item", "id"):
            ana.open("work_items", **{parameter: ids["item"]})
            assert told(ana, heard) == []


@pytest.mark.parametrize("path", ["queue?id={theirs}", "queue?mailbox=People", "work_items?reference={item}"])
def test_a_deep_link_as_the_first_request_after_a_start_shows_nothing_foreign(
    chromium: Browser, folder: Path, ids: dict[str, str], path: str
) -> None:
    with dashboard(folder) as url, overheard(chromium, url) as (ana, heard):
        ana.tab.goto(f"{url}/{path.format(**ids)}")
        ana.tab.get_by_role("heading", level=1).wait_for()
        ana.settled()
        expect(ana.widget("acting_as").get_by_role("combobox")).to_have_value("ana@desk.example · agent")
        assert told(ana, heard) == []


def choose_foreign(widgets: list[WidgetState]) -> None:
    for each in widgets:
        if each.id.endswith(("-mailbox", "-team", "-address")):
            each.string_array_value.data[:] = [PEOPLE, "Staff", "people@desk.example"]


def select_far(widgets: list[WidgetState]) -> None:
    for each in widgets:
        if "list-" in each.id:
            each.string_value = '{"selection":{"rows":[0,99,-1,5],"columns":[],"cells":[[400,"subject"],[-3,"x"]]}}'


@pytest.mark.parametrize("craft", [choose_foreign, select_far])
def test_a_changed_browser_gets_no_further_than_an_honest_one(chromium: Browser, url: str, craft: Craft) -> None:
    changed: list[int] = []

    def crafting(widgets: list[WidgetState]) -> None:
        before = [each.SerializeToString() for each in widgets]
        craft(widgets)
        changed.append(sum(each.SerializeToString() not in before for each in widgets))

    with overheard(chromium, url, crafting) as (ana, heard):
        ana.open()
        if craft is select_far:
            ana.select_rows(1)
        ana.press("j")
        ana.until(lambda: max(changed, default=0) > 0, True)
        ana.write("sender", "supplier.example")
        ana.until(lambda: ana.matches, 3)
        assert told(ana, heard) == []
        ana.until(lambda: ana.counts, (3, 3, 3))
        assert ana.tab.get_by_test_id("stException").count() == 0


def test_a_browser_that_invents_state_breaks_its_own_page_at_most(
    chromium: Browser, url: str, ids: dict[str, str]
) -> None:
    def invent(widgets: list[WidgetState]) -> None:
        for key in ("opened", "sought", "acting_as"):
            widgets.append(
                WidgetState(id=key, string_value="hana@desk.example" if key == "acting_as" else ids["theirs"])
            )

    with overheard(chromium, url, invent) as (ana, heard):
        ana.tab.goto(f"{url}/queue")
        ana.settled()
        ana.until(lambda: len(heard) > 3, True)
        assert told(ana, heard) == []
    with screen(chromium, url) as honest:
        honest.open().until(lambda: honest.counts, (3, 3, 3))


def test_an_analyst_sees_no_text_of_mail_and_cannot_act(chromium: Browser, tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, ROUTES, ONLY_IDA)
    (id,) = desk.receive(mail(to="nobody@desk.example", subject="Counted", text=f"{SECRET} words", attached="a.pdf",
                              html=f"<p>{SECRET} words"))  # fmt: skip
    with dashboard(tmp_path) as url, overheard(chromium, url) as (ida, heard):
        ida.open(id=id)
        expect(ida.widget("acting_as").get_by_role("combobox")).to_have_value("ida@desk.example · analyst")
        ida.until(lambda: ida.subject, "Counted")
        expect(ida.widget("opened")).to_contain_text("Analysts don't see the text of mail.")
        assert ida.widget("reading").count() == 0
        for key in ("create", "attach", "delete", "snooze", "claim", "hand-over", "note", "block"):
            expect(ida.widget(key).get_by_role("button")).to_be_disabled()
        ida.write("search", SECRET)
        expect(ida.tab.get_by_text("Nothing matches this filter")).to_be_visible()
        assert not any(f"{SECRET} words".encode() in said for said in heard)
