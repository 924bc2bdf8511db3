"""What speaks for a recommendation and against it: the messages, the weeks and the people."""

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from babel.dates import format_skeleton

from core.language import _, n_, spoken
from core.recommendations import Recommendation, Recommended
from pages.components import charts, recommendation_words
from pages.components.reading import age, number

SHOWN = 50


def words() -> dict[str, str]:
    """The verdicts of a message about a recommendation, in the language in use."""
    return {"agreed": _("decided so"), "against": _("decided otherwise"), "waiting": _("still waiting")}


def messages(found: Recommended, each: Recommendation) -> None:
    """The newest mails that it would have caught; a click leads to one in the queue or in the audit."""
    counts = {"against": each.against, "agreed": each.agreeing, "waiting": each.waiting}
    labels = {code: _("{verdict} ({count})").format(verdict=words()[code], count=number(count))
              for code, count in counts.items() if count}  # fmt: skip
    first = "agreed" if "agreed" in labels else next(iter(labels), "")
    chosen = st.segmented_control(_("Verdict"), list(labels), default=first or None, key=f"verdict-{each.key}",
                                  format_func=lambda code: labels[code], label_visibility="collapsed")  # fmt: skip
    own = found.samples[(found.samples["key"] == each.key)]
    rows = (own[own["verdict"] == chosen] if chosen else own).head(SHOWN).reset_index(drop=True)
    told = pd.DataFrame({
        "subject": rows["subject"].where(rows["subject"].fillna("") != "", _("(no subject)")),
        "age": [age(at.to_pydatetime()) for at in rows["received_at"]], "from": rows["from_address"],
        "became": [became or _("waits") for became in rows["became"]], "by": rows["decided_by"].str.split("@").str[0],
        "mailbox": rows["mailbox"],
    })  # fmt: skip
    column = st.column_config.TextColumn
    columns = {"subject": column(_("Subject"), width=170), "age": column(_("Age"), width=46),
               "from": column(_("From"), width=130), "became": column(_("Became"), width=150),
               "by": column(_("Decided by"), width=80), "mailbox": column(_("Mailbox"), width=120)}  # fmt: skip
    charts.table(told, columns, key=f"samples-{each.key}-{chosen}", about=_("Messages it would have caught"),
                 lead_to=lambda place: _go(rows.iloc[place]))  # fmt: skip
    st.caption(_("A click leads to the message: to the queue while it waits, else to the audit."))


def weeks(found: Recommended, each: Recommendation) -> None:
    """Bars by week: how much was decided so, otherwise, or waits."""
    rows = recommendation_words.weeks(found, each.key)
    told = rows.assign(label=[str(format_skeleton("MMMd", week, locale=spoken())) for week in rows["week"]])
    kinds = words()
    long = told.melt(["label", "week"], list(kinds), var_name="code", value_name="mails")
    long = long.assign(kind=long["code"].map(kinds), place=long["code"].map(list(kinds).index))
    chart = alt.Chart(long, height=190).mark_bar().encode(
        alt.X("label:N", title=_("week from"), sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        alt.Y("mails:Q", title=_("mails"), axis=alt.Axis(tickMinStep=1)), charts.colours(kinds), order="place:Q",
        tooltip=[alt.Tooltip("label:N", title=_("Week from")), alt.Tooltip("kind:N", title=_("Decisions")),
                 alt.Tooltip("mails:Q", title=_("Mails"))])  # fmt: skip
    quiet = int((rows[["agreed", "against", "waiting"]].sum(axis=1) == 0).sum())
    title = n_("Such mail came in {weeks} week of {all}", "Such mail came in {weeks} weeks of {all}", len(rows) - quiet)
    charts.show(chart, told, title.format(weeks=len(rows) - quiet, all=len(rows)), key="card-weeks", kinds=kinds,
                columns={"label": _("Week from"), **kinds})  # fmt: skip


def people(found: Recommended, each: Recommendation) -> None:
    """Who decided so: one person's habit is less than a desk's."""
    rows = found.people[found.people["key"] == each.key]
    told = n_("{count} person decided so", "{count} people decided so", len(rows)).format(count=number(len(rows)))
    most = int(rows["decided"].max()) if len(rows) else 1
    charts.show(None, rows, told, key="card-people", columns={"name": _("Who"), "decided": _("Mails")})
    st.dataframe(rows[["name", "decided"]], hide_index=True, key=f"people-{each.key}", alt=told, column_config={
        "name": st.column_config.TextColumn(_("Who"), width=180),
        "decided": st.column_config.ProgressColumn(_("Mails"), format="%d", min_value=0, max_value=most, width=200),
    })  # fmt: skip


def _go(message: "pd.Series[Any]") -> None:
    """To the message where it is now."""
    if message["verdict"] == "waiting":
        st.session_state.pop("opened", None)
        st.switch_page("pages/queue.py", query_params={"id": str(message["message_id"])})
    for name in ("said", "from", "period", "box", "action", "actor", "now"):
        st.session_state.pop(name, None)
    sought = {"said": str(message["subject"])[:80], "from": str(message["from_address"]), "period": "90"}
    st.switch_page("pages/audit.py", query_params={name: value for name, value in sought.items() if value})
