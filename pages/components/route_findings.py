"""What is the matter with a route: a sentence, what to do about it, one click that does it, or that it is intended."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.conflicts import Finding, Fix, acknowledge, withdraw_acknowledgement
from core.language import _
from core.route_edits import move_route, remove_route, restore_version, switch_route
from core.scope import Scope
from pages.components import route_deed
from pages.components.look import box, plain, text

MOST, OTHERS = 8, 3
SIGNS = {"problem": "▲", "warning": "△", "information": "○"}


def show(scope: Scope, rows: pd.DataFrame, name: str, found: Sequence[Finding], only_look: bool) -> None:
    """The findings about the route of this name, those that are said to be intended last."""
    if not found:
        st.caption(_("Nothing is the matter with this route."))
    for place, finding in enumerate(sorted(found, key=lambda each: bool(each.acknowledged_by))[:MOST]):
        st.html(markup(finding))
        with st.container(horizontal=True, key=f"finding-actions-{place}"):
            if finding.acknowledged_by:
                _intended(scope, finding, place)
            else:
                _open(scope, rows, finding, place, only_look)
                _others(rows, finding, place, name)
    if len(found) > MOST:
        st.caption(_("And {count} more of less weight.").format(count=len(found) - MOST))


def markup(finding: Finding) -> str:
    """A finding as a remark beside a coloured line."""
    words = {"problem": _("Problem"), "warning": _("Look at it"), "information": _("To know")}[finding.severity]
    lead = f'<span class="sd-strong">{SIGNS[finding.severity]} {text(words)}.</span>'
    advice = f' <span class="sd-soft">{text(finding.advice)}</span>'
    return box(f"{lead} {text(finding.sentence)}{advice}", warn=finding.severity == "problem")


def _open(scope: Scope, rows: pd.DataFrame, finding: Finding, place: int, only_look: bool) -> None:
    ids = dict(zip(rows["name"], rows["id"], strict=True))
    fix = finding.fix
    labels = {"move": _("Move it there"), "remove": _("Remove it"), "switch_off": _("Switch it off")}
    if fix and not only_look and fix.route in ids and st.button(
            labels[fix.action], key=f"fix-{place}", icon=":material/build:"):  # fmt: skip
        _fix(scope, rows, fix, ids)
    if scope.administers and st.button(_("It is intended"), key=f"intended-{place}", type="tertiary",
                                       icon=":material/check:"):  # fmt: skip
        route_deed.do(lambda _any: _keep(scope, finding), lambda scope, _id: _withdraw(scope, finding), replays=False)


def _others(rows: pd.DataFrame, finding: Finding, place: int, name: str) -> None:
    """The way to the routes it meets."""
    ids = dict(zip(rows["name"], rows["id"], strict=True))
    for other in [each for each in (finding.route, *finding.others) if each in ids and each != name][:OTHERS]:
        st.button(plain(other), key=f"see-{place}-{ids[other]}", type="tertiary", on_click=_go, args=(ids[other],),
                  icon=":material/arrow_forward:", help=_("See this route"))  # fmt: skip


def _intended(scope: Scope, finding: Finding, place: int) -> None:
    st.caption(_("Intended, says {who}. This ends when one of the routes changes.").format(who=finding.acknowledged_by))
    if scope.administers and st.button(_("No longer"), key=f"withdraw-{place}", type="tertiary"):
        route_deed.do(lambda _any: _withdraw(scope, finding), replays=False)


def _fix(scope: Scope, rows: pd.DataFrame, fix: Fix, ids: dict[str, str]) -> None:
    id, order = ids[fix.route], [str(each) for each in rows["id"]]
    version = int(rows.loc[rows["id"] == id, "version"].iloc[0])
    behind = next(iter(order[order.index(id) + 1 :]), None)
    if fix.action == "move":
        route_deed.do(lambda despite: move_route(scope, id, ids.get(fix.before or ""), despite_examples=despite),
                      lambda scope, id: move_route(scope, id, behind, despite_examples=True))  # fmt: skip
    elif fix.action == "remove":
        route_deed.do(lambda despite: remove_route(scope, id, seen_version=version, despite_examples=despite),
                      lambda scope, _id: restore_version(scope, id, version, despite_examples=True))  # fmt: skip
    else:
        route_deed.do(lambda despite: switch_route(scope, id, False, despite_examples=despite),
                      lambda scope, id: switch_route(scope, id, True, despite_examples=True))  # fmt: skip


def _keep(scope: Scope, finding: Finding) -> str:
    acknowledge(scope, finding)
    return _("Kept as intended until one of them changes.")


def _withdraw(scope: Scope, finding: Finding) -> str:
    withdraw_acknowledgement(scope, finding)
    return _("It is a finding again.")


def _go(id: str) -> None:
    st.query_params["route"] = id
