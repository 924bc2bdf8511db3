"""One recommendation beside the list: what it says, what can be answered, and what speaks for and against it."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.language import _, n_
from core.recommendations import Recommendation, Recommended
from core.scope import Scope
from pages.components import (
    recommendation_actions,
    recommendation_evidence,
    recommendation_list,
    recommendation_words,
    route_trial,
)
from pages.components.look import box, row, soft, text
from pages.components.reading import number


def show(scope: Scope, found: Recommended, listed: Sequence[Recommendation], key: str) -> None:
    """The recommendation of this key, which is among those listed."""
    keys = [each.key for each in listed]
    each = listed[keys.index(key)]
    _steps(listed, keys.index(key))
    _head(found, each)
    recommendation_actions.show(scope, each)
    _parts(scope, found, each)


def _steps(listed: Sequence[Recommendation], place: int) -> None:
    """Back to the curve, and to the previous and the next one."""
    with st.container(key="steps", horizontal=True, gap="small", vertical_alignment="center"):
        st.button(_("Back to the curve"), key="close", shortcut="Q", type="tertiary", icon=":material/show_chart:",
                  on_click=recommendation_list.close)  # fmt: skip
        st.space("stretch")
        for label, key, shortcut, icon, to in (
            (_("Previous"), "previous", "K", "expand_less", place - 1),
            (_("Next"), "next", "J", "expand_more", place + 1),
        ):
            st.button(label, key=key, shortcut=shortcut, type="tertiary", icon=f":material/{icon}:",
                      disabled=not 0 <= to < len(listed), args=(listed, to),
                      on_click=recommendation_list.go_to)  # fmt: skip


def _head(found: Recommended, each: Recommendation) -> None:
    counter = recommendation_words.against(found, each)
    lines = [f"<h2>{text(each.conditions)}</h2>",
             row(_("Proposal") if each.block else _("Opens"), f"<b>{text(each.becomes)}</b>"),
             row(_("By hand"), text(each.evidence)),
             row(_("Against"), counter) if counter else "",
             row(_("Saves"), text(_effort(each))),
             row(_("Waiting"), text(recommendation_words.waits(each))) if each.waiting else "",
             row(_("Decided by"), text(recommendation_words.people(found, each.key))),
             row(_("Adds"), text(_adds(each))), row(_("Came"), text(recommendation_words.between(each)))]  # fmt: skip
    st.html(f'<div class="sd-head" style="font-size:.92rem">{"".join(lines)}</div>')
    if each.standing == "shadow":
        st.html(box(text(_("Not sure enough for a route: let it run in shadow, and see how often people agree."))))
    if before := recommendation_words.refused_before(each):
        st.html(box(text(before)))


def _effort(each: Recommendation) -> str:
    return _("{saved} a week: {mails}, {minutes} each").format(
        saved=recommendation_words.saved(each), mails=recommendation_words.a_week(each),
        minutes=recommendation_words.time(each.minutes))  # fmt: skip


def _adds(each: Recommendation) -> str:
    told = n_("{count} mail that no recommendation before it takes",
              "{count} mails that no recommendation before it takes", each.new)  # fmt: skip
    return told.format(count=number(each.new))


def _parts(scope: Scope, found: Recommended, each: Recommendation) -> None:
    parts: dict[str, Callable[[], None]] = {
        _("Messages"): lambda: recommendation_evidence.messages(found, each),
        _("By week"): lambda: recommendation_evidence.weeks(found, each),
        _("People"): lambda: recommendation_evidence.people(found, each),
    }
    if each.route:
        parts[_("Backtest and conflicts")] = lambda: _trial(scope, each)
    for shown, draw in zip(st.tabs(list(parts), key="evidence", on_change="rerun"), parts.values(), strict=True):
        if shown.open:
            with shown:
                draw()


def _trial(scope: Scope, each: Recommendation) -> None:
    """What the route would have done to the mail of 90 days beside those in force, and what it meets among them."""
    if not each.route:
        return
    with st.spinner(_("Trying it on past mail …")):
        route_trial.show(scope, each.route, route_trial.Place())
    st.html(soft(_("It would stand last; Edit first puts it elsewhere.")))
