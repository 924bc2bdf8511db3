"""Findings about routes in words, each whole: they are translated as they stand."""

from collections.abc import Sequence

from core.language import _, n_

NAMED = 3  # routes; more of them are counted


def quoted(names: Sequence[str]) -> str:
    """The names as an enumeration."""
    shown = [_("“{route}”").format(route=name) for name in names[:NAMED]]
    if more := len(names) - NAMED:
        shown += [n_("{count} more", "{count} more", more).format(count=more)] if more > 0 else []
    return shown[0] if len(shown) == 1 else _("{first} and {last}").format(first=", ".join(shown[:-1]), last=shown[-1])


def sentence(kind: str, why: str, route: str, others: Sequence[str], mails: int, days: int) -> str:
    """What is the matter with a route."""
    if kind == "never_first":
        return _never_first(route, others, mails, days)
    if kind == "correlated" and mails:
        return n_("“{route}” and {others} open different things and met in {mails} mail in {days} days.",
                  "“{route}” and {others} open different things and met in {mails} mails in {days} days.",
                  mails).format(route=route, others=quoted(others), mails=mails, days=days)  # fmt: skip
    said = _alone(kind, why) or _beside(kind, len(others))
    return said.format(route=route, others=quoted(others) if others else "", days=days)


def _alone(kind: str, why: str) -> str:
    return {
        "mailbox_gone": _("“{route}” never fires: its mailbox does not exist."),
        "senders_blocked": _("“{route}” never fires: every sender it names is blocked."),
        "list_blocked": _("“{route}” never fires: its mailing list is blocked."),
        "own_senders": _("“{route}” never fires: mail from our own mailboxes never comes to the routes."),
        "target_missing": _("“{route}” opens nothing: its target does not exist."),
        "dead": _("“{route}”: no mail of the last {days} days meets its conditions."),
    }.get(why or kind, "")


def _beside(kind: str, others: int) -> str:
    together = others > 1
    return {
        "shadowed": _("“{route}” never fires: {others} together take all mail it could catch.") if together else
        _("“{route}” never fires: {others} stands before it and takes all mail it could catch."),
        "redundant": _("“{route}” changes nothing: {others} together do the same for all mail it could catch.")
        if together else _("“{route}” changes nothing: {others} does the same for all mail it could catch."),
        "generalised": _("“{route}” also covers what {others} takes before it: an exception to the rule."),
        "correlated": _("“{route}” and {others} open different things and can meet in a mail; the first takes it."),
    }[kind]  # fmt: skip


def _never_first(route: str, others: Sequence[str], mails: int, days: int) -> str:
    if len(others) == 1:
        return n_("“{route}” never fires: {others} took the only mail it could have caught in {days} days.",
                  "“{route}” never fires: {others} took all {mails} mails it could have caught in {days} days.",
                  mails).format(route=route, others=quoted(others), mails=mails, days=days)  # fmt: skip
    return n_("“{route}” never fires: {others} together took the only mail it could have caught in {days} days.",
              "“{route}” never fires: {others} together took all {mails} mails it could have caught in {days} days.",
              mails).format(route=route, others=quoted(others), mails=mails, days=days)  # fmt: skip


def advice(kind: str, why: str, route: str, other: str, move: bool) -> str:
    """What to do about it; `other`: the route that matters for that."""
    said = {
        "mailbox_gone": _("Choose another mailbox, or remove the route."),
        "senders_blocked": _("Lift the blocks, or remove the route."),
        "list_blocked": _("Lift the block, or remove the route."),
        "own_senders": _("Name other senders, or remove the route."),
        "target_missing": _("Choose a target that exists, or add it to the catalog."),
        "dead": _("Check its conditions, or switch it off."),
        "generalised": _("Nothing to do where “{other}” is meant as an exception."),
        "correlated": _("Put the one first that should take such mail, or narrow one of them."),
    }.get(why or kind) or (_("Move “{route}” before “{other}”.") if move else _("Remove “{route}”."))
    return said.format(route=route, other=other)
