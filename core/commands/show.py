"""`show`: one message, its fields and text, or its bytes."""

from pathlib import Path
from typing import Annotated, Any

import typer

from core import messages
from core.causes import causes
from core.commands.options import As, At, Id, Json, acting
from core.commands.printing import answer, answer_json, folded, harmless
from core.commands.saving import Saved, hand_over
from core.language import _
from core.measures import age, size
from core.retention.words import gone
from core.scope import Scope

WIDTH = 12  # of the names of fields
KINDS = ("to", "cc", "delivered", "reply_to")


def show(
    id: Id,
    raw: Annotated[bool, typer.Option("--raw", help="The bytes as they were received.")] = False,
    headers: Annotated[bool, typer.Option("--headers", help="Every header field, in order.")] = False,
    attachment: Annotated[
        str | None, typer.Option(metavar="PART", help="The content of one attachment, by the part that `show` prints.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where --raw or --attachment writes, if not to standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
    at: At = None,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """One message: its fields, recipients with their routes, attachments, history and text."""
    if sum((raw, headers, attachment is not None)) > 1:
        raise typer.BadParameter("Choose one of --raw, --headers and --attachment.")
    scope = acting(as_, at)
    if raw or attachment is not None:
        content = messages.raw(scope, id) if attachment is None else messages.attachment(scope, id, attachment)
        _hand_over(content, output, force, as_json)
    elif headers:
        _answer_headers(messages.header_fields(scope, id), as_json)
    else:
        _answer_message(_with_routes(scope, id), scope, as_json)


def _hand_over(content: bytes, output: Path | None, force: bool, as_json: bool) -> None:
    if as_json and output is None:
        raise typer.BadParameter("Bytes are no JSON: say with --output where they go.")
    saved: Saved | None = hand_over(content, output, force)
    if saved and as_json:
        answer_json(saved)
    elif saved:
        answer(_("Wrote {size} to {path}.").format(size=size(saved["size"]), path=saved["path"]))


def _answer_headers(fields: list[tuple[str, str]], as_json: bool) -> None:
    if as_json:
        answer_json([{"name": name, "value": value} for name, value in fields])
        return
    for name, value in fields:
        answer(folded(f"{name}: {value}"))


def _with_routes(scope: Scope, id: str) -> dict[str, Any]:
    """The message, with the route that took it beside each recipient."""
    found = messages.message(scope, id)
    routes = {(each["kind"], each["address"]): each["route"] for each in messages.why(scope, id)["recipients"]}
    for each in found["recipients"]:
        each["route"] = routes.get((each["kind"], each["address"]))
    return found


def _answer_message(found: dict[str, Any], scope: Scope, as_json: bool) -> None:
    if as_json:
        answer_json(found)
        return
    _answer_fields(found, scope)
    _answer_lists(found)
    if told := gone(found["removed"]):
        answer(told)
    answer()
    if found["text"] is None:
        answer(_("Analysts don't see the text of mail."))
    for line in harmless(found["text"] or "").split("\n"):
        answer(f"    {line}".rstrip())


def _answer_fields(found: dict[str, Any], scope: Scope) -> None:
    sender = f"{found['from_name']} <{found['from_address']}>".strip() if found["from_address"] else found["from_name"]
    _field(_("Id"), found["id"])
    _field(_("Subject"), found["subject"] or _("(no subject)"))
    _field(_("From"), sender or _("(no sender)"))
    for each in sorted(found["recipients"], key=lambda one: KINDS.index(one["kind"])):
        _field(each["kind"].replace("_", "-").capitalize(), _recipient(each))
    received, now = found["received_at"], scope.desk.now()
    _field(_("Received"), f"{received:%Y-%m-%d %H:%M} UTC ({age(received, now)})" if received else "")
    _field(_("Mailbox"), ", ".join(found["mailboxes"]))
    cause = causes().get(found["cause"]) if found["status"] == "unprocessed" else None
    _field(_("Status"), f"{found['status']}: {cause.short}. {cause.sentence}" if cause else found["status"])
    _field(_("Automatic"), found["automatic"])
    _field(_("Defects"), ", ".join(found["defects"]))


def _answer_lists(found: dict[str, Any]) -> None:
    for each in found["work_items"]:
        _field(_("Work item"), f"{each['reference']} ({each['status']}, {each['how']}) · {each['customer']} · "
               f"{each['contract']} · {each['service']}")  # fmt: skip
    for each in found["attachments"]:
        name, inline = each["name"] or _("(no name)"), _(", inline") if each["inline"] else ""
        _field(_("Part {part}").format(part=each["part"]),
               f"{name} ({each['content_type']}, {size(each['size'])}{inline})")  # fmt: skip
    for each in found["history"]:
        _field(_("History"), f"{each['happened_at']:%Y-%m-%d %H:%M} UTC · {each['action']} · {each['actor']}"
               + (f" · {each['reason']}" if each["reason"] else ""))  # fmt: skip


def _field(name: str, value: str) -> None:
    if value:
        answer(f"{name:<{WIDTH}}{folded(value)}")


def _recipient(each: dict[str, Any]) -> str:
    shown = f"{each['name']} <{each['address']}>" if each["name"] else each["address"]
    if not each["valid"]:
        return _("{address} (not a valid address)").format(address=shown)
    return f"{shown} → {each['route']}" if each["route"] else shown
