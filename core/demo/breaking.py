"""Ways in which real mail is wrong: each takes a sound mail and hands back the bytes of a broken one."""

from collections.abc import Callable, Mapping
from random import Random

from core.demo.drafts import Draft
from core.demo.mime import Headers, Part, message, text

Way = Callable[[Headers, Part, Draft, Random], bytes]


def broken(way: str, headers: Headers, part: Part, draft: Draft, rng: Random) -> bytes:
    """The mail, broken in that way (a key of WAYS)."""
    return WAYS[way](headers, part, draft, rng)


def _replaced(headers: Headers, name: str, value: str | None) -> Headers:
    """The headers with another value for one of them, or without it."""
    kept = [(key, value if key == name else old) for key, old in headers]
    return [(key, new) for key, new in kept if new is not None]


def _words(draft: Draft) -> str:
    return "\n\n".join([*draft.writing.paragraphs, draft.sender.name]) + "\n"


def _raw_text(draft: Draft, charset: str, declared: str) -> Part:
    headers = (("Content-Type", f"text/plain; charset={declared}"), ("Content-Transfer-Encoding", "8bit"))
    return Part(headers, _words(draft).encode(charset, "replace"))


def _wrong_charset(headers: Headers, part: Part, draft: Draft, rng: Random) -> bytes:
    return message(headers, _raw_text(draft, "latin-1", rng.choice(("us-ascii", "utf-8", "gb2312"))))


def _unknown_charset(headers: Headers, part: Part, draft: Draft, rng: Random) -> bytes:
    return message(
        headers, _raw_text(draft, "cp1252", rng.choice(("x-unknown", "windows-874-8bit", "unknown-8bit", "utf-8x")))
    )


def _raw_headers(headers: Headers, part: Part, draft: Draft, rng: Random) -> bytes:
    raw = draft.writing.subject.encode(rng.choice(("utf-8", "latin-1")), "replace").decode("utf-8", "surrogateescape")
    return message(_replaced(headers, "Subject", raw), part)


def _bad_encoded_word(headers: Headers, part: Part, draft: Draft, rng: Random) -> bytes:
    words = (
        "=?utf-8?B?RmFjdHVyYSBu*?= {}",
        "=?iso-8859-1?Q?Fact=ZZra?= {}",
        "=?utf-8?Q?Env=C3?= {}",
        "=?x-none?Q?Aviso?= {}",
    )
    return message(_replaced(headers, "Subject", rng.choice(words).format(draft.slots["number"])), part)


def _bad_base64(headers: Headers, part: Part, draft: Draft, rng: Random) -> bytes:
    sound = text(_words(draft), "plain", "utf-8", "base64")
    return message(headers, Part(sound.headers, b"!" + sound.body.rstrip(b"=\n")[:-1] + b"~\n"))


def _no_closing_boundary(headers: Headers, part: Part, draft: Draft, rng: Random) -> bytes:
    raw = message(headers, part)
    return raw[: int(len(raw) * 0.9)]


def _bad_date(headers: Headers, part: Part, draft: Draft, rng: Random) -> bytes:
    dates = ("31/02/26 25:61", "Lun, 3 Ago 2026 10:00:00", "Thu, 1 Jan 1970 00:00:00 +0000", "")
    return message(_replaced(headers, "Date", rng.choice(dates)), part)


def _no_message_id(headers: Headers, part: Part, draft: Draft, rng: Random) -> bytes:
    return message(_replaced(headers, "Message-ID", None), part)


def _two_content_types(headers: Headers, part: Part, draft: Draft, rng: Random) -> bytes:
    return message([*headers, ("Content-Type", "text/html; charset=utf-16; charset=utf-8")], part)


def _no_from(headers: Headers, part: Part, draft: Draft, rng: Random) -> bytes:
    return message(_replaced(headers, "From", None), part)


def _empty_from(headers: Headers, part: Part, draft: Draft, rng: Random) -> bytes:
    return message(_replaced(headers, "From", rng.choice(("<>", "", '"Toner" <device at gateway>'))), part)


def _unparsable(headers: Headers, part: Part, draft: Draft, rng: Random) -> bytes:
    """What a full disk or a broken gateway leaves: no header at all."""
    garbage = bytes(rng.choices(range(128, 256), k=900))
    return rng.choice((garbage, b"\0" * 512 + garbage, b"\x1f\x8b\x08\0" + garbage))


WAYS: Mapping[str, Way] = {
    "wrong_charset": _wrong_charset,
    "unknown_charset": _unknown_charset,
    "raw_headers": _raw_headers,
    "bad_encoded_word": _bad_encoded_word,
    "bad_base64": _bad_base64,
    "no_closing_boundary": _no_closing_boundary,
    "bad_date": _bad_date,
    "no_message_id": _no_message_id,
    "two_content_types": _two_content_types,
    "no_from": _no_from,
    "empty_from": _empty_from,
    "unparsable": _unparsable,
}
