"""Everything that can go wrong and that a person should read about.

Each error carries one sentence for people and, where there is something to do, a hint that says what.
"""


class StraydeskError(Exception):
    """The root of the tree: `sentence` says what happened, `hint` what to do about it."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}".strip()


class ConfigurationProblem(StraydeskError):
    """The configuration file or the environment says something that can't work."""


class InvalidInput(StraydeskError):
    """What the person gave can't be used as it is."""


class TooMuch(InvalidInput):
    """What was asked for would take more time or memory than it may."""


class TooSlow(TooMuch):
    """It was broken off when its time was over."""


class NotAllowed(StraydeskError):
    """The acting person's role does not permit this."""


class NotFound(StraydeskError):
    """It does not exist, or lies outside the acting person's scope: the two look the same on purpose."""


class Removed(NotFound):
    """It was there, and went when its time was over (core/retention)."""


class ChangedMeanwhile(StraydeskError):
    """Somebody was faster: what was to be changed is no longer as it was shown."""


class SourceProblem(StraydeskError):
    """A mailbox can't be read: its address, password, certificate, server or folder."""


class NotLetIn(SourceProblem):
    """The server, or who gives out its tokens, refuses the sign-in: trying often would only lock the account."""


class MailboxHeld(StraydeskError):
    """Another collector has the mailbox: it is collected, only not here."""


class MailboxLost(StraydeskError):
    """Another collector has taken the mailbox over from this one."""


class SendingProblem(StraydeskError):
    """Something could not be sent: the other system or the mail server did not take it."""


class StoreProblem(StraydeskError):
    """The store can't be used: missing folder, wrong file, full disk."""


class StoreBusy(StoreProblem):
    """The store was held by others for longer than we were willing to wait."""
