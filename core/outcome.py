"""What became of an action: what was done, what somebody else had done meanwhile, and how to undo it."""

from dataclasses import dataclass, field
from datetime import datetime

from core.language import _, n_


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A message that was left alone because it had changed: who did what, and when (UTC)."""

    id: str
    subject: str
    actor: str
    action: str
    happened_at: datetime | None

    def __str__(self) -> str:
        done = {"create": _("created a work item"), "attach": _("attached it"), "delete": _("deleted it"),
                "restore": _("restored it"), "undo": _("undid the last change"), "append": _("appended it"),
                "merge": _("merged its item"), "claim": _("claimed it"), "release": _("released it"),
                "hand_over": _("handed it over"), "snooze": _("put it aside"), "wake": _("brought it back"),
                "block": _("blocked its sender"), "replay": _("decided it again"),
                "reparse": _("read it again"), "repair": _("repaired it"), "unrepair": _("took a repair back"),
                }.get(self.action, _("changed it"))  # fmt: skip
        return _("“{subject}”: {actor} {done} at {time} UTC.").format(
            subject=self.subject or _("(no subject)"), actor=self.actor, done=done,
            time=self.happened_at.strftime("%Y-%m-%d %H:%M") if self.happened_at else "?")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """`batch` undoes it; `ids` are the messages changed, `references` the work items they went to; `blocked` is whom
    a block that was made or lifted is about, `allowed` whom an allow."""

    batch: str
    action: str
    ids: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    overtaken: list[Overtaken] = field(default_factory=list)
    blocked: str = ""
    allowed: str = ""

    def plus(self, later: "Outcome") -> "Outcome":
        """This and what was done later under the same batch."""
        references = [*self.references, *(one for one in later.references if one not in self.references)]
        return Outcome(self.batch, self.action, self.ids + later.ids, references, self.overtaken + later.overtaken)

    def __str__(self) -> str:
        count, where = len(self.ids), ", ".join(self.references[:3]) + ("…" if len(self.references) > 3 else "")
        done = {
            "create": n_("Created {where} from {count} message.", "Created {where} from {count} messages.", count),
            "attach": n_("Attached {count} message to {where}.", "Attached {count} messages to {where}.", count),
            "delete": n_("Deleted {count} message.", "Deleted {count} messages.", count),
            "restore": n_("Restored {count} message.", "Restored {count} messages.", count),
            "undo": n_("Undone for {count} message.", "Undone for {count} messages.", count)
            if count
            else _("Undone for {where}."),
            "claim": n_("You have {count} message.", "You have {count} messages.", count),
            "hand_over": n_("Handed over {count} message.", "Handed over {count} messages.", count),
            "release": n_("Released {count} message.", "Released {count} messages.", count),
            "snooze": n_("Put {count} message aside.", "Put {count} messages aside.", count),
            "wake": n_("Brought {count} message back.", "Brought {count} messages back.", count),
            "block": n_("Blocked, and deleted {count} message.", "Blocked, and deleted {count} messages.", count),
            "allow": _("{sender} is let through from now on, whatever is blocked."),
        }[self.action]
        about_sender = self.action in ("block", "allow")
        told = [done.format(count=count, where=where, sender=self.allowed)] if count or where or about_sender else []
        if self.action == "undo" and self.blocked:
            told.append(_("{sender} is not blocked any more.").format(sender=self.blocked))
        if self.action == "undo" and self.allowed:
            told.append(
                _("{sender} is not let through any more where a block is in force.").format(sender=self.allowed)
            )
        return " ".join([*(told or [_("Nothing was changed.")]), *map(str, self.overtaken[:3])])
