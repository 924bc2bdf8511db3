"""Ask why: what would become of any mail if it came just now, and what would let a route catch it."""

from hashlib import sha256

import streamlit as st

from core.errors import StraydeskError
from core.language import _
from core.near_misses import near_misses_of_mail
from core.why_anything import why_mail
from pages.components import sign_in, why_asked, why_fixes, why_message, why_trace
from pages.components.look import box, soft, text

scope = sign_in.show()

st.title(_("Ask why"), anchor=False)
st.html(soft(_("What would become of a mail if it came now. Nothing is stored.")))
if not scope.mailboxes:
    st.info(_("You have no mailbox."), icon=":material/inbox:")
    st.stop()

left, right = st.columns([9, 11], gap="large")
with left, st.container(key="why-asked"):
    asked = why_asked.show(scope)
with right, st.container(key="why-answer"), scope.store.reading():
    if asked is None:
        st.info(_("Give a mail at the left; here stands what would become of it, and why."), icon=":material/help:")
        st.stop()
    raw, mailbox = asked.raw, asked.mailbox
    try:
        told = why_mail(scope, raw, mailbox)
    except StraydeskError as problem:
        st.html(box(text(problem), warn=True))
        st.stop()
    why_trace.opens(told)
    if told["stored_as"]:
        st.html(box(text(_("This very mail is here already; what follows is what became of it."))))
        why_message.show(scope, told["stored_as"], mailbox)
    else:
        why_trace.show(scope, told)
        if why_message.fixable(told):
            why_fixes.show(scope, f"{sha256(raw).hexdigest()} {mailbox}", mailbox,
                           lambda: near_misses_of_mail(scope, raw, mailbox))  # fmt: skip
