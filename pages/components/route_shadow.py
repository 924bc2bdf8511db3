"""Routes in shadow: what they would have done to the mail that came, against what people did with it."""

import pandas as pd
import streamlit as st

from core.findings import percent
from core.language import _, n_
from core.one_route import OneRoute
from core.scope import Scope
from core.shadowing import shadow_catches, shadow_scores
from pages.components import clickable
from pages.components.look import box, text
from pages.components.reading import age, moment, number


def board(scope: Scope) -> str:
    """A line for each route in shadow; answers which one is opened."""
    scores = shadow_scores(scope)
    if scores.empty:
        st.info(_("No route runs in shadow. Save a route “in shadow” to watch what it would do before it does it."),
                icon=":material/contrast:")  # fmt: skip
        return ""
    st.caption(n_("{count} route is watched beside the others; it takes nothing.",
                   "{count} routes are watched beside the others; they take nothing.", len(scores)).format(
                       count=number(len(scores))))  # fmt: skip
    ids = list(scores["id"])
    if st.query_params.get("route") not in ids:
        st.query_params["route"] = ids[0]
    return clickable.show(_table(scores), ids, "route", _columns(), _("Routes in shadow")).opened


def catches(scope: Scope, route: OneRoute) -> None:
    """What one route would have taken, and what people made of it."""
    scores = shadow_scores(scope)
    own = scores[scores["id"] == route.id]
    if not own.empty:
        st.html(box(text(_said(own.iloc[0]))))
    rows = shadow_catches(scope, route.id)
    if rows.empty:
        return
    words = {"agreed": _("✓ agrees"), "disagreed": _("▲ differs"), "undecided": _("– undecided")}
    column = st.column_config.TextColumn
    st.dataframe(pd.DataFrame({
        "verdict": [words.get(code, code) for code in rows["verdict"]], "subject": rows["subject"],
        "from": rows["from_address"], "age": [age(at.to_pydatetime()) for at in rows["received_at"]],
        "became": rows["became"].fillna(""), "taken": rows["taken_from"].fillna(""),
    }), hide_index=True, height="content" if len(rows) < 10 else 380, row_height=36, key="shadow-catches",
        alt=_("Mails that it would have taken"), column_config={
        "verdict": column(_("People"), width=100), "subject": column(_("Subject"), width=200),
        "from": column(_("From"), width=150), "age": column(_("Age"), width=54),
        "became": column(_("Became"), width=200), "taken": column(_("Taken by"), width=150),
    })  # fmt: skip


def _said(score: pd.Series) -> str:
    since = moment(score["since"].to_pydatetime())
    if not score["caught"]:
        return _("Since {since} no mail has come that it would have caught.").format(since=since)
    told = n_("Since {since} it would have caught {count} mail: {agreed} as people decided, {disagreed} otherwise, "
              "{undecided} undecided.",
              "Since {since} it would have caught {count} mails: {agreed} as people decided, {disagreed} otherwise, "
              "{undecided} undecided.", int(score["caught"])).format(
        since=since, count=number(int(score["caught"])), agreed=number(int(score["agreed"])),
        disagreed=number(int(score["disagreed"])), undecided=number(int(score["undecided"])))  # fmt: skip
    if pd.isna(score["at_least"]):
        return told
    sure = _("Right in at least {share} of such mail.").format(share=percent(score["at_least"]))
    return f"{told} {sure}"


def _table(scores: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({
        "name": scores["name"],
        "since": [age(at.to_pydatetime()) for at in scores["since"]],
        "caught": scores["caught"], "agreed": scores["agreed"], "disagreed": scores["disagreed"],
        "undecided": scores["undecided"],
        "sure": [percent(share) if pd.notna(share) else "–" for share in scores["at_least"]],
        "taken": scores["taken_from_others"], "target": scores["target"],
    })  # fmt: skip


def _columns() -> dict[str, object]:
    column, count = st.column_config.TextColumn, st.column_config.NumberColumn
    return {
        "name": column(_("Route"), width=150),
        "since": column(_("For"), width=60, help=_("How long it has run in shadow as it is")),
        "caught": count(_("Would catch"), width=80), "agreed": count(_("As people did"), width=90),
        "disagreed": count(_("Otherwise"), width=80), "undecided": count(_("Undecided"), width=80),
        "sure": column(_("Right, at least"), width=90, help=_(
            "The share that people agree with, as far as these counts prove it (one-sided 95 %)")),
        "taken": count(_("From other routes"), width=120), "target": column(_("Would open"), width=260),
    }  # fmt: skip
