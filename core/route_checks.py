"""What can't work in a route, and who may write it."""

from core.administration.words import named
from core.errors import InvalidInput, NotAllowed, StraydeskError
from core.language import _
from core.route_versions import bad_pattern
from core.routes import Route
from core.scope import Scope
from core.store import Connection

UNSEEN = "SELECT count(*) FROM mailbox WHERE NOT list_contains($mailboxes::VARCHAR[], name)"
TARGET = """
SELECT count(*) FROM catalog
WHERE customer = $customer AND contract = $contract AND service = $service
"""
TAKEN = """
SELECT count(*) FROM (SELECT id, name, removed FROM route_newest UNION ALL SELECT id, name, removed FROM route_standing)
WHERE NOT removed AND lower(name) = lower($name) AND id::VARCHAR <> $id
"""


def route_problems(scope: Scope, route: Route, *, id: str = "") -> list[str]:
    """Why this route could not be saved by this person, a sentence each; none when it can. Saves nothing.

    `id` is the route it would be a new version of (its own name is not taken then). Names are one for the whole desk,
    so a name may be taken by a route that the person does not see. Raises NotAllowed for those who only look.
    """
    scope.must_act()
    with scope.store.reading() as db:
        return [str(problem) for problem in found(db, scope, route, id)]


def found(db: Connection, scope: Scope, route: Route, id: str) -> list[StraydeskError]:
    """The same as errors, from an open store."""
    problems: list[StraydeskError] = []
    for check in (_within, _named, _pattern, _target):
        try:
            check(db, scope, route, id)
        except StraydeskError as error:
            problems.append(error)
    return problems


def must_write(db: Connection, scope: Scope, mailbox: str | None) -> None:
    """Raise NotAllowed for those who may not write routes of this mailbox (None: a route of the whole desk).

    Agents and leads write the routes of the mailboxes they see, administrators all. A route without mailbox takes mail
    of every team, so only who sees every mailbox writes one. That its recipient is one of their addresses is not
    enough: a mail that names it may lie in another team's mailbox only, and the route would take it from there.
    """
    scope.must_act()
    if mailbox is None and db.value(UNSEEN, mailboxes=list(scope.mailboxes)):
        raise NotAllowed(_("A route without mailbox takes mail of every team."), yours(scope))
    if mailbox is not None and mailbox not in scope.mailboxes:
        raise InvalidInput(_("There is no mailbox “{mailbox}”.").format(mailbox=mailbox[:60]), yours(scope))


def yours(scope: Scope) -> str:
    """What to do about it, for whoever has to name a mailbox."""
    if not scope.mailboxes:
        return _("You have no mailbox.")
    return _("Give it one of your mailboxes: {names}.").format(names=", ".join(scope.mailboxes))


def _named(db: Connection, scope: Scope, route: Route, id: str) -> None:
    if named(route.name) != route.name:
        raise InvalidInput(_("A name has no line breaks and no double spaces."), _("Choose another name."))
    if db.value(TAKEN, name=route.name, id=id):
        raise InvalidInput(_("There is a route “{name}” already.").format(name=route.name), _("Choose another name."))


def _within(db: Connection, scope: Scope, route: Route, id: str) -> None:
    must_write(db, scope, route.mailbox)


def _pattern(db: Connection, scope: Scope, route: Route, id: str) -> None:
    if route.subject_regex and not db.accepts(route.subject_regex):
        raise InvalidInput(bad_pattern(route), _("Try it without what stands in brackets, or with words instead."))


def _target(db: Connection, scope: Scope, route: Route, id: str) -> None:
    if not db.value(TARGET, **route.target.model_dump(exclude={"kind"})):
        raise InvalidInput(_("There is no {target}.").format(target=route.target),
                           _("Choose a customer, one of its contracts, and a service of that contract."))  # fmt: skip
