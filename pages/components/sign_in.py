"""Who is at the screen. Every page begins with `sign_in.show()`: it answers their scope, or ends the page.

With `[auth]` in Streamlit's secrets people sign in by OpenID Connect. Without it the app serves one machine, says
plainly who it acts as, and lets the person at that machine choose.
"""

import streamlit as st

from core.errors import NotAllowed, StraydeskError
from core.language import LANGUAGES, _, spoken
from core.scope import Desk, Scope, open_desk
from pages.components import frame, look


@st.cache_resource(ttl=30, show_spinner=False)
def _desk() -> Desk:
    """One desk for all sessions; read again after a while, so that a changed configuration takes effect."""
    return open_desk()


def show() -> Scope:
    """The scope of the person at the screen; shows what is missing and stops the page where there is none."""
    frame.require()
    look.show()
    try:
        desk = _desk()
        return desk.acting(_email(desk))
    except NotAllowed as refusal:
        st.title(_("No place at this desk"))
        st.error(str(refusal), icon=":material/block:")
        _sign_out()
    except StraydeskError as problem:
        st.error(problem.sentence, icon=":material/error:")
        if problem.hint:
            st.info(problem.hint)
    st.stop()
    raise AssertionError  # st.stop() does not come back; this tells the type checker so


def has_provider() -> bool:
    """Whether people sign in by OpenID Connect here."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False


def identity(scope: Scope) -> None:
    """In the sidebar: who acts, in which language, and how to change either."""
    with st.container(key="identity"):
        if has_provider():
            st.caption(_("Signed in as {name} ({role})").format(name=scope.person.name, role=role(scope.person.role)))
            _sign_out()
        else:
            people = {person.email: person for person in scope.desk.persons()}
            st.selectbox(_("You act as"), list(people), key="acting_as", index=list(people).index(scope.person.email),
                         format_func=lambda email: f"{people[email].name} · {role(people[email].role)}",
                         help=_("Nobody signs in on this machine: everything is done in this person's name."),
                         persist_state="session")  # fmt: skip
        st.segmented_control(_("Language"), list(LANGUAGES), default=spoken(), format_func=str.upper, key="language",
                             label_visibility="collapsed", required=True, persist_state="session")  # fmt: skip


def role(name: str) -> str:
    """A role in the language in use."""
    return {"agent": _("agent"), "lead": _("lead"), "analyst": _("analyst"),
            "administrator": _("administrator")}.get(name, name)  # fmt: skip


def _email(desk: Desk) -> str:
    if not has_provider():
        return str(st.session_state.get("acting_as") or _first_at_hand(desk))
    if not st.user.is_logged_in:
        st.title(_("Straydesk"))
        st.button(_("Sign in"), on_click=st.login, type="primary", icon=":material/login:")
        st.stop()
    if st.user.get("email_verified") is False:
        raise NotAllowed(_("Your identity provider has not verified your e-mail address."))
    return str(st.user.get("email") or "")


def _first_at_hand(desk: Desk) -> str:
    """The person a machine without sign-in starts as: somebody who works on the queue, if there is one."""
    people = desk.persons()
    working = [person for person in people if person.role in ("lead", "agent")] or people
    if not working:
        raise NotAllowed(_("Nobody works at this desk yet."), _("Add a [[person]] to the configuration."))
    return min(working, key=lambda person: person.role != "lead").email


def _sign_out() -> None:
    if has_provider() and st.user.is_logged_in:
        st.button(_("Sign out"), on_click=st.logout, icon=":material/logout:")
