"""What hostile HTML is left of: attack by attack, and how much stays of honest mail."""

import io
import random
import re
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.parsing import Limits, parse
from core.sanitising import POLICY, framed, sanitise
from core.sanitising.guard import CLASSES, TAGS, guarded, harmless_style
from tests.real_mail import real_paths

RUNS = ("script", "iframe", "object", "embed", "form", "input", "base", "link", "svg", "math", "frame", "meta", "style")


def picture(kind: str = "PNG", size: tuple[int, int] = (2, 2)) -> bytes:
    content = io.BytesIO()
    Image.new("1" if kind == "PNG" else "RGB", size).save(content, kind)
    return content.getvalue()


def body(html: str, images: dict[str, tuple[str, bytes]] | None = None) -> str:
    document = sanitise(html, images or {}).document
    return document[document.index("<body") : document.index("</body>")]


class Survivors(HTMLParser):
    """Everything in a body that is not on the allow list."""

    def __init__(self) -> None:
        super().__init__()
        self.unlisted: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {*TAGS, "body"}:
            self.unlisted.append(tag)
        for name, value in attrs:
            listed = name in TAGS.get(tag, {"dir", "class"}) or (name == "class" and tag in (*CLASSES, "p"))
            if not listed or name == "href" or (name == "src" and not (value or "").startswith("data:image/")):
                self.unlisted.append(f"{tag} {name}")
            if name == "style" and re.search(r"url|expression|import|\\|position|//", value or "", re.IGNORECASE):
                self.unlisted.append(f"{tag} {name}={value}")


def unlisted(html: str) -> list[str]:
    survivors = Survivors()
    survivors.feed(body(html))
    return survivors.unlisted


