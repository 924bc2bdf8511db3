"""Hostile mail, collected like any other and opened in the real queue: nothing leaves, nothing runs, people work on."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from core.acting import create, delete
from core.notes import add_note
from tests.browser.desk_in_browser import Screen, session_of
from tests.browser.test_hostile_html import HOSTILE
from tests.desk import CONFIGURATION, INVOICES, DeskUnderTest, mail
from tests.servers.processes import dashboard
from tests.servers.trap import Trap, running
from tests.test_sanitising import BOMBS

TABS = ("Text", "HTML", "file", "Why", "Around it", "Original")
# What each place that shows a mail's words would do with them if it took them for more than words.
MARKUP = (
    "![x](TRAP/W.png) [click](TRAP/W) [js](javascript:fetch('TRAP/W')) <img src=TRAP/W onerror=fetch('TRAP/W')> "
    "<script>document.title='ran'</script> $\\href{TRAP/W}{x}$ $$\\includegraphics{TRAP/W}$$ :material/bug_report: "
    ":red-background[x] <a href=TRAP/W>a</a> `x` | a | b | {{7*7}} &lt;b&gt;"
)
HUGE = ("ten megabytes of table", "deep boxes", "wide cells")
FILE = "![x](file.png) [a](javascript:alert(1)) <img src=x onerror=alert(1)> $x$ :red[x] `x`.pdf"
RTL = "invoice\u202egpj.exe"
# Everything in a page, frames apart, that names the trap or a script, wherever a browser would act on it.
LIVE = """
() => [...document.querySelectorAll('*')].flatMap(each => [...each.attributes]
    .filter(one => /^(src|srcset|href|xlink:href|action|formaction|data|poster|ping|style|on.*)$/.test(one.name))
    .filter(one => /127\\.0\\.0\\.1|javascript:|fetch\\(/.test(one.value) && !one.value.startsWith(location.origin))
    .map(one => each.tagName + ' ' + one.name + '=' + one.value.slice(0, 80)))
"""


def words(trap: Trap, where: str) -> str:
    """MARKUP that tells the trap where it was shown."""
    return MARKUP.replace("TRAP", trap.url).replace("W", where)


def hostile_mails(trap: Trap) -> dict[str, bytes]:
    """The mails, by what they are about."""
    html = HOSTILE.replace("TRAP", trap.url)
    return {
        "everything": mail(
            to=f"nobody@desk.example, {words(trap, 'to')} <x@y.example>", message_id="first@evil.example",
            sender='"![x](' + trap.url + '/from.png) <img src=' + trap.url + '/from>" <evil@evil.example>',
            subject=words(trap, "subject"), text=words(trap, "text"), html=html, list_id="![x](" + trap.url + "/list)",
            attached=[FILE, RTL, "../../etc/passwd", '=HYPERLINK("x").csv'],
            x_evil=words(trap, "header"), reply_to="![x](" + trap.url + "/reply) <else@evil.example>",
        ),
        "answer": mail(to="nobody@desk.example", sender="evil@evil.example", in_reply_to="first@evil.example",
                       subject="Re: " + words(trap, "answer"), text="> " + words(trap, "quoted")),
        "long": mail(to="nobody@desk.example", sender='"' + "W" * 3000 + '" <long@evil.example>', subject="M" * 5000,
                     text="M" * 20_000, html="<p>" + "M" * 20_000, attached="W" * 200 + ".pdf"),
        "formula": mail(to="nobody@desk.example", sender='"=cmd|calc" <=1+1@evil.example>', text="=1+1",
                        subject='=HYPERLINK("' + trap.url + '/csv","x")'),
        "bidi": mail(to="nobody@desk.example", subject="\u202eabc\u2066 \u202e" + "\u0301" * 300, text="\u202e" * 500,
                     sender='"\u202eelpmaxe.knab" <bidi@evil.example>'),
        **{name: mail(to="nobody@desk.example", subject=name, html=BOMBS[name]) for name in HUGE},
    }  # fmt: skip


class Watched(Screen):
    """A screen that remembers every address its browser asked for, and everything that tried to get out of it."""

    def __init__(self, session: BrowserContext, url: str) -> None:
        super().__init__(session.new_page(), url)
        self.asked: list[str] = []
        self.opened_by_mail: list[str] = []
        session.on("request", lambda request: self.asked.append(request.url))
        self.tab.on("websocket", lambda socket: self.asked.append(socket.url.replace("ws://", "http://", 1)))
        self.tab.on("dialog", lambda dialog: self.opened_by_mail.append(dialog.message))
        session.on("page", lambda page: self.opened_by_mail.append(page.url))

    @property
    def left(self) -> list[str]:
        """What was asked of anybody but the dashboard itself."""
        own = (f"{self.url}/", "data:", "about:srcdoc", f"blob:{self.url}/")
        return [address for address in self.asked if not address.startswith(own)]


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    with running(Trap()) as server:
        yield server


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory, trap: Trap) -> dict[str, str]:
    """A desk that has collected them: ids by name, and the folder of the desk."""
    roomy = CONFIGURATION.replace("size = 20000", "size = 20000000")
    desk = DeskUnderTest(folder := tmp_path_factory.mktemp("desk"), configuration=roomy)
    named = hostile_mails(trap)
    ids = dict(zip(named, desk.receive(*named.values()), strict=True))
    earlier = desk.receive(*(mail(to="nobody@desk.example", sender="evil@evil.example",
                                  subject=words(trap, f"earlier{n}")) for n in range(2)))  # fmt: skip
    ana = desk.acting("ana")
    create(ana, earlier[:1], INVOICES)
    delete(ana, earlier[1:], words(trap, "reason"))
    add_note(ana, ids["everything"], words(trap, "note"))
    return {**ids, "folder": str(folder)}


@pytest.fixture(scope="module")
def url(mails: dict[str, str]) -> Iterator[str]:
    with dashboard(Path(mails["folder"])) as address:
        yield address


@pytest.fixture(scope="module")
def at(chromium: Browser, url: str) -> Iterator[Watched]:
    session = session_of(chromium, accept_downloads=True)
    yield Watched(session, url)
    session.close()


def harmed(at: Watched, trap: Trap) -> list[str]:
    """Everything that should not have happened so far."""
    title = [at.tab.title()] if "ran" in at.tab.title() else []
    broken = at.tab.get_by_test_id("stException").all_inner_texts()
    alive: list[str] = at.tab.evaluate(LIVE)
    return at.left + trap.caught + at.opened_by_mail + title + broken + alive


def read_all(at: Watched) -> None:
    for name in TABS:
        at.tab_of(name)


@pytest.mark.parametrize("name", ["everything", "answer", "long", "formula", "bidi", *HUGE])
def test_reading_all_of_a_hostile_mail_lets_nothing_out(
    at: Watched, trap: Trap, mails: dict[str, str], name: str
) -> None:
    at.open(id=mails[name])
    at.until(lambda: at.opened, mails[name])
    read_all(at)
    assert harmed(at, trap) == []
    assert at.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    at.press("j" if at.widget("next").get_by_role("button").is_enabled() else "k")
    at.until(lambda: at.opened != mails[name], True)
    assert harmed(at, trap) == []


def test_the_words_of_a_hostile_mail_are_shown_as_they_were_written(
    at: Watched, trap: Trap, mails: dict[str, str]
) -> None:
    at.open(id=mails["everything"])
    at.until(lambda: at.opened, mails["everything"])
    at.until(lambda: at.subject, words(trap, "subject"))
    expect(at.widget("text")).to_contain_text("![x](" + trap.url + "/text.png)")
    at.tab_of("4 files")
    expect(at.widget("reading")).to_contain_text(FILE)
    assert "\u202e" not in at.widget("reading").inner_text()
    at.tab_of("Around it")
    expect(at.widget("reading")).to_contain_text(words(trap, "note"))
    at.tab_of("HTML")
    inside = at.tab.frame_locator(".st-key-opened iframe").frame_locator("iframe")
    expect(inside.locator("body")).to_contain_text("Dear customer")
    expect(at.widget("opened")).to_contain_text("remote references were blocked")
    for place in inside.locator(".link, .target, p, td").all()[:12]:
        place.click(force=True)
    assert harmed(at, trap) == []


@pytest.mark.parametrize("key", ["create", "attach", "delete", "snooze", "hand-over", "note", "block"])
def test_a_dialog_about_a_hostile_mail_lets_nothing_out(
    at: Watched, trap: Trap, mails: dict[str, str], key: str
) -> None:
    at.until(lambda: at.opened, mails["everything"])
    at.click(key)
    at.dialog.wait_for()
    at.settled()
    for field in at.dialog.get_by_role("combobox").all():
        field.click()
        at.tab.keyboard.press("Escape")
    assert harmed(at, trap) == []
    at.dialog.get_by_role("button", name="Close").click()
    expect(at.dialog).to_have_count(0)


def test_files_of_a_hostile_mail_are_saved_under_harmless_names(at: Watched, trap: Trap, mails: dict[str, str]) -> None:
    at.until(lambda: at.opened, mails["everything"])
    at.tab_of("4 files")
    names = []
    for button in at.widget("reading").get_by_role("button", name="Download").all():
        with at.tab.expect_download() as saved:
            button.click()
        names.append(saved.value.suggested_filename)
        assert saved.value.path().read_bytes() == b"%PDF-1.4"
    assert len(names) == 4
    assert [name for name in names if set(name) & set("/\\\u202e\u2066\r\n\0") or name.startswith(".")] == []
    assert harmed(at, trap) == []


def test_the_exported_list_holds_no_formula(at: Watched, trap: Trap) -> None:
    with at.tab.expect_download() as saved:
        at.click("csv")
    rows = list(csv.reader(io.StringIO(saved.value.path().read_text(encoding="utf-8-sig"))))
    assert any("HYPERLINK" in cell for row in rows for cell in row)
    assert [cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))] == []
    assert harmed(at, trap) == []


def test_whoever_watches_here_would_notice(at: Watched, trap: Trap) -> None:
    at.tab.evaluate("url => document.body.insertAdjacentHTML('beforeend', `<img src='${url}/noticed'>`)", trap.url)
    at.until(lambda: bool(trap.caught), True)
    assert harmed(at, trap) == [f"{trap.url}/noticed", "GET /noticed HTTP/1.1", f"IMG src={trap.url}/noticed"]
