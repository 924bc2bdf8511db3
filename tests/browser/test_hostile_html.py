"""Hostile mail in a real browser: nothing loads, nothing runs, nothing leads away, and the page stays usable."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from core.sanitising import POLICY, framed, sanitise
from tests.servers.trap import Page, Trap, running
from tests.test_sanitising import BOMBS, picture

# Everything a mail may try, against TRAP. Each script, if it ran, would call the trap and rename the page.
HOSTILE = """<!doctype html><html><head><title>mail</title><base target="_top">
<meta http-equiv="refresh" content="0;url=TRAP/refresh">
<link rel="stylesheet" href="TRAP/sheet.css"><link rel="preload" as="image" href="TRAP/preload.png">
<link rel="prefetch" href="TRAP/prefetch"><link rel="icon" href="TRAP/icon.ico">
<link rel="manifest" href="TRAP/manifest">
<link rel="modulepreload" href="TRAP/module.js"><link rel="prerender" href="TRAP/prerender">
<style>@import "TRAP/import.css"; @import url(TRAP/import2.css); body{background:url(TRAP/style.png)}
@font-face{font-family:f;src:url(TRAP/font.woff)} p{font-family:f} li{list-style:url(TRAP/list.png)}
a::after{content:url(TRAP/content.png)} p{cursor:url(TRAP/cursor.cur),auto}</style>
<script>fetch("TRAP/script");top.document.title="ran";parent.postMessage("ran","*")</script>
<script src="TRAP/external.js"></script></head>
<body background="TRAP/body.png" onload="fetch('TRAP/onload');top.document.title='ran'">
<p style="background:url('TRAP/inline.png')">Dear customer</p><p style="background-image:u\\72l(TRAP/escaped.png)">x</p>
<img src="TRAP/img.png" onerror="fetch('TRAP/onerror')" alt="Logo"><img src="x" onerror="top.document.title='ran'">
<img srcset="TRAP/set1.png 1x, TRAP/set2.png 2x"><image src="TRAP/image.png">
<picture><source srcset="TRAP/source.webp"><img src="TRAP/picture.png"></picture>
<img src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3Cimage
href='TRAP/datasvg.png'/%3E%3C/svg%3E">
<img src="cid:picture" alt="inside"><img src="cid:page" alt="no picture"><img src="cid:TRAP/cid.png">
<video src="TRAP/v.mp4" poster="TRAP/poster.png" autoplay><track src="TRAP/track.vtt" default></video>
<audio src="TRAP/a.mp3" autoplay></audio>
<object data="TRAP/object.html"></object><embed src="TRAP/embed.swf"><iframe src="TRAP/iframe.html"></iframe>
<iframe srcdoc="<script>fetch('TRAP/srcdoc')</script><img src='TRAP/srcdoc.png'>"></iframe>
<iframe src="javascript:fetch('TRAP/jsframe')"></iframe>
<iframe src="data:text/html,<img src='TRAP/dataframe.png'>"></iframe>
<svg width="20" height="20"><image href="TRAP/svg.png" width="20" height="20"/><use href="TRAP/use.svg#a"/>
<script>fetch("TRAP/svgscript")</script><style>@import "TRAP/svg.css";</style>
<filter id="f"><feImage href="TRAP/fe.png"/></filter>
<rect width="20" height="20" filter="url(#f)" fill="url(TRAP/fill.svg#a)"/></svg>
<math><mtext><table><mglyph><style><img src=x onerror="fetch('TRAP/mutation')"></style></mglyph></table></mtext></math>
<table background="TRAP/table.png"><tr><td background="TRAP/cell.png">cell</td></tr></table>
<form action="TRAP/form" method="post"><input type="image" src="TRAP/button.png" class="press" alt="Go">
<input name="password" autofocus onfocus="fetch('TRAP/focus')"><button class="press">Sign in</button></form>
<a class="press" href="TRAP/link">self</a><a class="press" href="TRAP/top" target="_top">top</a>
<a class="press" href="TRAP/blank" target="_blank">blank</a>
<a class="press" href="TRAP/ping" ping="TRAP/pinged">ping</a>
<a class="press" href="javascript:fetch('TRAP/js')">js</a><a class="press" href="TRAP/file" download>download</a>
<a class="press" href="data:text/html,<script>fetch('TRAP/data')</script>">data</a>
<a class="press" href="https://bank.example@127.0.0.1/">bank.example</a>
<map name="m"><area shape="default" href="TRAP/area"></map>
<p>Invoice \u202egpj.exe\u202c from \u2066bank\u2069</p><p onmouseover="fetch('TRAP/hover')">hover</p>
<div class="press" style="position:fixed;top:0;left:0;width:100%;height:4px;z-index:9"
onclick="fetch('TRAP/cover')">.</div>
</body></html>"""
PARTS = {"picture": ("image/png", picture("PNG", (40, 20))), "page": ("image/png", b"<script>alert(1)</script>")}


@pytest.fixture
def trap() -> Iterator[Trap]:
    with running(Trap()) as server:
        yield server


@pytest.fixture
def served() -> Iterator[Page]:
    with running(Page()) as server:
        yield server


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Tab]:
    context = chromium.new_context(viewport={"width": 1000, "height": 700})
    yield context.new_page()
    context.close()


def hostile(trap: Trap) -> str:
    return HOSTILE.replace("TRAP", trap.url)


def asked_for(tab: Tab) -> list[str]:
    """A list that fills with every address the tab asks for beside its own page and what the document holds itself."""
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url) if not request.url.startswith("data:") else None)
    return asked


def press_everything(tab: Tab, served: Page, selector: str) -> int:
    """Click each of these in the innermost frame, on a fresh page each time; how many there were."""
    count = tab.frames[1].locator(selector).count()
    for number in range(count):
        tab.goto(served.url)
        box = tab.frames[1].locator(selector).nth(number).bounding_box()
        if box is not None:
            tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 8))
            tab.wait_for_timeout(150)
    return count


def test_the_same_mail_shown_without_any_wall_is_caught_so_the_trap_works(tab: Tab, served: Page, trap: Trap) -> None:
    served.html = hostile(trap).replace('http-equiv="refresh"', "")
    tab.goto(served.url)
    tab.wait_for_timeout(500)
    assert tab.title() == "ran"
    asked = {line.split()[1].strip("/") for line in trap.caught if line}
    assert {"script", "img.png", "style.png", "import.css", "svg.png", "iframe.html", "font.woff", "onload"} <= asked


def test_sanitised_mail_asks_for_nothing_and_runs_nothing(tab: Tab, served: Page, trap: Trap) -> None:
    served.html = framed(sanitise(hostile(trap), PARTS).document, 600)
    asked = asked_for(tab)
    tab.goto(served.url)
    tab.wait_for_timeout(1500)
    assert asked == [served.url]
    assert trap.caught == []
    assert tab.title() == ""
    assert "Dear customer" in tab.frames[1].locator("body").inner_text()


def test_the_picture_inside_sanitised_mail_is_shown(tab: Tab, served: Page, trap: Trap) -> None:
    served.html = framed(sanitise(hostile(trap), PARTS).document, 600)
    tab.goto(served.url)
    boxes = [each.bounding_box() for each in tab.frames[1].locator("img").all()]
    assert [box and (box["width"], box["height"]) for box in boxes] == [(40, 20)]


def test_nothing_in_sanitised_mail_can_be_followed(tab: Tab, served: Page, trap: Trap) -> None:
    served.html = framed(sanitise(hostile(trap), PARTS).document, 600)
    tab.goto(served.url)
    assert tab.frames[1].locator("[href], [action], [onclick], form, input, button").count() == 0
    assert press_everything(tab, served, ".link, .target, p, td") > 5
    assert (tab.url, tab.frames[1].url, len(tab.context.pages)) == (served.url, "about:srcdoc", 1)
    assert trap.caught == []


def requests(trap: Trap) -> list[str]:
    """What was asked of the trap. Unsanitised mail makes Chromium open, and leave unused, a connection for a frame that
    the policy then refuses; sanitised mail has no frame, and there not even that is allowed."""
    return [line for line in trap.caught if line]


def unsanitised(trap: Trap) -> str:
    """The second wall alone: the mail as it came, with the policy only, in the frame."""
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return framed(hostile(trap).replace("<head>", f"<head>{policy}"), 600)


def test_the_frame_alone_lets_unsanitised_mail_load_and_run_nothing(tab: Tab, served: Page, trap: Trap) -> None:
    served.html = unsanitised(trap)
    tab.goto(served.url)
    tab.wait_for_timeout(1500)
    assert requests(trap) == []
    assert (tab.url, tab.title()) == (served.url, "")


def test_the_frame_holds_even_mail_that_brought_no_policy(tab: Tab, served: Page, trap: Trap) -> None:
    served.html = framed(hostile(trap), 600)
    tab.goto(served.url)
    tab.wait_for_timeout(1500)
    assert requests(trap) == []
    assert (tab.url, tab.title()) == (served.url, "")


def test_the_frame_alone_lets_no_click_in_unsanitised_mail_lead_away(tab: Tab, served: Page, trap: Trap) -> None:
    served.html = unsanitised(trap)
    tab.goto(served.url)
    assert press_everything(tab, served, ".press") >= 10
    assert requests(trap) == []
    assert (tab.url, len(tab.context.pages)) == (served.url, 1)


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_the_page_around_a_bomb_stays_usable(tab: Tab, served: Page, bomb: str) -> None:
    served.html = framed(sanitise(bomb, {}).document, 600)
    started = time.monotonic()
    tab.goto(served.url, timeout=20_000)
    tab.mouse.wheel(0, 5000)
    tab.screenshot(timeout=20_000)
    assert tab.evaluate("1 + 1") == 2
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_plain_mail_follows_the_screen_and_coloured_mail_keeps_its_paper(
    chromium: Browser, served: Page, scheme: str
) -> None:
    context = chromium.new_context(color_scheme="dark" if scheme == "dark" else "light")
    tab = context.new_page()
    colours = {}
    for kind, html in {"plain": "<p>Hi</p>", "coloured": "<p style='color:#111'>Hi</p>"}.items():
        served.html = framed(sanitise(html, {}).document, 100)
        tab.goto(served.url)
        colours[kind] = tab.frames[1].locator("p").evaluate("each => getComputedStyle(each).color")
    paper = tab.frames[1].locator("body").evaluate("each => getComputedStyle(each).backgroundColor")
    context.close()
    assert colours == {
        "plain": "rgb(255, 255, 255)" if scheme == "dark" else "rgb(0, 0, 0)",
        "coloured": "rgb(17, 17, 17)",
    }
    assert paper == "rgb(255, 255, 255)"
