"""`why`: why a message is where it is."""

from typing import Any

from core.causes import causes
from core.commands.options import As, Id, Json, acting
from core.commands.printing import answer, answer_json, folded
from core.language import _
from core.messages import why as reasons

ON_A_SCREEN = 12  # routes tried, for one address


def why(id: Id, as_: As = None, as_json: Json = False) -> None:
    """Why a message waits: each address it names, and the routes that were tried for it, the nearest miss first."""
    found = reasons(acting(as_), id)
    if as_json:
        answer_json({"cause": found["cause"], "recipients": [_recipient(each) for each in found["recipients"]]})
        return
    answer(_conclusion(found))
    for recipient in found["recipients"]:
        _answer_recipient(recipient)


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
