"""Bytes of mail on their way out: into a file, or to standard output where that is no terminal."""

import sys
from pathlib import Path
from typing import TypedDict

from core.errors import InvalidInput
from core.language import _


class Saved(TypedDict):
    """Where bytes were written, and how many."""

    path: str
    size: int


def hand_over(content: bytes, path: Path | None, force: bool) -> Saved | None:
    """Write bytes to a file (over one that exists only by `force`), or to standard output without a path.

    Raises InvalidInput, also where standard output is a terminal: bytes of mail could drive it.
    """
    if path is not None:
        return _save(content, path, force)
    if sys.stdout.isatty():
        raise InvalidInput(
            _("The bytes of a mail are not for a terminal."), _("Name a file with --output, or use a pipe.")
        )
    sys.stdout.buffer.write(content)
    return None


def _save(content: bytes, path: Path, force: bool) -> Saved:
    try:
        with path.open("wb" if force else "xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise InvalidInput(_("{path} exists already.").format(path=path),
                           _("Name another file, or write over it with --force.")) from error  # fmt: skip
    except OSError as error:
        raise InvalidInput(_("{path} can't be written: {reason}.").format(path=path, reason=error.strerror),
                           _("Check the folder and its permissions.")) from error  # fmt: skip
    return Saved(path=str(path), size=len(content))
