"""`[[retention]]` and `[maintain]` of straydesk.toml: how long what of a message, and of the past, is kept."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from core.configuration_parts import Name, Section
from core.language import _

Days = Annotated[int, Field(ge=1, le=36500)]


class RetentionConfiguration(Section):
    """`[[retention]]`: after how many days what of a message goes; a mailbox's own rule replaces the general."""

    status: str
    mailbox: Name | None = None
    raw_days: Days | None = None
    body_days: Days | None = None
    row_days: Days | None = None

    @model_validator(mode="after")
    def _removes_what_is_done(self) -> Self:
        if self.status == "unprocessed":
            raise ValueError(_("what still waits is never removed; only “deleted” and “processed” mail can be"))
        if self.status not in ("deleted", "processed"):
            raise ValueError(_("there is no such status; write “deleted” or “processed”"))
        parts = [days for days in (self.raw_days, self.body_days) if days]
        if not parts and not self.row_days:
            raise ValueError(_("a retention needs at least one of raw_days, body_days and row_days"))
        if self.row_days and parts and max(parts) > self.row_days:
            raise ValueError(_("row_days must not be less than raw_days and body_days: bytes and text go with the row"))
        return self


class MaintainConfiguration(Section):
    """`[maintain]`: how many days a shared store can be seen as it was (time travel)."""

    snapshot_days: Days = 30
