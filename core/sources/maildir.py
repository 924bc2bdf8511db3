"""A Maildir on this machine: one file a message, in `new` and `cur`. `tmp` holds what is still being delivered."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from core.errors import SourceProblem
from core.language import _
from core.sources.files import file_uid, read_file, readable
from core.sources.source import Fetched, Listed, Listing, Observed


class MaildirSource:
    """Reads a Maildir and leaves it untouched: nothing is moved from `new` to `cur`, no flag is set.

    The uid is the file's base name, which stays when mail programs change the flags behind its colon.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: dict[str, os.DirEntry[str]] = {}
        with readable(path):
            folders = {entry.name for entry in os.scandir(path) if entry.is_dir()}
        if not folders & {"new", "cur"}:
            raise SourceProblem(
                _("{path} is not a Maildir: it has no folder “new” or “cur”.").format(path=path),
                _("Name the Maildir itself, or use eml: for a folder of .eml files."),
            )

    def list(self) -> Listing:
        """All messages of `new` and `cur`, by the time of their files."""
        self._scan()
        sizes = {uid: status for uid, entry in self._entries.items() if (status := _status(entry))}
        in_order = sorted(sizes, key=lambda uid: (sizes[uid].st_mtime_ns, uid))
        return [Listed("", 0, uid, sizes[uid].st_size) for uid in in_order]

    def fetch(self, wanted: Sequence[Listed], size_limit: int) -> Iterator[Fetched]:
        """The wanted messages; received when their file was written (its modification time)."""
        if not self._entries:
            self._scan()
        for listed in wanted:
            if found := self._read(listed, size_limit):
                yield found

    def observed(self) -> Observed:
        """Nothing about it runs out."""
        return Observed()

    def close(self) -> None:
        """Nothing is kept open."""

    def _scan(self) -> None:
        with readable(self._path):
            self._entries = {
                file_uid(entry.name.partition(":")[0]): entry
                for folder in ("new", "cur")  # in this order, so that `cur` wins while a message is being moved
                if (self._path / folder).is_dir()
                for entry in os.scandir(self._path / folder)
                if not entry.name.startswith(".")
            }

    def _read(self, listed: Listed, size_limit: int, look_again: bool = True) -> Fetched | None:
        entry = self._entries.get(listed.uid)
        status = _status(entry) if entry else None
        if entry and status and (read := read_file(Path(entry.path), size_limit)):
            raw, size, complete = read
            received_at = datetime.fromtimestamp(status.st_mtime, UTC).replace(tzinfo=None)
            return Fetched(Listed(listed.folder, listed.uid_validity, listed.uid, size), raw, received_at, complete)
        if entry and look_again and not Path(entry.path).exists():  # another mail program has renamed it
            self._scan()
            return self._read(listed, size_limit, look_again=False)
        return None


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat() if entry.is_file() else None
    except OSError:
        return None
