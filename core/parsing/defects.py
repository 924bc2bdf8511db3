"""The list of what is wrong with a message: stable codes, each with a short detail."""

from core.parsing.strings import one_line

MOST = 100
LONGEST_DETAIL = 80


class Defects:
    """Collects defects in the order found, each one once, and no more of them than a person would read."""

    __slots__ = ("_noted",)

    def __init__(self) -> None:
        self._noted: dict[str, None] = {}

    def note(self, code: str, detail: str = "") -> None:
        """Record a defect; the detail may be any text from the message."""
        if len(self._noted) < MOST:
            self._noted[f"{code}: {one_line(detail)[:LONGEST_DETAIL]}" if detail else code] = None

    def noted(self) -> tuple[str, ...]:
        """The defects so far, such as `unknown_charset: x-unknown`."""
        return tuple(self._noted)
