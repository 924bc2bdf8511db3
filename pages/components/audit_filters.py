"""Which part of the record is shown; the choice is kept in the address of the page."""

from datetime import UTC, datetime, time, timedelta

import streamlit as st

from core.audit import ACTOR_KINDS, STATUSES, AuditFilter, actions
from core.language import _
from core.scope import Scope
from pages.components import choice
from pages.components.reading import typed_date, zone

DAYS = {"1": 1, "7": 7, "30": 30, "90": 90}


def show(scope: Scope) -> AuditFilter:
    """The filter bar; answers what was chosen. Its names in the address are its own: other pages keep theirs."""
    boxes = [box for box in scope.desk.configuration.mailboxes if box.name in scope.mailboxes]
    words = action_words()
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        search = st.text_input(_("Search"), key="said", icon=":material/search:", bind="query-params",
                               placeholder=_("who, why, subject, sender, text"))  # fmt: skip
        done = choice.several(_("Action"), "action", {code: words.get(code, code) for code in actions(scope)})
        actors = choice.several(_("Who"), "actor", _actors(scope))
        mailboxes = choice.several(_("Mailbox"), "box", {box.name: box.name for box in boxes})
        period = choice.one(_("Period"), "period", _periods())
        with st.popover(_("More"), icon=":material/tune:", key="more-filters"):
            sender = st.text_input(_("Sender or domain"), key="from", placeholder=_("anyone"), bind="query-params")
            statuses = choice.several(_("The message now"), "now", {code: status_words()[code] for code in STATUSES})
            addresses = choice.several(_("Mailbox address"), "box-address", {box.address: box.address for box in boxes})
            teams = choice.several(_("Team"), "box-team", {box.team: box.team for box in boxes})
            first, last = _days(scope) if period == "days" else (None, None)
    after = scope.desk.now() - timedelta(days=DAYS[period]) if period in DAYS else first
    return AuditFilter(tuple(mailboxes), tuple(addresses), tuple(teams), sender or "", search or "", after, last,
                       tuple(done), tuple(actors), tuple(statuses), _batch())  # fmt: skip


def status_words() -> dict[str, str]:
    """The statuses of a message in the language in use, by their codes."""
    return {"unprocessed": _("waits"), "processed": _("processed"), "deleted": _("deleted")}


def action_words() -> dict[str, str]:
    """What can be done, in the language in use, by its code."""
    return {
        "create": _("Item opened"), "append": _("Answer added"), "attach": _("Attached"), "delete": _("Deleted"),
        "restore": _("Restored"), "block": _("Blocked"), "undo": _("Undone"), "merge": _("Merged"),
        "close": _("Closed"), "reopen": _("Opened again"), "queue": _("Left waiting"), "claim": _("Claimed"),
        "release": _("Released"),
        "hand_over": _("Handed over"), "snooze": _("Put aside"), "wake": _("Brought back"),
        "reparse": _("Read again"), "repair": _("Repaired"), "unrepair": _("Repair taken back"),
    }  # fmt: skip


def who(kind: str, name: str) -> str:
    """Who did it: a person by name, the route or the block, or that it went by itself."""
    told = {"route": _("Route {name}"), "block": _("Block {name}"), "rule": _("by itself")}
    return told.get(kind, "{name}").format(name=name)


def _actors(scope: Scope) -> dict[str, str]:
    kinds = dict(zip(ACTOR_KINDS, (_("People"), _("Routes"), _("Blocks"), _("Rules")), strict=True))
    return kinds | {one.email: one.name for one in scope.desk.persons()}


def _periods() -> dict[str, str]:
    return {"30": _("the last 30 days"), "1": _("the last 24 hours"), "7": _("the last 7 days"),
            "90": _("the last 90 days"), "all": _("all time"), "days": _("from … to …")}  # fmt: skip


def _days(scope: Scope) -> tuple[datetime | None, datetime | None]:
    """The days chosen, as the moments in UTC when the first begins and the last ends where the viewer is."""
    today = scope.desk.now().replace(tzinfo=UTC).astimezone(zone()).date()
    days = st.date_input(_("From … to …"), (today - timedelta(days=6), today), key="dates", format=typed_date())
    ends = [days[0], days[-1] + timedelta(days=1)] if isinstance(days, tuple) and days else []
    moments = [datetime.combine(day, time(), zone()).astimezone(UTC).replace(tzinfo=None) for day in ends]
    return (moments[0], moments[1]) if moments else (None, None)


def _batch() -> str:
    """What was done together with something, if that is all that is to be seen."""
    batch = st.query_params.get("batch", "")
    if batch:
        st.button(_("Only what was done together. Show everything again"), key="every-batch",
                  icon=":material/close:", on_click=_every_batch)  # fmt: skip
    return str(batch)


def _every_batch() -> None:
    st.query_params.pop("batch", None)