T = "http://tracker.example"
ATTACKS = {
    "script element": ("<script>alert(1)</script>", 0),
    "script from elsewhere": (f"<script src={T}/x.js></script>", 1),
    "script in capitals, split by a null": ("<SCR\0IPT>alert(1)</SCR\0IPT><SCRIPT>alert(1)</SCRIPT>", 0),
    "script never closed": ("<script>alert(1)", 0),
    "script inside a comment that closes oddly": ("<!--><script>alert(1)</script>--><!-- --!><script>1</script>", 0),
    "event handler": ("<p onclick=alert(1) onmouseover='alert(1)'>x</p>", 0),
    "event handler after a slash": ("<img/src=x/onerror=alert(1)>", 0),
    "javascript link": ("<a href='javascript:alert(1)'>x</a>", 0),
    "javascript link behind entities": ("<a href='&#106;ava&Tab;script&colon;alert(1)'>x</a>", 0),
    "data link": ("<a href='data:text/html,<script>alert(1)</script>'>x</a>", 0),
    "plain link": (f"<a href={T} target=_top ping={T}>x</a>", 0),
    "image map": (f"<map><area href={T}></map><img usemap=#x>", 0),
    "form": (f"<form action={T}><input name=password><button formaction={T}>Go</button></form>", 0),
    "image button": (f"<input type=image src={T}/b.png>", 1),
    "remote image": (f"<img src={T}/p.gif width=1 height=1>", 1),
    "remote image without a scheme": ("<img src=//tracker.example/p.gif>", 1),
    "remote image with backslashes": (r"<img src='\\tracker.example\p.gif'>", 1),
    "remote image with a line feed in its scheme": ("<img src='ht\ntp://tracker.example/p.gif'>", 1),
    "image under its other name": (f"<image src={T}/p.gif>", 1),
    "srcset": (f"<img srcset='{T}/1.png 1x, {T}/2.png 2x'>", 2),
    "picture and its sources": (f"<picture><source srcset={T}/s.webp><img src={T}/p.png></picture>", 2),
    "low resolution image": (f"<img lowsrc={T}/a dynsrc={T}/b>", 2),
    "svg image by cid that is no picture": ("<img src=cid:svg>", 0),
    "svg data image": ("<img src=\"data:image/svg+xml,<svg onload=alert(1)>\">", 0),
    "background attribute": (f"<table background={T}/b.png><tr><td background={T}/c.png>x</table>", 2),
    "body background": (f"<body background={T}/b.png>", 1),
    "background in a style": (f"<p style='background:url({T}/b.png)'>x</p>", 1),
    "background in a style with escapes": (r"<p style='background:u\72l(http://tracker.example/b.png)'>x</p>", 0),
    "background in a style behind a comment": (f"<p style='background:ur/**/l({T}/b)'>x</p>", 0),
    "image-set in a style": (f"<p style='background-image:image-set(\"{T}/b.png\" 1x)'>x</p>", 0),
    "list image in a style": (f"<ul style='list-style:url({T}/b.png)'><li>x</ul>", 1),
    "expression in a style": ("<p style='width:expression(alert(1))'>x</p>", 0),
    "binding in a style": (f"<p style='-moz-binding:url({T}/x.xml#a)'>x</p>", 1),
    "style element with url()": (f"<style>p{{background:url({T}/b.png)}}</style>", 1),
    "style element with import": (f"<style>@import '{T}/a.css'; @import url({T}/b.css);</style>", 2),
    "font face": (f"<style>@font-face{{font-family:f;src:url({T}/f.woff)}}</style>", 1),
    "style that breaks out of an attribute": ("<p style='color:red\"><script>alert(1)</script>'>x</p>", 0),
    "cover over the page": ("<div style='position:fixed;top:0;left:0;width:100vw;height:100vh;z-index:9'>x</div>", 0),
    "stylesheet link": (f"<link rel=stylesheet href={T}/a.css>", 1),
    "preload and prefetch": (f"<link rel=preload href={T}/a><link rel=dns-prefetch href=//t.example>", 2),
    "meta refresh": (f"<meta http-equiv=refresh content='0;url={T}'>", 1),
    "meta policy": ("<meta http-equiv=Content-Security-Policy content='img-src *'>", 0),
    "base": (f"<base href={T}/ target=_top><a href=x>x</a>", 0),
    "svg": (f"<svg onload=alert(1)><image href={T}/a /><use xlink:href={T}/b#c /><script>1</script></svg>", 2),
    "svg animation of a link": ("<svg><a><animate attributeName=href values=javascript:alert(1)>x</a></svg>", 0),
    "math link": ("<math href='javascript:alert(1)'>x</math>", 0),
    "mutation through math and style": ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", 0),
    "mutation through svg and title": ("<svg></p><title><img src=x onerror=alert(1)></title></svg>", 0),
    "mutation through noscript": ("<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>", 0),
    "mutation through a form in a table": ("<form><table><form><td></form><script>alert(1)</script>", 0),
    "text area that hides a script": ("<textarea><script>alert(1)</script></textarea><xmp><script>1</script></xmp>", 0),
    "object": (f"<object data={T}/x.swf codebase={T}/><param name=movie></object>", 2),
    "embed and applet": (f"<embed src={T}/x.swf><applet code={T}/x.class></applet>", 2),
    "frames": (f"<iframe src={T}></iframe><frameset><frame src={T}></frameset>", 2),
    "frame with a document of its own": ("<iframe srcdoc='<script>alert(1)</script>'></iframe>", 0),
    "portal and fenced frame": (f"<portal src={T}></portal><fencedframe src={T}></fencedframe>", 2),
    "video": (f"<video poster={T}/p.png src={T}/v.mp4><source src={T}/w.mp4><track src={T}/t.vtt></video>", 4),
    "audio": (f"<audio src={T}/a.mp3 autoplay></audio>", 1),
    "dialog and popover": ("<dialog open><p popover id=x>x</p></dialog>", 0),
    "editable and focused": ("<p contenteditable autofocus tabindex=1 accesskey=x>x</p>", 0),
    "custom element and shadow root": ("<x-a is=b><template shadowrootmode=open><p>x</p></template></x-a>", 0),
    "class and id that meet the page's own": ("<p class='notice target' id=root name=body>x</p>", 0),
    "attribute without end": ("<p title=\"x><script>alert(1)</script>", 0),
    "tag without end": ("<p>x</p><img src=x onerror=alert(1)", 0),
    "processing instruction and doctype": ("<?xml-stylesheet href='x'?><!DOCTYPE x [<!ENTITY e 'x'>]><p>&e;</p>", 0),
    "character number without end": ("<p>&#" + "9" * 5000 + ";</p>", 0),
}  # fmt: skip


