"""How sure a recommendation has to be, and which ones are listed; all of it stands in the address of the page."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.language import _
from core.recommendations import BOUND, SHADOW, Recommendation, Recommended
from core.scope import Scope
from pages.components import address
from pages.components.look import plain

SENDER, ONLY = "catching", "only"  # parameters of the address: whose mail it has to catch; the only one to list


@dataclass(frozen=True, slots=True)
class Which:
    """Which recommendations are listed: those that say these words, about mail of these mailboxes; none means all."""

    words: str = ""
    mailboxes: frozenset[str] = frozenset()


def bound() -> float:
    """The slider: at least so sure, a recommendation is offered as a route (0 to 1)."""
    percent = st.slider(_("Sure enough for a route, at least"), round(100 * SHADOW), 95, round(100 * BOUND), 5,
                        format="%d%%", key="sure", bind="query-params", width=220,
                        help=_("How often people decided so, as far as the counts prove it. What is less sure is "
                               "offered to run in shadow."))  # fmt: skip
    return float(percent) / 100


def fields(scope: Scope) -> Which:
    """The fields of the filter."""
    boxes = {name: name for name in scope.mailboxes}
    words = st.text_input(_("Search"), key="words", icon=":material/search:", bind="query-params", live="400ms",
                          placeholder=_("Search"), label_visibility="collapsed")  # fmt: skip
    address.bind_several("mailbox", list(boxes))
    chosen = st.multiselect(_("Mailbox"), list(boxes), key="mailbox", placeholder=_("All mailboxes"),
                            label_visibility="collapsed")  # fmt: skip
    return Which(words or "", frozenset(chosen))


def listed(found: Recommended, which: Which) -> tuple[Recommendation, ...]:
    """Those that are to be listed; a button ends what a click on a sender began."""
    sender = str(st.query_params.get(SENDER, ""))
    if sender:
        label = _("Only what catches mail from {sender}").format(sender=plain(sender))
        st.button(label, key="every-sender", icon=":material/close:", on_click=from_sender, args=("",))
    catching = catchers(found, sender) if sender else {each.key for each in found.offered}
    if (only := str(st.query_params.get(ONLY, ""))) in catching:
        st.button(_("Only the one clicked on"), key="every-card", icon=":material/close:", on_click=_every_card)
        catching = {only}
    return tuple(each for each in found.offered if _says(each, which.words) and each.key in catching
                 and (not which.mailboxes or each.mailbox in which.mailboxes))  # fmt: skip


def from_sender(whose: str) -> None:
    """A click on a sender: only what catches their mail is listed, or all again if that was so already."""
    if whose and st.query_params.get(SENDER) != whose:
        st.query_params[SENDER] = whose
    else:
        st.query_params.pop(SENDER, None)


def _every_card() -> None:
    st.query_params.pop(ONLY, None)


def catchers(found: Recommended, sender: str) -> set[str]:
    """The keys of those that catch mail of this sender, as their samples and their conditions say."""
    caught = set(found.samples.loc[found.samples["from_address"] == sender, "key"])
    return caught | {each.key for each in found.offered if _names(each, sender)}


def _names(each: Recommendation, sender: str) -> bool:
    given: Sequence[str] = each.route.sender if each.route else []
    return sender in given or f"*@{sender.rpartition('@')[2]}" in given


def _says(each: Recommendation, words: str) -> bool:
    said = f"{each.sentence} {each.name} {each.mailbox or ''}".casefold()
    return all(word in said for word in words.casefold().split())
