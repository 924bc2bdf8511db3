"""The ledger of a mailbox's day: what was listed, where it went, and a red badge for what is missing, by name."""

from html import escape
from typing import Any

from core.health import uids_of
from core.language import _, n_
from pages.components.look import soft
from pages.components.reading import number

PARTS = ("listed", "stored", "duplicate", "too_large", "failed", "processed", "unprocessed", "deleted")


def markup(row: dict[Any, Any]) -> str:
    """Both sums in words, without the parts that are zero. All in messages."""
    if not row["listed"]:
        return "<br>".join([soft(_("nothing new")), *_badges(row)])
    counts = {name: int(row[name]) for name in PARTS}
    stored = n_("{count} stored", "{count} stored", counts["stored"])
    taken = {"stored": stored, "duplicate": n_("{count} again", "{count} again", counts["duplicate"]),
             "too_large": n_("{count} too large", "{count} too large", counts["too_large"]),
             "failed": n_("{count} failed", "{count} failed", counts["failed"])}  # fmt: skip
    decided = {"processed": n_("{count} processed", "{count} processed", counts["processed"]),
               "unprocessed": n_("{count} unprocessed", "{count} unprocessed", counts["unprocessed"]),
               "deleted": n_("{count} deleted", "{count} deleted", counts["deleted"])}  # fmt: skip
    listed = n_("{count} listed", "{count} listed", counts["listed"])
    sums = [_sum(listed, row["listed"], taken, row), _sum(stored, row["stored"], decided, row)]
    return "<br>".join([sums[0], *(f'<span class="sd-soft">{each}</span>' for each in sums[1:] if each), *_badges(row)])


def _sum(whole: str, count: int, parts: dict[str, str], row: dict[Any, Any]) -> str:
    told = [words.format(count=number(int(row[name]))) for name, words in parts.items() if row[name]]
    if not count:
        return ""
    return escape(f"{whole.format(count=number(int(count)))} = {' + '.join(told) or number(0)}")


def _badges(row: dict[Any, Any]) -> list[str]:
    """What does not add up, what the next run will see to, and what the server does not hand out."""
    left = {"left_over": _("{count} left over: a run goes on or was interrupted, the next one takes them"),
            "undecided": _("{count} stored, not decided yet: the next run decides them"),
            "unaccounted": _("{count} taken in and not there: this does not add up"),
            "residues": _("{count} not handed out by the server: UID {uids}")}  # fmt: skip
    return [f'<span class="sd-mark sd-bad" style="white-space:normal;display:inline-block;max-width:21rem">▲ '
            f'{escape(words.format(count=number(int(row[name])), uids=uids_of(row)))}</span>'
            for name, words in left.items() if row[name]]  # fmt: skip