@pytest.mark.parametrize(("html", "blocked"), ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_leaves_nothing_that_is_not_listed_and_what_it_would_load_is_counted(html: str, blocked: int) -> None:
    assert unlisted(html) == []
    assert sanitise(html, {}).blocked == blocked


@pytest.mark.parametrize(("html", "blocked"), ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_in_the_middle_of_a_table_leaves_nothing_either(html: str, blocked: int) -> None:
    assert unlisted(f"<table><tr><td><p>before{html}</td><td>after</table>") == []


@pytest.mark.parametrize("html", [html for html, _blocked in ATTACKS.values()], ids=ATTACKS.keys())
def test_the_guard_alone_lets_nothing_through_that_is_not_listed(html: str) -> None:
    survivors = Survivors()
    survivors.feed(guarded(html))
    assert survivors.unlisted == []


@given(st.lists(st.sampled_from([*(attack for attack, _blocked in ATTACKS.values()), "<", ">", "'", '"', "</", "--"])))
def test_attacks_in_any_order_and_number_leave_nothing_that_is_not_listed(pieces: list[str]) -> None:
    assert unlisted("".join(pieces)) == []


def test_the_hosts_of_blocked_references_are_named_once_each() -> None:
    html = "<img src=http://b.example/1><img src=https://user@A.example:8443/2><img src=//b.example/3>"
    assert sanitise(html, {}).blocked_hosts == ("a.example", "b.example")


def test_a_link_becomes_text_that_shows_where_it_really_leads() -> None:
    shown = body("<a href='https://paypal.example@evil.example/login'>Sign in</a>")
    assert "‹evil.example/login›" in shown
    assert "<a" not in shown


def test_a_link_whose_text_names_another_domain_is_pointed_out() -> None:
    assert "differs" in body("<a href='https://evil.example/x'>https://bank.example</a>")
    assert "differs" not in body("<a href='https://www.bank.example/x'>www.bank.example</a>")
    assert "differs" not in body("<a href='https://files.example/x'>report.pdf</a>")


def test_a_link_whose_text_is_its_target_is_not_said_twice() -> None:
    assert "‹" not in body("<a href='https://acme.example/a'>https://acme.example/a</a>")


def test_a_look_alike_host_is_shown_as_the_network_knows_it() -> None:
    assert "‹xn--" in body("<a href='https://аcme.example'>acme</a>")


@pytest.mark.parametrize("character", ["\u202e", "\u202d", "\0"])
def test_characters_that_make_text_read_backwards_are_gone(character: str) -> None:
    assert character not in body(
        f"<p title='a{character}b'>invoice{character}fdp.exe</p><a href='http://x.y/{character}'>l</a>"
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_inside_the_mail_is_shown_by_its_real_type(kind: str) -> None:
    shown = body('<img src="cid:Logo%40acme" alt="Acme">', {"<logo@acme>": ("text/html", picture(kind))})
    assert f'src="data:image/{kind.lower()};base64,' in shown
    assert 'alt="Acme"' in shown


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"GIF89a", b"<html>", b"", b"\x89PNG\r\n\x1a\n"],
)
def test_a_part_that_only_claims_to_be_a_picture_is_named_instead(content: bytes) -> None:
    shown = body('<img src="cid:x" alt="Logo">', {"x": ("image/png", content)})
    assert "Picture: Logo" in shown
    assert "src=" not in shown


def test_a_picture_that_would_unfold_to_gigabytes_is_named_instead() -> None:
    bomb = picture("PNG", (20_000, 20_000))
    assert len(bomb) < 100_000
    assert "src=" not in body('<img src="cid:x">', {"x": ("image/png", bomb)})


def test_pictures_over_the_budget_are_named_instead() -> None:
    noise = io.BytesIO()
    Image.frombytes("RGB", (1200, 1200), random.Random(1).randbytes(1200 * 1200 * 3)).save(noise, "PNG")
    shown = body('<img src="cid:x">' * 5, {"x": ("image/png", noise.getvalue())})
    assert (shown.count("<img"), shown.count("picture")) == (2, 3)


def test_a_remote_picture_leaves_its_description_and_a_counting_pixel_leaves_nothing() -> None:
    assert "Picture: Our logo" in body("<img src=http://a.example/l.png alt='Our logo'>")
    assert "picture" not in body("<img src=http://a.example/p.gif width=1 height=1>")


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("color: #123; font-weight:bold", "color:#123;font-weight:bold"),
        ("COLOR:RGB(1, 2, 3)", "color:rgb(1, 2, 3)"),
        ("background:#fff url(http://x) no-repeat", "background:#fff  no-repeat"),
        ("font-family:'Segoe UI', Arial", "font-family:'segoe ui', arial"),
        ("padding:4px 8px;margin:0 auto", "padding:4px 8px;margin:0 auto"),
        ("width:600px;width:100%", "width:600px;width:100%"),
        ("width:99999px", ""),
        ("width:1e5px", ""),
        ("width:calc(100vw * 9)", ""),
        ("margin-left:-500px", ""),
        ("padding:9999px", ""),
        ("font-size:1px", ""),
        ("font-size:400px", ""),
        ("position:fixed", ""),
        ("display:flex", ""),
        ("max-width:9px!important", "max-width:9px"),
        ("background:u\\72l(x)", ""),
        ("background:uurl()rl(http://x)", ""),
        ("color:var(--x)", ""),
        ("--x:red", ""),
    ],
)
def test_a_style_keeps_only_what_colours_spaces_and_aligns(style: str, kept: str) -> None:
    assert harmless_style(style) == kept


