"""What routing concluded about a mail and what did not hold for it, in words."""

from html import escape
from typing import Any

from core.causes import causes
from core.language import _
from pages.components.look import text


def ended(told: dict[str, Any]) -> str:
    """How routing ended, as markup."""
    cause = causes().get(told["cause"] or "")
    if cause and told["status"] == "unprocessed":
        return f'<span class="sd-strong">{escape(cause.short)}.</span> {escape(cause.sentence)}'
    by = str(told["evidence"] or "?")
    words = {
        "route": _("A route took it."),
        "delivered": _("A route took it by the address it was delivered to."),
        "reply": _("It answers mail of an open work item, so it went there and no route was asked."),
        "block": _("Its sender is blocked ({what}), so no route was asked.").format(what=by),
        "limits": _("It is over a limit or can't be read, so no route was asked."),
        "own_address": _("It comes from one of our own mailboxes, so no route was asked."),
        "flood": _("Too many automatic mails of this sender came ({what}), so no route was asked.").format(what=by),
        "none": _("No route took it; people decided it."),
    }
    return text(words.get(told["step"], _("It was decided by people.")))


def before(told: dict[str, Any]) -> list[str]:
    """What was found out before any route was asked, as sentences: a block that did not count, an automatic mail."""
    lines = []
    if told["spared_by"]:
        lines.append(_("It would have been blocked ({block}), but is let through ({allow}).").format(
            block=told["spared_from"], allow=told["spared_by"]))  # fmt: skip
    if told["automatic"]:
        lines.append(_("No person wrote it by hand: {header}").format(header=told["automatic"]))
    return [text(line) for line in lines]


def failures() -> dict[str, str]:
    """What did not hold, by the code of the condition."""
    return {
        "mailbox": _("it came to another mailbox"), "sender": _("it has another sender"),
        "subject_contains": _("its subject has none of the words"),
        "subject_regex": _("its subject does not match the pattern"),
        "body_contains": _("its text has none of the words"), "list_id": _("it did not come by that list"),
        "has_attachment": _("it has no attachment, or one that it must not have"),
        "recipient": _("it goes to another address"), "inactive": _("the route is switched off"),
        "match_delivered": _("the route takes no blind copies"),
    }  # fmt: skip
