"""Which messages of a folder are to be looked at: all, or where all were taken in before, those that came since."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from time import monotonic

from imap_tools.errors import MailboxUidsError
from imap_tools.utils import check_command_status

from core.language import _
from core.log import tell
from core.sources.folder_problems import FolderProblem
from core.sources.imap_answers import uids
from core.sources.imap_problems import said
from core.sources.imap_session import Opened, Session
from core.sources.source import Listed

SWEEP_SECONDS = 3600  # after which everything is listed again, in case something was missed
LEFT = 400  # uids in one command, so that its line stays under 8,000 bytes (RFC 2683, 3.2.1.5)


@dataclass(frozen=True, slots=True)
class Position:
    """Up to where a folder was read: all with a uid below `uid_next` were taken in, but for those `left`.

    A message that arrives always gets a uid from UIDNEXT on (RFC 3501, 2.3.1.1), whatever is expunged meanwhile.
    """

    uid_validity: int
    uid_next: int
    left: frozenset[str]
    swept_at: float

    def fits(self, opened: Opened) -> bool:
        """Whether reading can go on from here."""
        return (self.uid_validity == opened.uid_validity and opened.uid_next is not None
                and self.uid_next <= opened.uid_next and len(self.left) <= LEFT
                and monotonic() - self.swept_at < SWEEP_SECONDS)  # fmt: skip


Positions = dict[str, Position]
"""By folder; kept from run to run by whoever watches, and empty for a single run."""


class Lister:
    """Lists folders, and remembers how far each is read once everything listed was."""

    def __init__(self, session: Session, positions: Positions) -> None:
        self._session, self._positions = session, positions
        self._listed: Positions = {}
        self._last: Mapping[str, int] | None = None
        self.listed_all = True

    def begin(self) -> None:
        """Folders are going to be listed."""
        self._listed, self._last, self.listed_all = {}, None, True

    def messages_of(self, folder: str) -> list[Listed]:
        """The messages of a folder by ascending uid, without sizes: asking for known ones again would be waste.

        Raises FolderProblem.
        """
        opened = self._session.open(folder)
        before = self._positions.get(folder)
        self._tell_renumbered(opened, before)
        go_on = before if before and before.fits(opened) else None
        self.listed_all &= not go_on
        found = [*self._since(go_on, opened)] if go_on else self._found("ALL")
        uid_next = max(opened.uid_next or 0, int(found[-1]) + 1 if found else 0)
        self._listed[folder] = Position(
            opened.uid_validity, uid_next, frozenset(found), go_on.swept_at if go_on else monotonic()
        )
        return [Listed(folder, opened.uid_validity, uid) for uid in found]

    def settle(self, left: dict[str, set[str]]) -> None:
        """All that was listed is stored, but for those left."""
        for folder, position in self._listed.items():
            self._positions[folder] = replace(position, left=frozenset(left.get(folder, ())))
        self._listed = {}

    def has_news(self, opened: Opened) -> bool:
        """Whether a folder that was just opened holds what was not there when it was listed."""
        position = self._positions.get(opened.folder)
        if position is None or opened.uid_next is None:
            return False
        return (position.uid_validity, position.uid_next) != (opened.uid_validity, opened.uid_next)

    def _since(self, position: Position, opened: Opened) -> Iterator[str]:
        if position.left:
            yield from self._found("UID " + ",".join(sorted(position.left, key=int)))
        if position.uid_next != opened.uid_next:  # “n:*” names the last message also where its uid is below n
            yield from (uid for uid in self._found(f"UID {position.uid_next}:*") if int(uid) >= position.uid_next)

    def _found(self, criteria: str) -> list[str]:
        with self._session.understood():
            result = self._session.client.uid("SEARCH", criteria)
            try:
                check_command_status(result, MailboxUidsError)
            except MailboxUidsError as error:
                folder = self._session.opened.folder if self._session.opened else ""
                raise FolderProblem(
                    _("The folder “{folder}” can't be listed: {said}").format(folder=folder, said=said(error))
                ) from error
            return uids(result[1])

    def _tell_renumbered(self, opened: Opened, before: Position | None) -> None:
        """Say in the log that a folder has got another UIDVALIDITY since it was last read."""
        if before is None and self._last is None:
            self._last = self._session.reader.uid_validities()
        last = before.uid_validity if before else (self._last or {}).get(opened.folder)
        if last is not None and last != opened.uid_validity:
            name = self._session.mailbox.name
            sentence = _("{mailbox}: the server has numbered the folder “{folder}” anew; all of it is listed again.")
            tell("folder_renumbered", sentence.format(mailbox=name, folder=opened.folder), mailbox=name,
                 uid_validity=opened.uid_validity)  # fmt: skip
