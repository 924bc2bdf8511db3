"""Collecting because a person asked: it goes on while they work elsewhere, tells how far it is, can be cancelled."""

import streamlit as st

from core.collecting_now import CollectingNow, Going
from core.errors import StraydeskError
from core.language import _, n_
from core.scope import Scope
from pages.components import frame, notice
from pages.components.look import box, text
from pages.components.reading import number

WATCH = 1  # seconds between two looks while it goes on


@st.cache_resource(show_spinner=False)
def _now() -> CollectingNow:
    """One for the whole server, so that it outlives reruns and sessions and nothing is collected twice at once."""
    return CollectingNow()


def button(scope: Scope, mailbox: str) -> None:
    """`Collect now`, for one mailbox or, without a name, for all in scope; nothing for those who only look."""
    if scope.person.role == "analyst":
        return
    label = _("Collect now") if mailbox else _("Collect all now")
    st.button(label, key="collect-now", icon=":material/sync:", on_click=_start, args=(scope, mailbox), type="primary")


def going(scope: Scope) -> dict[str, Going]:
    """The mailboxes in scope that were asked for, by name."""
    return {each.mailbox: each for each in _now().going(scope)}


def is_under_way(scope: Scope) -> bool:
    """Whether any of them is still being collected."""
    return not all(each.ended for each in going(scope).values())


def show(scope: Scope) -> None:
    """How far it is, in a line, as long as there is something to tell."""
    if going(scope):
        under_way = is_under_way(scope)
        st.fragment(_watch, run_every=WATCH if under_way else None)(scope, under_way)


def _watch(scope: Scope, under_way: bool) -> None:
    frame.speak_as_chosen()
    asked = list(going(scope).values())
    if not asked or (under_way and not is_under_way(scope)):
        st.rerun()  # it was dismissed; or the board and the count in the menu have something new to tell
    done, total = sum(each.done for each in asked), sum(each.total for each in asked)
    with st.container(horizontal=True, vertical_alignment="center", key="going"):
        if under_way:
            st.progress(done / total if total else 0.0, _underway_words(asked, done, total))
            st.button(_("Cancel"), key="cancel-collecting", on_click=_cancel, args=(scope,), icon=":material/cancel:",
                      help=_("Ends after the current portion; what was collected stays."))  # fmt: skip
        else:
            failed = any(each.state == "failed" for each in asked)
            st.html(box(text(_ended_words(asked, done, total)), warn=failed), width="stretch")
            st.button(_("Dismiss"), key="dismiss-collecting", type="tertiary", on_click=_now().dismiss, args=(scope,))


def _underway_words(asked: list[Going], done: int, total: int) -> str:
    ended = sum(each.ended for each in asked)
    return " · ".join([
        _("{done} of {count} mailboxes collected").format(done=number(ended), count=number(len(asked))),
        _("{done} of {total} new messages so far").format(done=number(done), total=number(total)),
    ])  # fmt: skip


def _ended_words(asked: list[Going], done: int, total: int) -> str:
    """What came of it, and what did not: `3 new messages collected · 1 mailbox failed`."""
    failed = sum(each.state == "failed" for each in asked)
    told = [n_("{count} new message collected", "{count} new messages collected", done).format(count=number(done))]
    if any(each.state == "cancelled" for each in asked):
        told.append(_("cancelled; the next run brings the other {count}").format(count=number(total - done)))
    if held := sum(each.state == "held" for each in asked):
        told.append(n_("{count} mailbox is with the collector already, which brings what is new",
                       "{count} mailboxes are with the collector already, which brings what is new", held).format(
                           count=number(held)))  # fmt: skip
    if failed:
        told.append(n_("{count} mailbox failed, see below", "{count} mailboxes failed, see below", failed).format(
            count=number(failed)))  # fmt: skip
    return " · ".join(told)


def _start(scope: Scope, mailbox: str) -> None:
    try:
        _now().dismiss(scope)
        _now().start(scope, [mailbox] if mailbox else [])
    except StraydeskError as problem:
        notice.remember_problem(problem)


def _cancel(scope: Scope) -> None:
    try:
        _now().cancel(scope)
    except StraydeskError as problem:
        notice.remember_problem(problem)
