"""Changing a route from the screen: carried out or refused, said in one line, taken back."""

from collections.abc import Callable

from core.errors import InvalidInput, StraydeskError
from core.language import _
from core.scope import Scope
from pages.components import deed, dialog
from pages.components.deed import Deed


def do(
    action: Callable[[bool], object],
    undo: Callable[[Scope, str], object] | None = None,
    *,
    all_the_same: bool = False,
    replays: bool = True,
) -> None:
    """Carry it out and show the page anew; what refuses is said in the same place, with a way to do it all the same.

    `action` is told whether to go on though pinned examples break; `undo` is given the id of the route that came of it.
    """
    try:
        remember(action(all_the_same), undo, replays=replays)
    except StraydeskError as problem:
        refuses = isinstance(problem, InvalidInput) and not all_the_same and problem.hint == _("Nothing was changed.")
        again = (lambda: do(action, undo, all_the_same=True, replays=replays)) if refuses else None
        deed.leave(Deed(str(problem), again=again, warns=True))
    dialog.close()


def remember(outcome: object, undo: Callable[[Scope, str], object] | None, *, replays: bool = True) -> None:
    """Say this on the next run."""
    id = str(getattr(outcome, "id", ""))
    back = _undone_by(undo, id) if undo else None
    deed.leave(Deed(str(outcome), back, replays=replays, warns=bool(getattr(outcome, "warnings", []))))


def _undone_by(undo: Callable[[Scope, str], object], id: str) -> Callable[[Scope], str]:
    return lambda scope: _("Taken back: {what}").format(what=undo(scope, id) or "")
