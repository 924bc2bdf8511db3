"""`routes check`: what can't work in a route set, and what its routes do to one another."""

from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands.options import As, Json, acting
from core.commands.printing import answer, answer_json, folded
from core.conflicts import Finding, conflicts
from core.errors import StraydeskError
from core.language import _
from core.route_set import check_routes as said_of_each
from core.routes import Route, read_routes
from core.scope import Scope

ON_A_SCREEN = 20  # findings of each gravity
SAID_ALREADY = ("target_missing", "mailbox_gone")


def check_routes(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Routes as TOML; left out, the route set in force.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as problems, too.")] = False,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Say what can't work in a file of routes or in the set in force, which routes never fire, and which get in one
    another's way.

    Ends with 1 when there is a problem: what can't work, or a route that others leave nothing to. Warnings are only
    told. What somebody acknowledged as intended counts for nothing.
    """
    scope = acting(as_)
    problems = said_of_each(scope, file)
    findings = [] if file and not _readable(scope, file) else _findings(scope, read_routes(file) if file else None)
    if as_json:
        answer_json({"problems": problems, "findings": [as_data(each) for each in findings]})
    else:
        _tell(problems, findings)
    counting = {"problem", "warning", "information"} if strict else {"problem"}
    if problems or any(each.severity in counting and not each.acknowledged_by for each in findings):
        raise typer.Exit(1)


def as_data(finding: Finding) -> dict[str, Any]:
    """A finding for other programs."""
    names = ("kind", "severity", "route", "others", "why", "mails", "days", "sentence", "advice", "acknowledged_by")
    return {name: getattr(finding, name) for name in names} | {"fix": finding.fix}


def _readable(scope: Scope, file: Path) -> bool:
    """Whether the file holds routes, and all their patterns can be tried."""
    try:
        patterns = {route.subject_regex for route in read_routes(file) if route.subject_regex}
    except StraydeskError:
        return False
    with scope.store.reading() as db:
        return all(db.accepts(each) for each in patterns)


def _findings(scope: Scope, draft: list[Route] | None) -> list[Finding]:
    return [each for each in conflicts(scope, draft) if (each.why or each.kind) not in SAID_ALREADY]


def _tell(problems: list[str], findings: list[Finding]) -> None:
    for problem in problems or ([] if findings else [_("Nothing is wrong.")]):
        answer(folded(problem))
    titles = {"problem": _("Problems"), "warning": _("Warnings"), "information": _("Good to know")}
    for severity, title in titles.items():
        told = [each for each in findings if each.severity == severity]
        if told:
            answer(f"{title} ({len(told)})")
        for each in told[:ON_A_SCREEN]:
            answer("  " + folded(f"{each.sentence} {_after(each)}"))
        if len(told) > ON_A_SCREEN:
            answer("  " + _("… and {count} more; --json has all").format(count=len(told) - ON_A_SCREEN))


def _after(finding: Finding) -> str:
    if finding.acknowledged_by:
        return _("Intended, says {person}.").format(person=finding.acknowledged_by)
    return finding.advice
