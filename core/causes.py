"""Why a message is unprocessed: the codes are a public contract (DESIGN §3), the sentences are for people."""

from dataclasses import dataclass

from core.language import _


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause in a few words, in a sentence, and who can do something about it."""

    code: str
    short: str
    sentence: str
    who: str


def causes() -> dict[str, Cause]:
    """Every cause by its code, in the language in use."""
    lead, admin, agent = _("a lead, with a route"), _("an administrator"), _("an agent, by hand")
    every = [
        Cause("no_route", _("No route"), _("No active route names any To or Cc address of this message."), lead),
        Cause("bcc_only", _("Bcc only"), _("It names no To and no Cc address: it reached us by Bcc."), agent),
        Cause("conditions_not_met", _("Conditions not met"),
              _("An address has a route, but sender, subject or another condition did not hold."), lead),
        Cause("no_valid_address", _("No valid address"),
              _("Every To and Cc address is malformed, such as a distribution list's name."), agent),
        Cause("own_address", _("Own address"), _("It comes from one of our own mailboxes and could loop."), agent),
        Cause("target_missing", _("Target missing"), _("A route matched, but what it opens no longer exists."), admin),
        Cause("flood", _("Flood"), _("More than 20 automatic messages of this sender came within an hour."), lead),
        Cause("too_large", _("Too large"), _("It is over a limit, so only part of it was read."), admin),
        Cause("unparsable", _("Unreadable"), _("It could not be read as a mail."), admin),
    ]  # fmt: skip
    return {cause.code: cause for cause in every}
