"""Small files that programs can open: PDF, PNG, CSV, a spreadsheet, a calendar entry, a text, and one far too large."""

import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random

from core.demo.slots import Slots

WORKBOOK = Path(__file__).parent / "workbook"
LARGE = 1_650_000  # bytes; about 2.2 MB as base64, over the demo's limit of 2 MB


@dataclass(frozen=True, slots=True)
class File:
    """An attachment: name, content type, content."""

    name: str
    content_type: str
    content: bytes


def pdf(text: str, padding: bytes = b"") -> bytes:
    """A PDF of one page with one line of text; `padding` is carried along as an unused stream (ISO 32000-1, 7.5)."""
    line = text.encode("latin-1", "replace").replace(b"\\", b"").replace(b"(", b"[").replace(b")", b"]")
    shown = b"BT /F1 14 Tf 60 780 Td (" + line + b") Tj ET"
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(shown), shown),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(padding), padding),
    ]
    out = BytesIO(b"%PDF-1.4\n")
    out.seek(0, 2)
    places = []
    for number, body in enumerate(bodies, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    out.write(b"xref\n0 7\n0000000000 65535 f \n" + rows + b"trailer<</Size 7/Root 1 0 R>>\nstartxref\n")
    out.write(b"%d\n%%%%EOF\n" % start)
    return out.getvalue()


def png(rng: Random, width: int = 16, height: int = 16) -> bytes:
    """A PNG of one colour with a stripe in another (RFC 2083)."""
    colours = [rng.randbytes(3) for _ in range(2)]
    rows = b"".join(b"\0" + colours[row % 5 == 0] * width for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def csv(rng: Random, slots: Slots) -> bytes:
    """A few lines with semicolons, as spreadsheets of the south of Europe save them."""
    lines = [
        f"{slots['invoice']}-{line};{slots['date']};{rng.randrange(20, 9000)},{rng.randrange(100):02}" for line in "ABC"
    ]
    return "\r\n".join(["reference;date;amount", *lines, ""]).encode("utf-8-sig")


def xlsx(rng: Random) -> bytes:
    """A workbook with one sheet of hours, one row for each of some people (ECMA-376); its parts lie in workbook/."""
    cells = "<row><c><v>{}</v></c><c><v>{}</v></c></row>"
    rows = "".join(cells.format(rng.randrange(1000, 9999), rng.randrange(20, 48)) for _ in "12345")
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in _workbook().items():
            book.writestr(zipfile.ZipInfo(name), text.replace("$rows", rows))  # ZipInfo's own date never changes
    return out.getvalue()


@cache
def _workbook() -> dict[str, str]:
    paths = sorted(path for path in WORKBOOK.rglob("*") if path.is_file())
    return {path.relative_to(WORKBOOK).as_posix(): path.read_text("utf-8") for path in paths}


def ics(slots: Slots, subject: str, moment: datetime) -> bytes:
    """An invitation (RFC 5545, RFC 5546)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Desk//Demo//EN", "METHOD:REQUEST", "BEGIN:VEVENT"]
    lines += [
        f"UID:{slots['tracking']}@calendar.example",
        f"DTSTAMP:{moment:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{moment:%Y%m%dT150000Z}",
    ]
    lines += [f"SUMMARY:{subject}", f"LOCATION:{slots['room']}", "END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()


def make(kind: str, rng: Random, slots: Slots, subject: str, moment: datetime) -> File:
    """An attachment named after what the mail is about; kind: `pdf`, `png`, `csv`, `xlsx`, `ics`, `txt` or `large`."""
    name = "".join(letter if letter.isalnum() or letter in " -.()" else "_" for letter in subject)[:48].strip()
    makers: dict[str, Callable[[], File]] = {
        "pdf": lambda: File(
            rng.choice((f"{name}.pdf", f"scan_{slots['number']}.pdf")), "application/pdf", pdf(subject)
        ),
        "png": lambda: File(rng.choice(("foto.png", f"IMG_{slots['number']}.png")), "image/png", png(rng)),
        "csv": lambda: File(f"{slots['number']}.csv", "text/csv", csv(rng, slots)),
        "xlsx": lambda: File(
            f"{name}.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx(rng)
        ),
        "ics": lambda: File("invite.ics", "text/calendar", ics(slots, subject, moment)),
        "txt": lambda: File("job.log", "text/plain", f"{slots['number']} files\n{slots['count']} skipped\n".encode()),
        "large": lambda: File("Planos planta 3.pdf", "application/pdf", pdf(subject, rng.randbytes(LARGE))),
    }
    return makers[kind]()
