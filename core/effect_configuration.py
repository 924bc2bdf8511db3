"""What a mailbox's configuration says about its mail on the server once it is collected."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from core.language import _
from core.source_address import FILES, SourceAddress

FLAG = re.compile(r"\\(Flagged|Seen)|[A-Za-z0-9$][A-Za-z0-9$_.+-]{0,99}")  # a keyword is an atom, RFC 3501, 9


def _flag(text: str) -> str:
    if not FLAG.fullmatch(text):
        raise ValueError(
            _("“{text}” is no flag; write \\Flagged, \\Seen or a word such as $Straydesk").format(text=text)
        )
    return text


def _folder(text: str) -> str:
    folder = text.strip()
    if not folder:
        raise ValueError(_("it is empty; name the folder that collected mail is moved to"))
    if not folder.isprintable() or any(each in folder for each in "*%"):
        raise ValueError(_("“{text}” can't be the name of a folder; leave out *, % and control characters").format(
            text=folder))  # fmt: skip
    return folder


@dataclass(frozen=True, slots=True)
class Effect:
    """What is done on the server to mail that is collected and decided: `kind` is flag, move or delete; `detail` the
    flag or the folder; `days` how long it is left alone."""

    kind: str
    detail: str = ""
    days: int = 0


class AfterCollecting(BaseModel):
    """The keys of `[[mailbox]]` that change something on the server; without them nothing is."""

    after_collecting: Literal["nothing", "flag", "move", "delete"] = "nothing"
    flag: Annotated[str, AfterValidator(_flag)] = "$Straydesk"
    move_to: Annotated[str, AfterValidator(_folder)] = "Collected"
    delete_after_days: Annotated[int, Field(ge=1, le=36500)] | None = None

    @property
    def effect(self) -> Effect | None:
        """What happens to collected mail on the server; None: nothing."""
        match self.after_collecting:
            case "flag":
                return Effect("flag", self.flag)
            case "move":
                return Effect("move", self.move_to)
            case "delete":
                return Effect("delete", days=self.delete_after_days or 0)
            case _:
                return None


def refuse_impossible(effect: Effect | None, source: SourceAddress) -> None:
    """Raises ValueError, with a sentence, where this can't be done to the mail of this source."""
    if effect and source.scheme in FILES:
        raise ValueError(
            _("only mail on an IMAP server can be changed after collecting; leave after_collecting out for {scheme}:")
            .format(scheme=source.scheme)
        )  # fmt: skip
    if effect and effect.kind == "delete" and not effect.days:
        raise ValueError(_("deleting needs delete_after_days; write after how many days, at least 1"))


def same_folder(one: str, other: str) -> bool:
    """Whether two names mean one folder: INBOX is written in any case (RFC 3501, 5.1), others as they are."""
    return one == other or one.upper() == other.upper() == "INBOX"
