"""Messages as files: one file, or all *.eml of a folder and the folders in it."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.sources.files import file_uid, read_file, readable
from core.sources.source import Fetched, Listed, Listing, Observed

SUFFIX = ".eml"


class EmlSource:
    """Reads message files and leaves them untouched.

    In a folder only *.eml counts (in any case), because what else lies there is seldom mail; a single file may have any
    name. The uid is the path below the folder. When the message was received stands in its header, not in the file's
    times, which change when files are copied.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: dict[str, Path] = {}
        with readable(path):
            path.stat()

    def list(self) -> Listing:
        """All message files by their path."""
        with readable(self._path):
            self._files = {file_uid(name): path for name, path in sorted(self._found())}
        sizes = {uid: size for uid, path in self._files.items() if (size := _size(path)) is not None}
        return [Listed("", 0, uid, size) for uid, size in sizes.items()]

    def fetch(self, wanted: Sequence[Listed], size_limit: int) -> Iterator[Fetched]:
        """The wanted files."""
        if not self._files:
            self.list()
        for listed in wanted:
            path = self._files.get(listed.uid)
            if path and (read := read_file(path, size_limit)):
                raw, size, complete = read
                yield Fetched(Listed(listed.folder, listed.uid_validity, listed.uid, size), raw, None, complete)

    def observed(self) -> Observed:
        """Nothing about it runs out."""
        return Observed()

    def close(self) -> None:
        """Nothing is kept open."""

    def _found(self) -> Iterator[tuple[str, Path]]:
        if not self._path.is_dir():
            yield self._path.name, self._path
            return
        for folder, _folders, names in os.walk(self._path, onerror=_raise):
            for name in names:
                if name.lower().endswith(SUFFIX) and not name.startswith("."):
                    path = Path(folder, name)
                    yield path.relative_to(self._path).as_posix(), path


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None


def _raise(error: OSError) -> None:
    # os.walk leaves out folders that can't be read, and with them mail, without a word.
    raise error
