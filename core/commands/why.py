"""`why`: why a message is where it is, or where a mail in a file would be, and what would let a route catch it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from core.causes import causes
from core.commands.options import As, Json, acting
from core.commands.printing import answer, answer_json, folded
from core.errors import InvalidInput
from core.language import _
from core.messages import why as reasons
from core.near_misses import NearMiss, near_misses, near_misses_of_mail
from core.scope import Scope
from core.why_anything import why_mail

ON_A_SCREEN = 12  # routes tried, for one address

Id = Annotated[str | None, typer.Argument(metavar="[ID]", help="A message, by the id that `queue` prints.")]
Eml = Annotated[Path | None, typer.Option("--eml", metavar="FILE", help="A mail that is not stored, as a file.")]
Mailbox = Annotated[str | None, typer.Option("--mailbox", metavar="NAME", help="With --eml: the mailbox it comes to.")]
Fixes = Annotated[bool, typer.Option("--fixes", help="Also the smallest edits of routes that would catch it.")]


def why(
    id: Id = None, eml: Eml = None, mailbox: Mailbox = None, fixes: Fixes = False, as_: As = None, as_json: Json = False
) -> None:
    """Why a message waits: each address it names, and the routes that were tried for it, the nearest miss first.

    With --eml and --mailbox: what would become of a mail if it came now. Nothing is stored.
    """
    if (id is None) == (eml is None) or (eml is None) != (mailbox is None):
        raise typer.BadParameter(_("Give either ID, or --eml FILE with --mailbox NAME."))
    found, missed = _asked(acting(as_), id, eml, mailbox or "", fixes)
    if as_json:
        recipients = [_recipient(each) for each in found["recipients"]]
        suggested = {"fixes": [_as_data(each) for each in missed]} if fixes else {}
        answer_json({"cause": found["cause"], "recipients": recipients} | suggested)
        return
    answer(_conclusion(found))
    if found["spared_by"]:
        answer(folded(_("It would have been blocked ({block}), but is let through ({allow}).").format(
            block=found["spared_from"], allow=found["spared_by"])))  # fmt: skip
    if found["automatic"]:
        answer(folded(_("No person wrote it by hand: {header}").format(header=found["automatic"])))
    for recipient in found["recipients"]:
        _answer_recipient(recipient)
    for miss in missed:
        _answer_miss(miss)


def _asked(scope: Scope, id: str | None, eml: Path | None, mailbox: str, fixes: bool) -> tuple[
        dict[str, Any], list[NearMiss]]:  # fmt: skip
    if eml is None:
        return reasons(scope, id or ""), near_misses(scope, id or "") if fixes else []
    try:
        raw = eml.read_bytes()
    except OSError as error:
        raise InvalidInput(_("The file {file} can't be read.").format(file=eml),
                           _("Check its name and its permissions.")) from error  # fmt: skip
    return why_mail(scope, raw, mailbox), near_misses_of_mail(scope, raw, mailbox) if fixes else []


def _as_data(miss: NearMiss) -> dict[str, Any]:
    names = ("address", "kind", "route", "failed", "closeness", "replacing", "change", "warning", "promise", "caught",
             "agreeing", "taken")  # fmt: skip
    return {name: getattr(miss, name) for name in names} | {"edit": miss.edit.model_dump(exclude_defaults=True)}


def _answer_miss(miss: NearMiss) -> None:
    answer(folded(f"{miss.address} ← {miss.route}: {miss.change} {miss.promise} {miss.warning}"))


def _recipient(found: dict[str, Any]) -> dict[str, Any]:
    tried = [{name: each[name] for name in ("route", "version", "failed")} for each in found["routes_tried"]]
    return {"address": found["address"], "kind": found["kind"], "route": found["route"], "routes_tried": tried}


def _conclusion(found: dict[str, Any]) -> str:
    if found["status"] == "unprocessed" and found["cause"]:
        cause = causes()[found["cause"]]
        return f"{cause.short}. {cause.sentence} " + _("Who can help: {who}.").format(who=cause.who)
    by = f" ({folded(found['evidence'])})" if found["evidence"] else ""
    return _("It is {status}; routing ended at “{step}”{by}.").format(
        status=found["status"], step=found["step"], by=by)  # fmt: skip


def _answer_recipient(found: dict[str, Any]) -> None:
    route = f"→ {found['route']}" if found["route"] else _("no route") if found["valid"] else _("not a valid address")
    answer(folded(f"{found['address']} ({found['kind']}): {route}"))
    tried = found["routes_tried"]
    for each in tried[:ON_A_SCREEN]:
        missed = _("failed: {conditions}").format(conditions=", ".join(each["failed"])) if each["failed"] else (
            _("its target does not exist") if each["outcome"] == "target_missing" else _("caught it"))  # fmt: skip
        answer("  " + folded(f"{each['route']} (v{each['version']}): {missed}"))
    if len(tried) > ON_A_SCREEN:
        answer("  " + _("… and {count} more; --json has all").format(count=len(tried) - ON_A_SCREEN))
