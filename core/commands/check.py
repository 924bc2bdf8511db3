"""`status --check`: what a supervisor asks. Silent with 0 when all is well, else a line each trouble and 1.

Warnings, such as a certificate that runs out soon, count only for those who are strict; JSON tells them always.
"""

from pathlib import Path

from core.commands.options import acting
from core.commands.printing import answer_json, folded, say
from core.errors import StoreProblem, StraydeskError
from core.health import Bounds, Trouble, troubles
from core.language import _
from core.settings import settings


def check(email: str | None, bounds: Bounds, strict: bool, as_json: bool) -> bool:
    """Print what is not well, on standard error or as JSON on standard output; answers whether all is."""
    found = _found(email, bounds)
    counting = [trouble for trouble in found if strict or trouble.level == "red"]
    if as_json:
        answer_json({"well": not counting, "problems": found})
    else:
        for trouble in counting:
            say(folded(trouble.sentence))
    return not counting


def _found(email: str | None, bounds: Bounds) -> list[Trouble]:
    """What is not well; that nobody can look is a trouble as well."""
    try:
        _must_be_there(settings().store)
        return troubles(acting(email), bounds)
    except StraydeskError as error:
        return [Trouble("store" if isinstance(error, StoreProblem) else "desk", None, str(error))]


def _must_be_there(store: str) -> None:
    """Looking must not make a store where one is gone. A shared one is asked for by asking its catalog."""
    if ":" not in store and not Path(store).exists():
        raise StoreProblem(_("There is no store at {path}.").format(path=store),
                           _("Collect mail, restore a backup, or correct STRAYDESK_STORE."))  # fmt: skip
