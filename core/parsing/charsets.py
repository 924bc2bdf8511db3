"""From bytes to text: the declared charset, else UTF-8, else windows-1252, and never an exception."""

import codecs
import re
from functools import lru_cache

from core.parsing.defects import Defects

# Charset names seen in mail that Python does not know, and charsets that senders use a superset of (as browsers do).
_MEANT = {
    "windows874": "cp874",
    "tis620": "cp874",
    "iso885911": "cp874",
    "iso88591": "cp1252",
    "latin1": "cp1252",
    "iso88599": "cp1254",
    "iso88598i": "iso8859-8",
    "iso88598e": "iso8859-8",
    "iso88596i": "iso8859-6",
    "gb2312": "gb18030",
    "gb231280": "gb18030",
    "gbk": "gb18030",
    "xgbk": "gb18030",
    "cp936": "gb18030",
    "windows936": "gb18030",
    "euccn": "gb18030",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "xsjis": "cp932",
    "windows31j": "cp932",
    "ksc56011987": "cp949",
    "ksc5601": "cp949",
    "euckr": "cp949",
    "windows949": "cp949",
    "big5": "cp950",
    "xbig5": "cp950",
    "xeucjp": "euc_jp",
    "iso2022jp": "iso2022_jp_ext",
    "unicode11utf7": "utf-7",
    "utf8mb4": "utf-8",
    "unicode11utf8": "utf-8",
    "unicode": "utf-16",
    "ucs2": "utf-16",
    "iso10646ucs2": "utf-16",
    "xmacroman": "mac_roman",
    "macintosh": "mac_roman",
    "xmaccyrillic": "mac_cyrillic",
    "xcp1250": "cp1250",
    "xcp1251": "cp1251",
    "xcp1252": "cp1252",
    "ansi": "cp1252",
    "ascii": "utf-8",
    "usascii": "utf-8",
    "ansix341968": "utf-8",
    "7bit": "utf-8",
    "8bit": "utf-8",
    "iso646us": "utf-8",
}
# Text encodings of Python that are no charsets, take quadratic time, or can't be relied on.
_NOT_CHARSETS = {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+()-]{0,39}")
_STATEFUL = ("iso2022", "hz", "utf-7", "utf-16", "utf-32")
_JAPANESE_RUN = re.compile(rb"\x1b\$[@B]([\x21-\x7e]*)|\x1b\([BJ]")
_ESCAPED_JAPANESE = re.compile(rb"\x1b(?:\$[@B]|\(J)")


@lru_cache(maxsize=512)
def codec(charset: str) -> str:
    """The Python codec for a charset name as mail writes it, "" if there is none."""
    if not _NAME.fullmatch(charset):
        return ""
    compact = re.sub(r"[^a-z0-9]", "", charset.lower()).removesuffix("charset")
    for name in (_MEANT.get(compact), charset, compact):
        found = _text_codec(name) if name else ""
        if found:
            return _MEANT.get(re.sub(r"[^a-z0-9]", "", found), found)
    return ""


def _text_codec(name: str) -> str:
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    is_text = getattr(info, "_is_text_encoding", True)
    return info.name if is_text and info.name not in _NOT_CHARSETS else ""


def decode(raw: bytes, charset: str, defects: Defects) -> str:
    """The text of the bytes; an unknown or wrong charset is noted and overcome."""
    charset = charset.strip().strip("\"'").strip()
    name = codec(charset) if charset else ""
    if charset and not name:
        defects.note("unknown_charset", charset)
    if raw.isascii() and not (name.startswith(_STATEFUL) and _may_be(name, raw)):
        return raw.decode("ascii") if b"\x1b" not in raw else guess(raw)
    if not name:
        return guess(raw)
    try:
        return _strictly(raw, name)
    except (UnicodeError, LookupError):
        defects.note("charset_mismatch", charset)
        return _repaired(raw, name)


def guess(raw: bytes, hint: str = "") -> str:
    """The text of bytes whose charset nobody declared; `hint` is tried after UTF-8."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or raw.count(0) * 3 > len(raw):
        return _unmarked_utf16(raw).removeprefix("\ufeff")
    for name in ("iso2022_jp_ext" if _ESCAPED_JAPANESE.search(raw) else "", "utf-8-sig", codec(hint)):
        if name:
            try:
                return raw.decode(name)
            except (UnicodeError, LookupError):
                continue
    return raw.decode("cp1252", "replace")


def _may_be(name: str, raw: bytes) -> bool:
    """UTF-16 and UTF-32 are often declared for plain ASCII, which has no NUL."""
    return not name.startswith(("utf-16", "utf-32")) or b"\0" in raw


def _strictly(raw: bytes, name: str) -> str:
    if name == "utf-16" and not raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _unmarked_utf16(raw)
    return raw.decode(name).removeprefix("\ufeff")


def _unmarked_utf16(raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace")
    sample = raw[:400]
    big_endian = sample[::2].count(0) >= sample[1::2].count(0)
    return raw.decode("utf-16-be" if big_endian else "utf-16-le", "replace")


def _repaired(raw: bytes, name: str) -> str:
    """A few bad bytes do not spoil a declared charset; many mean that another one was used."""
    if name.startswith("iso2022_jp"):
        return _extended_japanese(raw)
    replaced = raw.decode(name, "replace")
    beyond_ascii = len(raw) - len(raw.translate(None, bytes(range(128, 256))))
    if name != "utf-8" and not raw.isascii():
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    return replaced if replaced.count("\ufffd") * 4 <= beyond_ascii else raw.decode("cp1252", "replace")


def _extended_japanese(raw: bytes) -> str:
    """ISO-2022-JP with the vendor characters that most Japanese senders use: the same code points, shifted."""
    return _JAPANESE_RUN.sub(lambda run: _shifted(run[1] or b""), raw).decode("cp932", "replace")


def _shifted(jis: bytes) -> bytes:
    out = bytearray()
    for row, cell in zip(jis[::2], jis[1::2], strict=False):
        lead = (row - 0x21) // 2 + (0x81 if row < 0x5F else 0xC1)
        trail = cell + 0x7E if row % 2 == 0 else cell + (0x1F if cell < 0x60 else 0x20)
        out += bytes((lead, trail))
    return bytes(out)
