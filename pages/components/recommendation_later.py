"""Putting a recommendation aside until a day: it is not listed among the others before."""

from datetime import UTC, datetime, time, timedelta

import streamlit as st

from core.language import _
from core.recommendations import Recommendation
from core.recommendations.answering import answers, snooze, withdraw
from core.scope import Scope
from pages.components import recommendation_deed
from pages.components.deed import Deed
from pages.components.look import text
from pages.components.reading import day, typed_date, zone

WEEKS = {"1": 1, "4": 4, "13": 13}


def show(scope: Scope, each: Recommendation) -> None:
    """The dialog: how long."""
    st.html(f"<p>{text(each.conditions)} → {text(each.becomes)}</p>")
    words = {"1": _("For a week"), "4": _("For four weeks"), "13": _("For three months"), "date": _("Until a day")}
    chosen = st.radio(_("How long"), list(words), index=1, format_func=lambda code: words[code], key="aside-until")
    today = scope.desk.now().replace(tzinfo=UTC).astimezone(zone()).date()
    until = today + timedelta(weeks=WEEKS.get(chosen, 4))
    if chosen == "date":
        first = today + timedelta(days=1)
        until = st.date_input(_("Day"), until, min_value=first, key="aside-day", format=typed_date(), required=True)
    if st.button(_("Put aside for later"), key="aside-now", type="primary", shortcut="Mod+Enter"):
        _put(scope, each, datetime.combine(until, time(8), zone()).astimezone(UTC).replace(tzinfo=None))


def _put(scope: Scope, each: Recommendation, until: datetime) -> None:
    def action() -> Deed:
        snooze(scope, each, until)
        id = str(answers(scope)["id"].iloc[0])
        told = _("Put aside until {day}: {what}.").format(day=day(until), what=each.conditions)
        return Deed(told, recommendation_deed.undone_by(lambda scope: withdraw(scope, id)))

    recommendation_deed.do(action)
