"""The ledger of a mailbox's day: what was listed, where it went, and a red badge for what is missing."""

from html import escape
from typing import Any

from core.language import _
from pages.components.look import soft
from pages.components.reading import number


def markup(row: dict[Any, Any]) -> str:
    """Both sums in words, without the parts that are zero. All in messages."""
    if not row["listed"]:
        return soft(_("nothing new"))
    taken = {"stored": _("{count} stored"), "duplicate": _("{count} again"), "too_large": _("{count} too large"),
             "failed": _("{count} failed")}  # fmt: skip
    decided = {"processed": _("{count} processed"), "unprocessed": _("{count} unprocessed"),
               "deleted": _("{count} deleted")}  # fmt: skip
    sums = [
        _sum(_("{count} listed"), row["listed"], taken, row),
        _sum(_("{count} stored"), row["stored"], decided, row),
    ]
    return "<br>".join([sums[0], *(f'<span class="sd-soft">{each}</span>' for each in sums[1:] if each), *_badges(row)])


def _sum(whole: str, count: int, parts: dict[str, str], row: dict[Any, Any]) -> str:
    told = [words.format(count=number(int(row[name]))) for name, words in parts.items() if row[name]]
    if not count:
        return ""
    return escape(f"{whole.format(count=number(int(count)))} = {' + '.join(told) or number(0)}")


def _badges(row: dict[Any, Any]) -> list[str]:
    """What does not add up yet, and what the next run will see to."""
    left = {"residue": _("{count} left over: the last run was interrupted, the next one takes them"),
            "undecided": _("{count} stored, not decided yet: the next run decides them")}  # fmt: skip
    return [f'<span class="sd-mark sd-bad" style="white-space:normal">▲ '
            f'{escape(words.format(count=number(int(row[name]))))}</span>'
            for name, words in left.items() if row[name]]  # fmt: skip