def test_honest_mail_keeps_its_shape() -> None:
    html = "<h2 align=center>Hi</h2><ul><li>a<li>b</ul><table border=1><tr><td bgcolor='#eee'>1<td>2<tr><td>3</table>"
    assert body(html).endswith(
        '<h2 align="center">Hi</h2><ul><li>a</li><li>b</li></ul><table border="1"><tbody><tr><td bgcolor="#eee">1</td>'
        "<td>2</td></tr><tr><td>3</td></tr></tbody></table>"
    )


def test_mail_that_sets_colours_is_shown_on_paper_and_other_mail_follows_the_screen() -> None:
    assert 'class="paper"' not in body("<p>Hi</p>").replace("class=paper", 'class="paper"')
    assert "class=paper" in body("<p style='color:black'>Hi</p>")
    assert "background-color:#000" in body("<body bgcolor='#000' text=white>Hi")


def test_the_document_carries_its_policy_before_anything_of_the_mail() -> None:
    document = sanitise("<p>mail</p>", {}).document
    assert 0 < document.index(POLICY) < document.index("mail")
    assert document.startswith("<!doctype html>")
    assert 'charset="utf-8"' in document
    assert POLICY.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")


def test_the_frame_runs_no_script_and_nothing_of_the_document_ends_it() -> None:
    outer = framed("</iframe>\"'><script>alert(1)</script>", 300)
    assert "<script" not in outer
    assert outer.count("<iframe") == 1
    assert 'sandbox=""' in outer


BOMBS = {
    "ten megabytes of table": "<table>" + "<tr><td>cell" * 900_000,
    "deep boxes": "<div>" * 300_000,
    "deep tables": "<table><tr><td>" * 80_000,
    "misnested words": "<a><b><i>" * 100_000,
    "text between table rows": "<table>x" * 120_000,
    "a hundred thousand attributes": "<p " + " ".join(f"a{number}=1" for number in range(100_000)) + ">",
    "open tags": "<a " * 1_000_000,
    "open quotes": '<a b="' * 1_000_000,
    "open comments": "<!--" * 1_000_000,
    "end tags for nothing": "<div>" * 120 + "</b>" * 500_000,
    "ampersands": "&" * 3_000_000,
    "links": "<a href=http://a.example/>x" * 100_000,
    "words in one line": "<b>x</b>" * 100_000,
    "style without end": "<style>" + "@import " * 500_000,
    "one endless declaration": "<p style='color:" + "rgb(1," * 300_000 + "'>",
    "wide cells": "<table><tr>" + "<td colspan=1000 rowspan=60000>x" * 10_000,
}


@pytest.mark.parametrize("html", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_defused_in_seconds_and_leaves_little(html: str) -> None:
    started = time.process_time()
    sanitised = sanitise(html, {})
    assert time.process_time() - started < 10
    assert len(sanitised.document) < 5_000_000
    assert max_depth(sanitised.document) <= 300


def test_every_real_mail_with_html_keeps_only_what_is_listed_and_is_never_cut() -> None:
    mail = (raw for raw in map(Path.read_bytes, real_paths()) if b"html" in raw.lower())
    pages = [page for raw in mail if (page := parse(raw, Limits()).html)]
    assert len(pages) > 500
    assert [page for page in pages if unlisted(page) or sanitise(page, {}).cut] == []


def max_depth(document: str) -> int:
    depth = deepest = 0
    for closing, name in re.findall(r"<(/?)(\w+)", document):
        if name not in ("br", "hr", "wbr", "img", "meta"):
            depth += -1 if closing else 1
            deepest = max(deepest, depth)
    return deepest


def test_what_was_cut_is_said_in_the_document() -> None:
    cut = sanitise("<table>" + "<tr><td>cell" * 100_000, {})
    assert cut.cut
    assert "too large" in cut.document
    whole = sanitise("<table>" + "<tr><td>cell" * 100, {})
    assert not whole.cut
    assert "too large" not in whole.document


def test_everything_before_the_cut_is_still_there() -> None:
    assert "the amount is 12" in body("<p>the amount is 12</p>" + "<div>" * 300_000)
