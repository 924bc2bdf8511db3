"""Whether a process of this machine still lives: it holds the lock of a file, and the system lets go of that lock.

A process id would not do: it is given to others later, and says nothing across containers. The file has a name that
nobody else has; where it can't be seen, as from another machine or container, nothing is known, and nothing is claimed.
"""

import atexit
import fcntl
import os
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

_lock = threading.Lock()
_own: dict[str, int] = {}  # the sign of this process and the descriptor that holds its lock


def own_sign() -> str:
    """The sign of this process, given at the first call; a word."""
    with _lock:
        if not _own:
            sign = uuid4().hex
            _own[sign] = -1
            with suppress(OSError):  # then nobody can see that it ended, and they wait
                _own[sign] = os.open(_file(sign), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
                fcntl.flock(_own[sign], fcntl.LOCK_EX | fcntl.LOCK_NB)
        return next(iter(_own))


def has_ended(sign: str) -> bool:
    """Whether the process with this sign is known to live no more."""
    if not sign.isalnum():
        return False
    try:
        descriptor = os.open(_file(sign), os.O_RDWR)
    except OSError:  # on another machine, in another container, of another user: nobody knows
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def bury(sign: str) -> None:
    """Tidy up after a process that has ended, if it left anything here."""
    if has_ended(sign):
        _file(sign).unlink(missing_ok=True)


def _file(sign: str) -> Path:
    return Path(tempfile.gettempdir()) / f"straydesk-{sign}.alive"


def _end() -> None:
    for sign in _own:
        with suppress(OSError):
            _file(sign).unlink(missing_ok=True)


def _begin_anew() -> None:
    """A forked process has no sign of its own yet; as long as it lives, it must not hold that of its parent."""
    for descriptor in _own.values():
        with suppress(OSError):
            os.close(descriptor)
    _own.clear()


atexit.register(_end)
os.register_at_fork(after_in_child=_begin_anew)
