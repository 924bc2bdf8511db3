"""What can be answered to the opened recommendation, a key for each. What the person may not do is not offered."""

import streamlit as st

from core.errors import StraydeskError
from core.language import _, n_
from core.recommendations import Recommendation
from core.recommendations.answering import How, accept, answers, refuse, withdraw
from core.route_edits import remove_route
from core.scope import Scope
from pages.components import dialog, notice, recommendation_deed, recommendation_later, route_draft, route_reading
from pages.components.deed import Deed
from pages.components.look import box, soft, text


def show(scope: Scope, each: Recommendation) -> None:
    """The buttons that fit the recommendation and the person."""
    reason = refusal(scope, each)
    if reason:
        st.html(soft(reason))
        return
    with st.container(key="actions", horizontal=True, gap="small"):
        if each.block:
            if (scope.administers or each.block.mailbox) and st.button(
                _("Block"), key="accept-live", type="primary", shortcut="B", icon=":material/block:"
            ):
                _accept(scope, each, "live")
        else:
            _accepting(scope, each)
        if st.button(_("Refuse"), key="refuse", shortcut="X", icon=":material/thumb_down:"):
            dialog.show(_("Refuse the recommendation"), "thumb_down", _refuse, scope, each)
        if st.button(_("Aside"), key="snooze", shortcut="S", icon=":material/snooze:"):
            dialog.show(_("Put aside for later"), "snooze", recommendation_later.show, scope, each)
    if not scope.administers and each.route:
        st.caption(_("A lead or administrator puts routes in force; a draft or a route in shadow waits for them."))


def refusal(scope: Scope, each: Recommendation) -> str:
    """Why the person may not answer it; empty where they may."""
    if scope.person.role == "analyst":
        return str(_("Analysts look at mail but don't act on it."))
    if each.mailbox is None and not route_reading.sees_all(scope):
        return str(_("It is about mail of every team; who sees every mailbox can answer it."))
    return ""


def _accepting(scope: Scope, each: Recommendation) -> None:
    """As a route: at once, in shadow, as a draft, or edited first. The first fits how sure it is, and the person."""
    live = scope.administers and each.standing == "route"
    ways: dict[How, tuple[str, str, str]] = {
        "live": (_("Put in force"), "L", "play_arrow"),
        "shadow": (_("In shadow"), "W", "contrast"),
        "draft": (_("As a draft"), "D", "draft"),
    }
    best: How = "live" if live else "shadow"
    for how, (label, key, icon) in ways.items():
        if how == "live" and not scope.administers:
            continue
        if st.button(label, key=f"accept-{how}", type="primary" if how == best else "secondary", shortcut=key,
                     icon=f":material/{icon}:"):  # fmt: skip
            _accept(scope, each, how)
    if each.route and st.button(_("Edit first"), key="edit", shortcut="E", icon=":material/edit:"):
        route_draft.go(scope, each.route)


def _accept(scope: Scope, each: Recommendation, how: How) -> None:
    def action() -> Deed | None:
        accepted = accept(scope, each, how)
        if accepted.outcome:
            notice.remember(accepted.outcome)
        if not accepted.route:
            return None
        made, told = accepted.route, _said(each, how, accepted.sentence)
        undo = recommendation_deed.undone_by(lambda scope: remove_route(scope, made.id, despite_examples=True))
        return Deed(told, undo, route=made.id, replays=how == "live" and not made.waits, warns=bool(made.warnings))

    recommendation_deed.do(action)


def _said(each: Recommendation, how: How, sentence: str) -> str:
    """What came of it, and what that means for the mail."""
    name = each.route.name if each.route else ""
    if how == "draft":
        return _("“{route}” is saved as a draft: switched off, it takes nothing.").format(route=name)
    if how == "shadow":
        return _("“{route}” runs in shadow: it takes nothing, and its page tells what it would have taken.").format(
            route=name)  # fmt: skip
    if not each.waiting:
        return sentence
    waits = n_("{count} such mail waits in the queue.", "{count} such mails wait in the queue.", each.waiting)
    return f"{sentence} {waits.format(count=each.waiting)}"


def _refuse(scope: Scope, each: Recommendation) -> None:
    st.html(f"<p>{text(each.conditions)} → {text(each.becomes)}</p>")
    usual = [_("People have to look at each of them"), _("It would catch too much"), _("The target is wrong"),
             _("Such mail has come to an end")]  # fmt: skip
    reason = st.selectbox(_("Reason"), usual, key="refuse-reason", accept_new_options=True, placeholder=_("Say why"))
    st.caption(_("It is not recommended again until people have decided more such mail; the reason stays with it."))
    if st.button(_("Refuse"), key="refuse-now", type="primary", shortcut="Mod+Enter"):
        try:
            refuse(scope, each, str(reason or ""))
        except StraydeskError as problem:
            st.html(box(text(problem), warn=True))
            return
        id = str(answers(scope)["id"].iloc[0])
        told = _("Refused: {what}.").format(what=each.conditions)
        recommendation_deed.do(lambda: Deed(told, recommendation_deed.undone_by(lambda scope: withdraw(scope, id))))
