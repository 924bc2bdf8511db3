"""What a block or an allow is made of, asked the same way from the queue and on its page; and what it would hit."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import streamlit as st

from core.blocked import Kind, WouldBlock, would_block
from core.errors import StraydeskError
from core.language import _, n_
from core.scope import Scope
from core.surroundings import SHARED_DOMAINS
from pages.components.look import box, plain, soft, text
from pages.components.reading import day, number, typed_date, zone

EVERYWHERE = ""
THIRTY = timedelta(days=30)


def kind_words() -> dict[Kind, str]:
    """What an entry can be about, in the language in use, by its code."""
    return {"address": _("address"), "domain": _("domain"), "list_id": _("mailing list")}


def where(scope: Scope, boxes: list[str]) -> str | None:
    """The mailbox it is about; None: everywhere, for those who may decide that."""
    options = [*boxes, *([EVERYWHERE] if scope.administers else [])]
    chosen = st.selectbox(_("Where"), options, key="block-where", format_func=lambda one: one or _("In every mailbox"))
    return chosen or None


def until(scope: Scope, given: datetime | None = None) -> datetime | None:
    """When it ends, in UTC; None: it does not."""
    words = {"never": _("never"), "month": _("in 30 days"), "day": _("on a day")}
    first = "day" if given else "never"
    chosen = st.radio(_("It ends"), list(words), format_func=lambda code: words[code], key="block-until",
                      horizontal=True, index=list(words).index(first))  # fmt: skip
    if chosen == "month":
        return scope.desk.now() + THIRTY
    if chosen != "day":
        return None
    today = scope.desk.now().replace(tzinfo=UTC).astimezone(zone()).date()
    # The day named is the last one; what is kept is the moment when it is over.
    moment = given - timedelta(microseconds=1) if given else None
    last = moment.replace(tzinfo=UTC).astimezone(zone()).date() if moment else today + THIRTY
    picked = st.date_input(_("Its last day"), max(last, today), min_value=today, key="block-day", format=typed_date())
    return datetime.combine(picked + timedelta(days=1), time(), zone()).astimezone(UTC).replace(tzinfo=None)


def owner(scope: Scope, given: str = "") -> str:
    """Who is asked about it; the person at the screen first."""
    people = {scope.person.email: scope.person.name or scope.person.email}
    people |= {one.email: one.name or one.email for one in scope.desk.persons() if one.role != "analyst"}
    known = list(people)
    return str(st.selectbox(_("Owner"), known, index=known.index(given) if given in known else 0, key="block-owner",
                            format_func=lambda email: people[email], help=_("Who can be asked about it.")))  # fmt: skip


def insisting(scope: Scope, kind: Kind, value: str) -> bool:
    """For a domain where anybody can have an address: whether an administrator insists."""
    domain = value.strip().lower().removeprefix("*").removeprefix("@")
    if kind != "domain" or domain not in SHARED_DOMAINS:
        return False
    told = _("Anybody can have an address at {domain}, customers as well.").format(domain=domain)
    st.html(box(text(told), warn=True))
    if scope.person.role != "administrator":
        st.caption(_("Block the single address. Only an administrator who insists can block all of it."))
        return False
    return bool(st.checkbox(_("Delete the mail of everybody there, whoever they are"), key="block-insist"))


def preview(scope: Scope, kind: Kind, value: str, mailbox: str | None) -> WouldBlock | None:
    """What a block would have hit so far, said and shown; None where there can't be one."""
    try:
        would = would_block(scope, kind, value, mailbox)
    except StraydeskError as problem:
        st.caption(plain(problem))
        return None
    st.caption(n_("It would have hit {count} message so far: {waiting} waits, {work} became work.",
                  "It would have hit {count} messages so far: {waiting} wait, {work} became work.",
                  would.messages).format(count=number(would.messages), waiting=number(would.waiting),
                                         work=number(would.became_work)))  # fmt: skip
    if would.spared:
        st.caption(n_("{count} message more is let through by an allow.", "{count} messages more are let through by an "
                      "allow.", would.spared).format(count=number(would.spared)))  # fmt: skip
    if would.became_work:
        st.html(box(_examples(would), warn=True))
    elif would.examples:
        st.html(box(_examples(would)))
    return would


def _examples(would: WouldBlock) -> str:
    head = n_("{count} mail of theirs became work. Blocked, it would have been deleted on arrival:",
              "{count} mails of theirs became work. Blocked, they would have been deleted on arrival:",
              would.became_work) if would.became_work else _("For example:")  # fmt: skip
    lines = [text(head.format(count=number(would.became_work))), *map(_example, would.examples)]
    return "<br>".join(lines)


def _example(one: dict[str, Any]) -> str:
    states = {"unprocessed": _("waits"), "deleted": _("deleted"), "processed": _("processed")}
    told = f"{day(one['received_at'])} · {one['work_items'] or states[one['status']]}"
    subject = str(one["subject"] or _("(no subject)"))
    return f"{text(subject[:80])} {soft(told)}"
