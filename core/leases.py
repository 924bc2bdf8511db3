"""One collector at a time for each mailbox: a lease in the store that ends by itself unless it is renewed, and a fence.

Times are those of the store's one clock (core/store: PostgreSQL's, or that of the machine with the file), asked when a
lease is taken and carried on by a clock of this process that nobody sets. So machines that disagree about the time
agree about leases. And where the clock itself jumps, or a process stands still for an hour, it's the fence that counts:
every change of a run first looks, in its transaction, whether its fence is still the one that stands.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from time import monotonic

from core import life_signs
from core.errors import MailboxHeld, MailboxLost
from core.language import _
from core.renewing import Renewing
from core.store import Connection, Store

RENEWED_WITHIN = 2  # parts of its time: a lease is renewed when one of them is over
CLOCKS = timedelta(seconds=5)  # a lease renewed later than that from now was renewed before the clock was set back

HELD = "SELECT holder, since, renewed_at, until, sign FROM lease WHERE mailbox = $mailbox ORDER BY fence DESC LIMIT 1"
GIVE_OUT = "UPDATE counter SET value = value + 1 WHERE name = 'lease'"
GIVEN_OUT = "SELECT value FROM counter WHERE name = 'lease'"
REMOVE = "DELETE FROM lease WHERE mailbox = $mailbox"
NAMED = "SELECT count(*) FROM lease WHERE sign = $sign"
TAKE = "INSERT INTO lease VALUES ($mailbox, $holder, $sign, $fence, $now, $now, $until)"
RENEW = "UPDATE lease SET renewed_at = $now, until = $until WHERE mailbox = $mailbox AND fence = $fence"
RENEW_ALL = "UPDATE lease SET renewed_at = $now, until = $until WHERE fence IN (SELECT unnest($fences::BIGINT[]))"
STANDING = "SELECT fence FROM lease WHERE fence IN (SELECT unnest($fences::BIGINT[]))"
LET_GO = "DELETE FROM lease WHERE mailbox = $mailbox AND fence = $fence"


class Lease:
    """The right to collect a mailbox for `seconds`, and on as long as it is renewed; for one thread.

    A thread of this process renews what it holds about twice in that time, if nothing else has.
    """

    def __init__(self, store: Store, mailbox: str, seconds: float) -> None:
        self.store, self.mailbox, self.seconds = store, mailbox, seconds
        self.fence: int | None = None
        self._held_elsewhere = False
        self._taken_from = ""  # the sign of who had it before and lives no more
        self._asked_at, self._asked = datetime.min, 0.0  # the store's clock, and this process's at that moment
        self._renewed = 0.0

    @property
    def is_due(self) -> bool:
        """Whether it is time to renew it."""
        return self.fence is not None and monotonic() - self._renewed > self.seconds / RENEWED_WITHIN

    def take(self) -> None:
        """Have the mailbox from here on; writes nothing where it was renewed lately.

        Raises MailboxHeld where another collector has it, StoreBusy, StoreProblem.
        """
        if self.fence is not None and not self.is_due:
            return
        self.set_clock(self.store.now(), monotonic())
        if self._held_elsewhere:  # who stands by only reads
            with self.store.reading(background=True) as db:
                self._refuse_held(db)
        _renewing.add(self)
        try:
            self.fence = self.store.change(self._renewed_or_taken, background=True)
        except BaseException:
            self.forget()
            raise
        self._renewed = monotonic()
        life_signs.bury(self._taken_from)

    def check(self, db: Connection) -> None:
        """Renew it as part of the caller's transaction. Raises MailboxLost where another collector has the mailbox."""
        if self.fence is None or not self._renew(db):
            self.forget()
            raise MailboxLost(
                _("{mailbox} was taken over by another collector, as this one was not heard of for too long.").format(
                    mailbox=self.mailbox),
                _("Nothing is lost: the other one goes on from what is stored."))  # fmt: skip
        self._renewed = monotonic()

    def let_go(self, db: Connection) -> None:
        """Give it back as part of the caller's transaction; `forget` it when that is committed."""
        db.run(LET_GO, mailbox=self.mailbox, fence=self.fence)

    def forget(self) -> None:
        """It is given back, or lost, and no more renewed."""
        _renewing.remove(self)
        self.fence = None

    def release(self) -> None:
        """Give it back, if it is held. Where that can't be written, it ends by itself."""
        if self.fence is not None:
            with suppress(Exception):
                self.store.change(self.let_go, background=True)
            self.forget()

    def set_clock(self, at: datetime, asked: float) -> None:
        """The store's clock said `at` when that of this process said `asked`."""
        self._asked_at, self._asked = at, asked

    def note_renewed(self) -> None:
        """It was renewed just now."""
        self._renewed = monotonic()

    def times(self) -> dict[str, datetime]:
        """When it is by the store's clock, and until when a lease renewed now goes: now, until."""
        now = self._asked_at + timedelta(seconds=monotonic() - self._asked)
        return {"now": now, "until": now + timedelta(seconds=self.seconds)}

    def _renew(self, db: Connection) -> bool:
        return db.run(RENEW, mailbox=self.mailbox, fence=self.fence, **self.times()) == 1

    def _renewed_or_taken(self, db: Connection) -> int:
        if self.fence is not None and self._renew(db):
            return self.fence
        self._refuse_held(db)
        db.run(GIVE_OUT)  # two who take at once conflict here, and one of them tries again
        fence = int(db.value(GIVEN_OUT))
        db.run(REMOVE, mailbox=self.mailbox)
        if db.value(NAMED, sign=self._taken_from):  # its other mailboxes are taken from it by this sign as well
            self._taken_from = ""
        db.run(TAKE, mailbox=self.mailbox, holder=f"{socket.gethostname()}:{os.getpid()}", sign=life_signs.own_sign(),
               fence=fence, **self.times())  # fmt: skip
        return fence

    def _refuse_held(self, db: Connection) -> None:
        found = db.one(HELD, mailbox=self.mailbox)
        holder, since, renewed_at, until, self._taken_from = found or ("", None, datetime.max, datetime.min, "")
        in_force = renewed_at - CLOCKS <= self.times()["now"] < until
        self._held_elsewhere = in_force and not life_signs.has_ended(self._taken_from) and not self._is_left_over()
        if self._held_elsewhere:
            raise MailboxHeld(
                _("It is being collected by {holder}, since {since} UTC.").format(
                    holder=holder, since=f"{since:%Y-%m-%d %H:%M}"),
                _("What comes is taken in there; if that collector is gone, the mailbox is free within {seconds:.0f} "
                  "seconds.").format(seconds=self.seconds))  # fmt: skip

    def _is_left_over(self) -> bool:
        """Whether it is a lease of this process that nobody has any more: giving it back could not be written."""
        alike = (each for each in _renewing.held() if each is not self and each.mailbox == self.mailbox)
        return self._taken_from == life_signs.own_sign() and str(self.store) not in {str(each.store) for each in alike}


def release_all(store: Store) -> None:
    """Nobody collects into a store that was just copied here: whoever has its mailboxes has them elsewhere."""
    store.change(lambda db: db.run("DELETE FROM lease"))


@contextmanager
def releasing(lease: Lease) -> Iterator[None]:
    """At its end the lease is given back, if it is held."""
    try:
        yield
    finally:
        lease.release()


def _renew(due: list[Lease]) -> None:
    for store in {lease.store for lease in due}:
        _renew_together(store, [lease for lease in due if lease.store is store])


def _renew_together(store: Store, leases: list[Lease]) -> None:
    fences, at, asked = [lease.fence for lease in leases], store.now(), monotonic()
    for lease in leases:
        lease.set_clock(at, asked)

    def renew(db: Connection) -> set[int]:
        db.run(RENEW_ALL, fences=fences, **leases[0].times())
        return {fence for (fence,) in db.rows(STANDING, fences=fences)}

    standing = store.change(renew, background=True)
    for lease in leases:
        if lease.fence in standing:  # the others learn it from their next change
            lease.note_renewed()


_renewing = Renewing(_renew)
