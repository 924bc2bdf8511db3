"""The bench for broken mail: what could not be read, or only with defects, and what is in its bytes."""

import unicodedata
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.intake import PART_SIZE
from core.messages import must_exist
from core.parsing import PARSER_VERSION
from core.scope import Scope
from core.store import sql

KINDS = ("unreadable", "too_large", "defects")
RAW_PAGE = 64 * 2**10  # bytes of a mail that are shown at once
WAITS = """
SELECT count(*) FROM message
WHERE status = 'unprocessed' AND verdict <> 'parsed' AND list_has_any(mailboxes, $mailboxes::VARCHAR[])
"""
OLDER = """
SELECT id::VARCHAR, version FROM message
WHERE (verdict <> 'parsed' OR len(defects) > 0) AND parser_version < $version
  AND id NOT IN (SELECT message_id FROM removed)
  AND list_has_any(mailboxes, $mailboxes::VARCHAR[]) ORDER BY id
"""
PARTS = """
SELECT content FROM raw_part
WHERE message_id = $id::UUID AND part > $after AND part <= $after + $count ORDER BY part
"""
STORED = "SELECT coalesce(sum(octet_length(content)), 0)::BIGINT FROM raw_part WHERE message_id = $id::UUID"
REPAIRS = """
SELECT charset, sender, reason, repaired_by, repaired_at FROM repair
WHERE message_id = $id::UUID AND withdrawn_at IS NULL ORDER BY repaired_at DESC LIMIT 1
"""


@dataclass(frozen=True)
class BenchFilter:
    """Which broken mail: of these kinds (KINDS), of these mailboxes, and whether only what still waits."""

    kinds: tuple[str, ...] = ("unreadable", "too_large")
    mailboxes: tuple[str, ...] = ()
    waiting: bool = True


@dataclass(frozen=True)
class Broken:
    """A page of broken mail, and how much there is: the columns are told in sql/bench.sql. Times are UTC."""

    rows: pd.DataFrame
    total: int


@dataclass(frozen=True)
class RawPage:
    """Some of the bytes of a mail as text that shows every one of them; `begins`, `ends` and `stored` count bytes."""

    text: str
    begins: int
    ends: int
    stored: int


def broken(scope: Scope, chosen: BenchFilter = BenchFilter(), limit: int = 100, skip: int = 0) -> Broken:
    """Broken mail that the person may see, newest first."""
    names = scope.within(chosen.mailboxes)
    with scope.store.reading() as db:
        rows = db.frame(sql("bench"), mailboxes=names, kinds=list(chosen.kinds), waiting=chosen.waiting, limit=limit,
                        skip=skip)  # fmt: skip
    return Broken(rows.drop(columns="total"), int(rows["total"].iloc[0]) if len(rows) else 0)


def waits(scope: Scope) -> int:
    """How much mail that can't be read waits for somebody."""
    with scope.store.reading() as db:
        return int(db.value(WAITS, mailboxes=list(scope.mailboxes)))


def older(scope: Scope) -> dict[str, int]:
    """Broken mail that an older parser stored, by id with its version: a newer one may read it better."""
    with scope.store.reading() as db:
        return dict(db.rows(OLDER, version=PARSER_VERSION, mailboxes=list(scope.mailboxes)))


def repair_of(scope: Scope, id: str) -> dict[str, Any] | None:
    """What is assumed about a message (charset, sender, reason, repaired_by, repaired_at), if anything. NotFound."""
    with scope.store.reading() as db:
        found = db.records(REPAIRS, id=must_exist(db, scope, id)["id"])
    return found[0] if found else None


def raw_page(scope: Scope, id: str, page: int = 0) -> RawPage:
    """The bytes of a message, RAW_PAGE at a time, the first `page` being 0. Raises NotFound, NotAllowed."""
    scope.must_read_bodies()
    count = RAW_PAGE // PART_SIZE
    with scope.store.reading() as db:
        id = must_exist(db, scope, id)["id"]
        stored = int(db.value(STORED, id=id))
        page = max(0, min(page, (stored - 1) // RAW_PAGE))
        content = db.joined(PARTS, id=id, after=page * count, count=count)
    return RawPage(shown(content), page * RAW_PAGE, page * RAW_PAGE + len(content), stored)


def shown(content: bytes) -> str:
    """Bytes as text in which nothing is hidden: what does not print, or would turn the line, is told by its number."""
    text = content.replace(b"\r\n", b"\n").decode("utf-8", "backslashreplace")
    return "".join(
        sign if sign in "\n\t" or unicodedata.category(sign)[0] != "C" else _number(ord(sign)) for sign in text
    )


def _number(sign: int) -> str:
    return f"\\x{sign:02x}" if sign < 256 else f"\\u{sign:04x}" if sign < 65536 else f"\\U{sign:08x}"
