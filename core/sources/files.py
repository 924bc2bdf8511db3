"""Reading mail from files within bounds, and what a person reads when a file or folder can't be read."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.errors import SourceProblem
from core.language import _

HEADER_LIMIT = 2**20  # bytes kept of the header of a message over the limit
_HEADER_END = re.compile(rb"\A\r?\n|\n\r?\n")


def header_of(beginning: bytes) -> bytes:
    """The header of a message with the empty line that ends it, at most HEADER_LIMIT bytes (RFC 5322, 2.1)."""
    end = _HEADER_END.search(beginning, 0, HEADER_LIMIT)
    return beginning[: end.end() if end else HEADER_LIMIT]


def read_message(file: BinaryIO, size: int, size_limit: int) -> tuple[bytes, bool]:
    """`size` bytes from here and True; only the header and False if that is more than `size_limit`."""
    if size > size_limit:
        return header_of(file.read(min(size, HEADER_LIMIT))), False
    return file.read(size), True


def read_file(path: Path, size_limit: int) -> tuple[bytes, int, bool] | None:
    """Bytes, size of the whole and completeness of a message in a file of its own; None if it can't be read."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            raw, complete = read_message(file, size, size_limit)
    except OSError:
        return None
    return raw, size, complete


def file_uid(name: str) -> str:
    """A file's name as text that every store can keep, also where the name is not valid UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turns what the operating system says about this file or folder into a SourceProblem."""
    try:
        yield
    except FileNotFoundError as error:
        raise SourceProblem(
            _("There is nothing at {path}.").format(path=path),
            _("Correct the path in the mailbox's source; relative paths start at the folder of the configuration."),
        ) from error
    except PermissionError as error:
        raise SourceProblem(
            _("{path} must not be read by this user.").format(path=error.filename or path),
            _("Give the user that collects permission to read it."),
        ) from error
    except OSError as error:
        raise SourceProblem(
            _("{path} can't be read: {reason}.").format(path=error.filename or path, reason=error.strerror or error)
        ) from error
