"""The words of the administration: what people type, made sound as in the configuration, and what they are told."""

from collections.abc import Iterable
from typing import get_args

from core.configuration_file import Role
from core.errors import InvalidInput
from core.language import _
from core.parsing.addresses import valid_address

LONGEST = 200  # characters of a name


def address(text: str) -> str:
    """An e-mail address as parsing writes it. Raises InvalidInput."""
    valid = valid_address(text.strip())
    if not valid:
        raise InvalidInput(_("“{text}” is no e-mail address.").format(text=text[:LONGEST]),
                           _("Write it like ana@desk.example."))  # fmt: skip
    return valid[0]


def named(text: str, taken: Iterable[object] = ()) -> str:
    """A name without needless space, different from those taken even in lower case. Raises InvalidInput."""
    name = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    if not name or len(name) > LONGEST:
        raise InvalidInput(_("A name has between 1 and {most} characters.").format(most=LONGEST))
    if name.casefold() in {str(each).casefold() for each in taken}:
        raise InvalidInput(_("“{name}” is there already.").format(name=name), _("Choose another name."))
    return name


def role(text: str) -> str:
    """A role. Raises InvalidInput for a word that is none."""
    if text not in get_args(Role):
        raise InvalidInput(_("“{text}” is no role.").format(text=text[:LONGEST]),
                           _("Choose one of {roles}.").format(roles=", ".join(get_args(Role))))  # fmt: skip
    return text


def told(action: str, subject: str) -> str:
    """A change of the administration in a sentence; `action` is its stable code."""
    return {
        "person_add": _("Person added: {subject}."), "person_change": _("Person changed: {subject}."),
        "person_remove": _("Person removed: {subject}."), "team_add": _("Team added: {subject}."),
        "team_rename": _("Team renamed: {subject}."), "team_members": _("Members of a team changed: {subject}."),
        "team_remove": _("Team removed: {subject}."), "mailbox_change": _("Mailbox changed: {subject}."),
        "service_add": _("Service added: {subject}."), "service_rename": _("Renamed: {subject}."),
        "service_remove": _("Removed: {subject}."), "revert": _("Taken back: {subject}."),
    }[action].format(subject=subject)  # fmt: skip
