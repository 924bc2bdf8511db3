"""What many verbs have in common: who acts, on which mailboxes, on which messages, and how the answer is printed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from core.errors import NotFound
from core.language import _
from core.scope import Scope, open_desk

As = Annotated[
    str | None,
    typer.Option("--as", metavar="EMAIL", help="Act as this person; left out, the operator acts as administrator."),
]
Json = Annotated[bool, typer.Option("--json", help="Answer with JSON on standard output, and nothing else there.")]
Mailboxes = Annotated[
    list[str] | None, typer.Option("--mailbox", metavar="NAME", help="Only this mailbox; may be given several times.")
]
Id = Annotated[str, typer.Argument(metavar="ID", help="A message, by the id that `queue` prints.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Messages, by the ids that `queue` prints.")]
Reference = Annotated[str, typer.Argument(metavar="REFERENCE", help="A work item, such as T-000123.")]
References = Annotated[list[str], typer.Argument(metavar="REFERENCE...", help="Work items, such as T-000123.")]


def _moment(text: str) -> datetime:
    """A moment as people write it, of this machine's zone if it names none, as naive UTC."""
    try:
        return datetime.fromisoformat(text.strip()).astimezone(UTC).replace(tzinfo=None)
    except ValueError as error:
        raise typer.BadParameter(
            f"“{text}” is no moment; write 2026-03-02, 2026-03-02T09:00 or …T09:00+01:00."
        ) from error


At = Annotated[
    datetime | None,
    typer.Option("--at", parser=_moment, metavar="WHEN", help="As it was then, such as 2026-03-02T09:00 (local time) "
                 "or 2026-03-02T09:00+01:00; on a shared store."),
]  # fmt: skip


def acting(email: str | None, at: datetime | None = None) -> Scope:
    """The scope of the person named, or the operator's. An empty name is nobody's: raises NotAllowed.

    `at`: on the desk as it was at that moment (UTC); see `open_desk`.
    """
    desk = open_desk(at=at)
    return desk.operator() if email is None else desk.acting(email)


def mailboxes_named(scope: Scope, names: Sequence[str] | None) -> tuple[str, ...]:
    """The names as given. Raises NotFound for the first that the person can't see, whether or not it exists."""
    for name in names or ():
        if name not in scope.mailboxes:
            raise NotFound(_("There is no mailbox “{name}”.").format(name=name[:60]), _yours(scope.mailboxes))
    return tuple(names or ())


def addresses_named(scope: Scope, addresses: Sequence[str] | None) -> tuple[str, ...]:
    """The mailbox addresses as given. Raises NotFound for the first that the person can't see."""
    own = [each.address for each in scope.desk.configuration.mailboxes if each.name in scope.mailboxes]
    for address in addresses or ():
        if address.strip().lower() not in own:
            raise NotFound(_("There is no mailbox address “{address}”.").format(address=address[:60]), _yours(own))
    return tuple(addresses or ())


def _yours(names: Sequence[str]) -> str:
    return _("Choose one of: {names}.").format(names=", ".join(names)) if names else _("You have no mailbox.")
