"""The smallest change of a route that would let it catch a mail it missed."""

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from pydantic import ValidationError

from core.language import _
from core.routes import Route
from core.surroundings import SHARED_DOMAINS

WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True)
class Missed:
    """A mail as far as conditions look at it, with the address that a route missed."""

    address: str
    mailbox: str
    from_address: str
    from_domain: str
    subject: str
    list_id: str


@dataclass
class Edit:
    """What changes in a route, with a sentence for each change; `as_copy`: the route itself can't take it."""

    route: Route
    changes: dict[str, Any] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)
    as_copy: bool = False

    def change(self, name: str, value: Any, sentence: str, as_copy: bool = False) -> None:
        """One field more that gets another value."""
        self.changes[name] = value
        self.sentences.append(sentence.format(value=value if isinstance(value, str) else ""))
        self.as_copy = self.as_copy or as_copy

    def result(self) -> Route | None:
        """The route as it would be; None where that can't be a route."""
        what = next((self.changes[name] for name in ("recipient", "list_id", "mailbox") if self.changes.get(name)), "")
        copied = {"name": f"{self.route.name} ({what})", "active": True} if self.as_copy else {}
        try:
            return Route.model_validate(self.route.model_dump() | copied | self.changes)
        except ValidationError:
            return None


def smallest_edit(route: Route, failed: list[str], missed: Missed, sender_is: str | None) -> Edit:
    """What would have to change so that each of the conditions that failed holds."""
    edit = Edit(route)
    for condition in failed:
        if condition == "sender":
            _sender(edit, missed, sender_is)
        elif condition == "subject_contains":
            _subject(edit, missed.subject)
        else:
            _other(edit, condition, missed)
    return edit


def _other(edit: Edit, condition: str, missed: Missed) -> None:
    of_list = bool(missed.list_id)
    name, value, sentence, as_copy = {
        "inactive": ("active", True, _("Switch the route on."), False),
        "recipient": ("recipient", missed.address, _("Add a route like it for {value}."), True),
        "match_delivered": ("match_delivered", True, _("Let it catch blind copies, too."), False),
        "mailbox": ("mailbox", missed.mailbox, _("Add a route like it for the mailbox “{value}”."), True),
        "subject_regex": ("subject_regex", None, _("Leave the pattern for the subject out."), False),
        "body_contains": ("body_contains", [], _("Leave the words in the text out."), False),
        "has_attachment": ("has_attachment", None, _("Don't look at attachments."), False),
        "list_id": ("list_id", missed.list_id or None, _("Add a route like it for the mailing list {value}.") if of_list
                    else _("Don't look at the mailing list."), of_list),
    }[condition]  # fmt: skip
    edit.change(name, value, sentence, as_copy)


def _sender(edit: Edit, missed: Missed, sender_is: str | None) -> None:
    """The sender itself, or the whole domain where the route goes by domains or knows several senders of it."""
    known = edit.route.sender
    here = [each for each in known if each.endswith(f"@{missed.from_domain}")]
    by_domain = sender_is == "sub_domain" and any(each.startswith("*@") for each in known)
    if not missed.from_address:
        edit.change("sender", [], _("Let it catch mail of any sender."))
    elif missed.from_domain not in SHARED_DOMAINS and (by_domain or len(here) > 1):
        pattern = f"*@{missed.from_domain}"
        edit.change("sender", [*(each for each in known if each not in here), pattern],
                    _("Add all senders at {domain}.").replace("{domain}", missed.from_domain))  # fmt: skip
    else:
        edit.change("sender", [*known, missed.from_address],
                    _("Add the sender {address}.").replace("{address}", missed.from_address))  # fmt: skip


def _subject(edit: Edit, subject: str) -> None:
    """A word of the subject: the one most like those that the route knows, else the longest."""
    known = edit.route.subject_contains
    words = WORD.findall(subject.lower())
    if not words:
        edit.change("subject_contains", [], _("Leave the words in the subject out."))
        return
    best = max(words, key=lambda word: (max(_likeness(word, each) for each in known) > 0.75, len(word)))
    edit.change("subject_contains", [*known, best], _("Add the word “{word}” for the subject.").replace("{word}", best))


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
