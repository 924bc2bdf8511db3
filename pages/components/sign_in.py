"""Who is at the screen: by OpenID Connect with `[auth]` in Streamlit's secrets, else whom the machine's user chooses.

Every page begins with `sign_in.show()`: it answers their scope, or ends the page.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress

import streamlit as st

from core.errors import NotAllowed, StraydeskError
from core.language import _
from core.scope import Desk, Scope, open_desk
from pages.components import asked, frame, look
from pages.components.provider import has_provider, is_verified, refuse_the_network


@st.cache_resource(ttl=30, show_spinner=False)
def _desk() -> Desk:
    """One desk for all sessions; read again after a while, so that a changed configuration takes effect."""
    return open_desk()


@contextmanager
def store_open() -> Iterator[None]:
    """The store, held open for all that a run reads; where it can't be opened, `show` says why."""
    with ExitStack() as held:
        with suppress(StraydeskError):
            held.enter_context(_desk().store.reading())
        yield


def again(scope: Scope) -> Scope:
    """The scope asked anew, for what runs without the rest of its page: they may have lost their place meanwhile."""
    try:
        return scope.desk.acting(scope.person.email)
    except NotAllowed:
        st.rerun()


def show() -> Scope:
    """The scope of the person at the screen; shows what is missing and stops the page where there is none."""
    frame.require()
    look.show()
    try:
        desk = _desk()
        scope = desk.acting(_email(desk))
        asked.carry_out()
        return scope
    except NotAllowed as refusal:
        frame.close()
        st.title(_("No place at this desk"), anchor=False)
        st.error(look.plain(refusal), icon=":material/block:")
        sign_out()
    except StraydeskError as problem:
        frame.close()
        st.error(look.plain(problem.sentence), icon=":material/error:")
        if problem.hint:
            st.info(problem.hint)
    raise st.stop()  # it does not come back; this tells the linter so


def _email(desk: Desk) -> str:
    if not has_provider():
        refuse_the_network()
        return str(st.session_state.get("acting_as") or _first_at_hand(desk))
    if not st.user.is_logged_in:
        _ask_to_sign_in()
    if not is_verified():
        raise NotAllowed(_("Your identity provider has not verified your e-mail address."),
                         _("Have it verified there, then sign in again."))  # fmt: skip
    return str(st.user.get("email") or "")


def _ask_to_sign_in() -> None:
    """A button for each provider, and nothing else."""
    frame.close()
    st.title("Straydesk", anchor=False)
    named = [name for name, value in st.secrets["auth"].items() if isinstance(value, Mapping) and "client_id" in value]
    for name in named or [None]:
        label = _("Sign in with {provider}").format(provider=look.plain(name.title())) if name else _("Sign in")
        st.button(label, key=f"sign-in-{name}", on_click=st.login, args=(name,), type="primary",
                  icon=":material/login:")  # fmt: skip
    if st.query_params:  # whoever has signed in comes back to the first page
        st.caption(_("You came by a link. Open it once more when you have signed in."))
    st.stop()


def _first_at_hand(desk: Desk) -> str:
    """The person a machine without sign-in starts as: somebody who works on the queue, if there is one."""
    people = desk.persons()
    if not people:
        raise NotAllowed(_("Nobody works at this desk yet."), _("Add a [[person]] to the configuration."))
    return min(people, key=lambda person: (person.role != "lead", person.role != "agent")).email


def sign_out() -> None:
    """A button to sign out, where somebody is signed in."""
    if has_provider() and st.user.is_logged_in:
        st.button(_("Sign out"), on_click=st.logout, icon=":material/logout:")
