"""What became of an action on work items, a block or a hold: a line for people, and the batch that undoes it."""

from dataclasses import dataclass

from core.language import _, n_
from core.outcome import Outcome


@dataclass(frozen=True, slots=True)
class ItemOutcome(Outcome):
    """`action` is merge, close or reopen; `references` are the items, `into` the one they were merged into."""

    into: str = ""

    def __str__(self) -> str:
        where = ", ".join(self.references[:3]) + ("…" if len(self.references) > 3 else "")
        done = {
            "merge": _("Merged {where} into {into}."), "close": _("Closed {where}."),
            "reopen": _("Opened {where} again."),
        }[self.action]  # fmt: skip
        return done.format(where=where, into=self.into)


@dataclass(frozen=True, slots=True)
class Lifted(Outcome):
    """A block or an allow was lifted; that is not undone but done again, by making another."""

    value: str = ""
    still_deleted: int = 0
    effect: str = "block"

    def __str__(self) -> str:
        if self.effect == "allow":
            return _("{value} is let through no more where a block is in force.").format(value=self.value)
        lifted = _("Lifted the block of {value}: their new mail is decided as any other.").format(value=self.value)
        stays = n_("{count} message it deleted stays deleted until you restore it.",
                   "{count} messages it deleted stay deleted until you restore them.", self.still_deleted).format(
                       count=self.still_deleted)  # fmt: skip
        return f"{lifted} {stays}" if self.still_deleted else lifted


@dataclass(frozen=True, slots=True)
class Changed(Outcome):
    """A block or an allow has another end or owner."""

    value: str = ""

    def __str__(self) -> str:
        return _("Changed what is kept about {value}.").format(value=self.value)


@dataclass(frozen=True, slots=True)
class Held(Outcome):
    """A hold was put on something, or lifted."""

    value: str = ""

    def __str__(self) -> str:
        if self.action == "hold":
            return _("Held: nothing of {value} is removed until the hold is lifted.").format(value=self.value)
        return _("Not held any more: {value}.").format(value=self.value)
