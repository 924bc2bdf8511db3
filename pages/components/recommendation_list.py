"""The cards: what is recommended, what saves most time first, with what speaks for and against it."""

from collections.abc import Sequence

import streamlit as st

from core.language import _, n_
from core.recommendations import Recommendation, Recommended
from pages.components import export, paging, recommendation_look, recommendation_words
from pages.components.look import plain, soft, text
from pages.components.recommendation_filters import ONLY

PER_PAGE = 8
OPENED, PAGE, PLACE = "card", "cards-page", "card-place"  # a parameter of the address, and two of the session


def opened(listed: Sequence[Recommendation]) -> str:
    """The key of the one that is opened, empty if none is; where it has left the list, the one that took its place."""
    keys = [each.key for each in listed]
    key = str(st.query_params.get(OPENED, ""))
    if key and key not in keys and keys and PLACE in st.session_state:
        key = keys[min(st.session_state[PLACE], len(keys) - 1)]
        st.query_params[OPENED] = key
    if key not in keys:
        return ""
    st.session_state[PLACE] = keys.index(key)
    st.session_state.setdefault(PAGE, keys.index(key) // PER_PAGE + 1)  # come by a link: turn to its page
    return key


def show(found: Recommended, listed: Sequence[Recommendation], now: str, counts: str) -> None:
    """A page of the cards, with the way to the others; `counts` says of how much mail."""
    if not listed:
        st.info(_("None of the recommendations fits this filter."), icon=":material/filter_alt_off:")
        return
    recommendation_look.show(now)
    skip = min(paging.skip(PAGE, PER_PAGE), (len(listed) - 1) // PER_PAGE * PER_PAGE)
    st.caption(_count(found, listed), help=counts)
    for each in listed[skip : skip + PER_PAGE]:
        with st.container(border=True, key=f"card-{each.key}"):
            _card(found, each)
    paging.show(PAGE, len(listed), PER_PAGE)
    export.show("recommendations", lambda: recommendation_words.table(listed))


def open_one(key: str) -> None:
    """A click on a card: it is shown beside the list, with what speaks for it."""
    st.query_params[OPENED] = key
    st.session_state["section"] = "cards"


def only(key: str) -> None:
    """A click on a mark of the curve: this one is opened, and no other listed."""
    st.query_params[OPENED] = st.query_params[ONLY] = key


def close() -> None:
    """Back to the curve."""
    for name in (OPENED, ONLY):
        st.query_params.pop(name, None)
    st.session_state.pop(PLACE, None)


def go_to(listed: Sequence[Recommendation], place: int) -> None:
    """Open the one at this place of the list, and turn to its page."""
    st.session_state[PAGE] = place // PER_PAGE + 1
    open_one(listed[place].key)


def _count(found: Recommended, listed: Sequence[Recommendation]) -> str:
    if len(listed) < len(found.offered):
        return _("{count} of {all} recommendations").format(count=len(listed), all=len(found.offered))
    told = n_("{count} recommendation, what saves most time first",
              "{count} recommendations, what saves most time first", len(listed))  # fmt: skip
    return told.format(count=len(listed))


def _card(found: Recommended, each: Recommendation) -> None:
    st.button(plain(each.conditions), key=f"open-{each.key}", type="tertiary", on_click=open_one, args=(each.key,))
    lines = [f"→ {text(each.becomes)}", text(each.evidence), _more(found, each)]
    if each.standing == "shadow":
        badge, why = _("◐ shadow"), _("not sure enough for a route: let it run in shadow")
        lines.append(f'<span class="sd-mark sd-no">{text(badge)}</span> {soft(why)}')
    lines += [markup for markup in (recommendation_words.against(found, each),) if markup]
    lines += [soft(before) for before in (recommendation_words.refused_before(each),) if before]
    saved, a_week = text(recommendation_words.saved(each)), soft(_("saved a week"))
    weeks = recommendation_words.sparkline(found, each.key)
    side = f'<span class="sd-strong">{saved}</span><br>{a_week}{weeks}'
    st.html(f'<div class="sd-card"><div>{"<br>".join(lines)}</div><div class="sd-side">{side}</div></div>')


def _more(found: Recommended, each: Recommendation) -> str:
    parts = [recommendation_words.a_week(each), *([recommendation_words.waits(each)] if each.waiting else []),
             recommendation_words.people(found, each.key)]  # fmt: skip
    return soft(" · ".join(part for part in parts if part))
