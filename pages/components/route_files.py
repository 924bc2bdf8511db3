"""The route set as a file: read, checked and tried before it is imported; written for a review."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from core.backtesting import backtest
from core.conflicts import conflicts
from core.errors import StraydeskError
from core.language import _, n_
from core.route_set import export_routes, import_routes, missing_targets, problems
from core.routes import Route, read_routes
from core.scope import Scope
from pages.components import dialog, route_deed, route_findings, route_reading, route_tested, route_trial
from pages.components.look import box, text
from pages.components.reading import number

SHOWN = 5  # findings


def show(scope: Scope) -> None:
    """Both ways."""
    if (
        scope.administers
        and route_reading.sees_all(scope)
        and st.button(_("Import"), key="import", icon=":material/upload:", type="tertiary")
    ):
        dialog.show(_("Import routes"), "upload", _import, scope, width="large")
    st.download_button(_("Export"), lambda: export_routes(scope).encode(), "routes.toml", "application/toml",
                       key="export-routes", icon=":material/download:", on_click="ignore", type="tertiary",
                       help=_("The routes you see, in order, as TOML"))  # fmt: skip


def _import(scope: Scope) -> None:
    st.caption(_("A TOML file as Export writes it. It becomes the whole set, in its order; nothing is imported yet."))
    given = st.file_uploader(_("Routes"), type=["toml"], key="routes-file", label_visibility="collapsed")
    if given is None:
        return
    with _lying_in_a_file(given.getvalue()) as path:
        try:
            routes = read_routes(path)
        except StraydeskError as problem:
            for line in problem.sentence.splitlines():
                st.html(box(text(line.replace(str(path), given.name)), warn=True))
            return
        _try(scope, routes)
        despite = _breaks(scope, routes)
        if st.button(_("Import"), key="import-now", type="primary", shortcut="Mod+Enter",
                     disabled=bool(problems(scope, routes))):  # fmt: skip
            _take(scope, path, despite)


def _try(scope: Scope, routes: Sequence[Route]) -> None:
    """What can't work, what the routes do to one another, and what they would have done."""
    st.html(f'<div class="sd-head">{text(_count(routes))}</div>')
    grave = problems(scope, list(routes))
    for sentence in [*grave, *missing_targets(scope, list(routes))][:SHOWN]:
        st.html(box(text(sentence), warn=True))
    if grave:
        return
    today = {(each.kind, each.route, each.others) for each in route_reading.findings(scope)}
    found = [each for each in conflicts(scope, routes) if (each.kind, each.route, each.others) not in today]
    told = backtest(scope, routes)
    judgement = route_tested.judged(told)
    lines = [f'<span class="sd-strong">{text(line)}</span>' for line in route_tested.changes(told)]
    st.html(f'<div class="sd-head">{"<br>".join([*lines, text(judgement)])}</div>')
    for finding in found[:SHOWN]:
        st.html(route_findings.markup(finding))
    if len(found) > SHOWN:
        st.caption(_("And {count} more of less weight.").format(count=number(len(found) - SHOWN)))
    if told.changed:
        route_tested.samples(told, "import")


def _breaks(scope: Scope, routes: Sequence[Route]) -> bool:
    """Whether to import though pinned mails would go elsewhere."""
    if problems(scope, list(routes)):
        return False
    breaking = route_trial.breaks(scope, routes)
    route_trial.broken(breaking)
    return bool(len(breaking)) and st.checkbox(_("Import it though pinned mails would go elsewhere"), key="import-sure")


def _take(scope: Scope, path: Path, despite: bool) -> None:
    before = export_routes(scope)
    try:
        counts = import_routes(scope, path, despite_examples=despite)
    except StraydeskError as problem:
        st.html(box(text(problem), warn=True))
        return
    said = _("Imported: {changed} changed or new, {removed} removed, {unchanged} as they were.").format(
        **{name: number(count) for name, count in counts.items()})  # fmt: skip
    route_deed.remember(said, lambda scope, _id: _put_back(scope, before))
    dialog.close()


def _put_back(scope: Scope, before: str) -> str:
    with _lying_in_a_file(before.encode()) as path:
        import_routes(scope, path, despite_examples=True)
    return _("The routes are as they were before the import.")


def _count(routes: Sequence[Route]) -> str:
    return n_("{count} route in the file.", "{count} routes in the file.", len(routes)).format(
        count=number(len(routes)))  # fmt: skip


@contextmanager
def _lying_in_a_file(content: bytes) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "routes.toml"
        path.write_bytes(content)
        yield path
