"""What every source of mail can do, and the words for what it finds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Listed:
    """A message as the source lists it. `(folder, uid_validity, uid)` names it for good; `size` in bytes if known."""

    folder: str
    uid_validity: int
    uid: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message as it was read: its bytes and, where the source knows it, when it was received (naive UTC).

    `complete` is false where the message is larger than the limit: then `raw` is only its header, and `listed.size`
    says how large the whole is.
    """

    listed: Listed
    raw: bytes
    received_at: datetime | None
    complete: bool


Listing = list[Listed]


@dataclass(frozen=True, slots=True)
class Observed:
    """What a source showed of itself while it was read: when what it is reached with runs out (UTC; None: it has no
    such thing), what could not be read while the rest could, in sentences, and whether its last listing named all that
    lies there, known or not."""

    certificate_expires_at: datetime | None = None
    token_expires_at: datetime | None = None
    problems: tuple[str, ...] = ()
    listed_all: bool = True


class Cancelled(Exception):
    """Whoever reads wants no more: what was taken in stays, and it is nobody's problem."""


def _never() -> bool:
    return False


def _none() -> Mapping[str, int]:
    return {}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a source: whether they want no more (asked several times a second, from any thread), and the
    UIDVALIDITY by which they last read each folder."""

    ended: Callable[[], bool] = _never
    uid_validities: Callable[[], Mapping[str, int]] = _none


class Source(Protocol):
    """A place that mail is read from. Reading changes nothing there. Every method may raise SourceProblem, and
    Cancelled where its reader wants no more."""

    def list(self) -> Listing:
        """All messages that lie there now, oldest first where the source can tell; of one that is read again and again
        perhaps only what may be new (`Observed.listed_all`)."""

    def fetch(self, wanted: Sequence[Listed], size_limit: int) -> Iterator[Fetched]:
        """The wanted messages, read as the caller goes on, in any order.

        One that is gone meanwhile, or can't be read while others can, is left out: compare with `wanted`.
        """

    def observed(self) -> Observed:
        """What it showed of itself so far."""

    def close(self) -> None:
        """End the connection. Never raises."""
