"""Content transfer encodings (RFC 2045, 6): from what was sent to what was meant, whatever is in between."""

import binascii
import re
from io import BytesIO

from core.parsing.defects import Defects

# Three plain words in a row: text that was never encoded, or that a mailing list added below.
_WORDS = re.compile(rb"(?<![^\s])[a-z]{2,20} [a-z]{2,20} [a-z]{2,20}(?![^\s.,!?])")
_BASE64_ENDS = re.compile(rb"=+")
_BASE64 = bytes(byte for byte in range(256) if re.match(rb"[A-Za-z0-9+/=\s]", bytes([byte])))
_NOT_BASE64 = bytes(byte for byte in range(256) if not re.match(rb"[A-Za-z0-9+/=]", bytes([byte])))
_BROKEN_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t]*\Z)")
_SPACE_AFTER_SOFT_BREAK = re.compile(rb"=[ \t]++(?=\r?\n)")
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} [^\n]*\n", re.MULTILINE)
_MOST_BROKEN = 100
_MOST_ENDS = 10_000
_MOST_REPAIRED = 500_000
"""What is beyond is left as it is: each of them takes a hundred times the memory that it has in the mail."""
_IDENTITY = {"", "7bit", "8bit", "binary", "none"}


def decoded(encoding: str, content: bytes, defects: Defects) -> bytes:
    """The content without its transfer encoding; an unknown encoding is noted and the content left as it is."""
    if encoding in _IDENTITY:
        return content
    if encoding == "base64":
        return from_base64(content, defects)
    if encoding == "quoted-printable":
        return from_quoted_printable(content, defects)
    if encoding in {"x-uuencode", "uuencode", "x-uue", "uue"}:
        return from_uuencode(content, defects)
    defects.note("unknown_transfer_encoding", encoding)
    return content


def from_base64(content: bytes, defects: Defects) -> bytes:
    """Decoded base64: characters outside the alphabet are skipped, missing padding is added (RFC 2045, 6.8)."""
    if words := _WORDS.search(content) if b" " in content else None:
        defects.note("base64_mixed_with_text")
        begins = content.rfind(b"\n", 0, words.start()) + 1
        return from_base64(content[:begins], defects) + content[begins:]
    if content.translate(None, _BASE64):  # many times as fast as looking for the first of them
        defects.note("base64_junk")
        content = content.translate(None, _NOT_BASE64)
    try:
        padding = content.find(b"=")
        if padding < 0 or not content[padding:].strip(b"=\r\n\t "):
            return binascii.a2b_base64(content)
    except binascii.Error:
        pass
    defects.note("base64_broken")
    *runs, last = _BASE64_ENDS.split(content.translate(None, _NOT_BASE64), _MOST_ENDS)
    return b"".join(map(_base64_run, [*runs, last.replace(b"=", b"")]))


def _base64_run(run: bytes) -> bytes:
    """What one run up to a padding says; a single left-over character says nothing."""
    whole = run if len(run) % 4 != 1 else run[:-1]
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def from_quoted_printable(content: bytes, defects: Defects) -> bytes:
    """Decoded quoted-printable; an escape that is none stays as written (RFC 2045, 6.7)."""
    if _BROKEN_ESCAPE.search(content):
        defects.note("quoted_printable_broken")
        content = _BROKEN_ESCAPE.sub(b"=3D", content, _MOST_REPAIRED)
    return binascii.a2b_qp(_SPACE_AFTER_SOFT_BREAK.sub(b"=", content, _MOST_REPAIRED))


def from_uuencode(content: bytes, defects: Defects) -> bytes:
    """Decoded uuencode: the first block between `begin` and `end`, line by line, skipping broken lines."""
    begin = _UU_BEGIN.search(content)
    out, broken = bytearray(), 0
    for line in BytesIO(content[begin.end() if begin else 0 :]):
        line = line.rstrip(b"\r\n")
        if line.strip() in (b"end", b"`") or not line:
            break
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            defects.note("uuencode_broken")
            broken += 1
            if broken > _MOST_BROKEN:
                break
            out += _uu_line(line)
    return bytes(out)


def _uu_line(line: bytes) -> bytes:
    """Some encoders leave off trailing blanks or add a checksum: the first character says how much counts."""
    wanted = ((line[0] - 32) & 63) * 4 // 3 + 1
    try:
        return binascii.a2b_uu(line[: 1 + -(-wanted // 4) * 4])
    except binascii.Error:
        return b""
