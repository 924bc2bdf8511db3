"""Answering a recommendation from the screen: carried out, said in one line, taken back."""

from collections.abc import Callable

from core.errors import StraydeskError
from core.language import _
from core.scope import Scope
from pages.components import deed, dialog
from pages.components.deed import Deed


def do(action: Callable[[], Deed | None]) -> None:
    """Carry it out and show the page anew; None: the action has left its own notice. What refuses is said there too."""
    try:
        done = action()
    except StraydeskError as problem:
        done = Deed(str(problem), warns=True)
    deed.leave(done)
    dialog.close()


def undone_by(back: Callable[[Scope], object]) -> Callable[[Scope], str]:
    """What takes an answer back, and what is said of it then."""

    def undo(scope: Scope) -> str:
        back(scope)
        return _("Taken back: it is recommended again.")

    return undo
