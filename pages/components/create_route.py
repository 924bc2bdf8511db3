"""While a work item is created: a route for mail like this, drafted from the chosen messages and shown first."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.drafting import Draft, draft_from
from core.errors import StraydeskError
from core.language import _, n_, spoken
from core.one_route import set_mark
from core.route_checks import route_problems
from core.route_words import route_conditions
from core.routes import Route, Target
from core.scope import Scope
from pages.components import route_findings
from pages.components.doing import Chosen
from pages.components.look import box, row, soft, text
from pages.components.reading import age, number

CONFLICTS, SAMPLES = 3, 6  # shown


def asked() -> bool:
    """The tick: whether to make a route as well."""
    return st.checkbox(_("Make a route for mail like this"), key="create-route-too",
                       help=_("From now on such mail becomes a work item of its own accord."))  # fmt: skip


def likely(targets: Sequence[Target], said: Callable[[Target], str]) -> Target | None:
    """A likely target, the first unless another is chosen; None: it is chosen from the lists."""
    if not targets:
        return None
    names = {place: said(target) for place, target in enumerate(targets)} | {-1: _("Another one")}
    place = st.selectbox(_("It opens a"), list(names), format_func=lambda each: names[each], key="create-route-target")
    return targets[place] if place >= 0 else None


def show(scope: Scope, chosen: Chosen, target: Target | None) -> Route | None:
    """The draft for this target: what it says, what it would catch, what it meets. None where none can be made."""
    if target is None:
        st.caption(_("Choose what it opens; then the route is drafted here."))
        return None
    try:
        draft = _drafted(scope, str(scope.store), scope.mailboxes, spoken(), set_mark(scope), tuple(chosen),
                         target.model_dump_json())  # fmt: skip
    except StraydeskError as problem:
        st.html(box(text(problem), warn=True))
        st.caption(_("Create makes the work item without a route."))
        return None
    name = st.text_input(_("Name of the route"), draft.route.name, key=f"create-route-name-{draft.route.name}")
    route = draft.route.model_copy(update={"name": name.strip() or draft.route.name})
    problems = route_problems(scope, route)
    with st.container(key="create-route-draft"):
        _words(scope, draft)
        for sentence in problems:
            st.html(box(text(sentence), warn=True))
        for finding in draft.conflicts[:CONFLICTS]:
            st.html(route_findings.markup(finding))
        _samples(draft)
    if problems:
        st.caption(_("Create makes the work item without a route."))
    return None if problems else route


@st.cache_data(ttl=60, max_entries=32, show_spinner=False)
def _drafted(_scope: Scope, store: str, mailboxes: tuple[str, ...], language: str, mark: int, ids: tuple[str, ...],
             target: str) -> Draft:  # fmt: skip
    return draft_from(_scope, ids, Target.model_validate_json(target))


def _words(scope: Scope, draft: Draft) -> None:
    count, otherwise, missed = draft.count, draft.otherwise, len(draft.uncovered)
    caught = n_("Would have caught {count} mail of the last 90 days.",
                "Would have caught {count} mails of the last 90 days.", count)  # fmt: skip
    other = n_("▲ {count} of them people decided otherwise.", "▲ {count} of them people decided otherwise.", otherwise)
    beside = n_("▲ It does not catch {count} of those chosen; no single route can.",
                "▲ It does not catch {count} of those chosen; no single route can.", missed)  # fmt: skip
    strong = f'<span class="sd-strong">{text(caught.format(count=number(count)))}</span>'
    lines = [row(_("Catches"), text(route_conditions(draft.route))), row(_("So far"), strong)]
    for several, words in ((otherwise, other), (missed, beside)):
        lines += [row("", text(words.format(count=number(several))))] if several else []
    lines.append(row(_("Counts"), soft(_counts(scope))))
    st.html(f'<div class="sd-head">{"".join(lines)}</div>')


def _counts(scope: Scope) -> str:
    """From when on the route is in force, and who looks at it."""
    if scope.administers:
        return str(_("At once."))
    if scope.desk.configuration.settings.routes_need_approval:
        return str(_("Once a lead or administrator has acknowledged it."))
    return str(_("At once; it is marked until a lead or administrator acknowledges it."))


def _samples(draft: Draft) -> None:
    rows = draft.samples.head(SAMPLES)
    if rows.empty:
        return
    column = st.column_config.TextColumn
    st.dataframe({
        "subject": list(rows["subject"]), "age": [age(at.to_pydatetime()) for at in rows["received_at"]],
        "became": [became or _("waits") for became in rows["became"]], "from": list(rows["from_address"]),
    }, hide_index=True, height="content", row_height=32, key="create-route-samples", alt=_("Mails it would catch"),
        column_config={"subject": column(_("Subject"), width=170), "age": column(_("Age"), width=50),
                       "became": column(_("Became"), width=180), "from": column(_("From"), width=170)})  # fmt: skip
