"""Collecting in the background, asked for by a person at a screen: started, watched and cancelled from any of them."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.collecting import SIDE_BY_SIDE, Cancelled, collect
from core.errors import InvalidInput, StraydeskError
from core.language import _
from core.scope import Scope


@dataclass(frozen=True, slots=True)
class Going:
    """How far a mailbox is: `done` of `total` messages (both 0 until the server has listed them), and who asked.

    `state` is waiting, collecting, cancelled, failed, collected or held, where another collector has the mailbox and
    brings what is new; `problem` says why it failed, or who has it.
    """

    mailbox: str
    by: str
    state: str = "waiting"
    done: int = 0
    total: int = 0
    problem: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state not in ("waiting", "collecting")


class CollectingNow:
    """The mailboxes that are collected because somebody asked; one for the whole process, safe in all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._going: dict[str, Going] = {}
        self._cancelled: set[str] = set()
        self._turns = threading.Semaphore(SIDE_BY_SIDE)

    def start(self, scope: Scope, names: Sequence[str] = ()) -> list[str]:
        """Begin collecting these mailboxes (all in scope by default); answers those that were not under way already.

        Raises NotAllowed for those who only look, InvalidInput where there is no such mailbox.
        """
        scope.must_act()
        with self._lock:
            known = {mailbox.name for mailbox in scope.desk.configuration.mailboxes}
            wanted = [name for name in scope.within(names) if name in known]
            if not wanted:
                raise InvalidInput(_("There is no such mailbox to collect."))
            fresh = [name for name in wanted if name not in self._going or self._going[name].ended]
            for name in fresh:
                self._cancelled.discard(name)
                self._going[name] = Going(name, scope.person.name)
        for name in fresh:  # daemons: a crash at any moment loses nothing, and ending the program waits for nobody
            threading.Thread(target=self._collect, args=(scope, name), name=f"collecting {name}", daemon=True).start()
        return fresh

    def going(self, scope: Scope) -> list[Going]:
        """How far each mailbox in scope is that was asked for and not dismissed yet."""
        with self._lock:
            return [self._going[name] for name in scope.mailboxes if name in self._going]

    def cancel(self, scope: Scope) -> None:
        """End everything in scope that is under way, each after its current portion. Raises NotAllowed."""
        scope.must_act()
        with self._lock:
            self._cancelled |= {name for name in scope.mailboxes if name in self._going}

    def dismiss(self, scope: Scope) -> None:
        """Forget what has ended."""
        with self._lock:
            self._going = {name: each for name, each in self._going.items()
                           if name not in scope.mailboxes or not each.ended}  # fmt: skip

    def _collect(self, scope: Scope, name: str) -> None:
        try:
            with self._turns:
                self._advance(name, 0, 0)
                run = collect(scope, [name], side_by_side=1, progress=self._advance)[0]
        except Cancelled:
            self._end(name, "cancelled")
        except StraydeskError as error:
            self._end(name, "failed", str(error))
        except Exception as error:  # a thread that dies silently would look as if it went on for ever
            self._end(name, "failed", _("Unexpected: {kind}: {why}").format(kind=type(error).__name__, why=error))
        else:
            if run.held:
                self._end(name, "held", run.held)
                return
            taken = run.stored + run.duplicate + run.too_large + run.failed
            cut_short = self._of(name).total > taken and not run.problem
            self._end(name, "failed" if run.problem else "cancelled" if cut_short else "collected", run.problem or "")

    def _advance(self, name: str, done: int, total: int) -> None:
        with self._lock:
            if name in self._cancelled and (done < total or not total):
                raise Cancelled
            self._going[name] = replace(self._going[name], state="collecting", done=done, total=total)

    def _end(self, name: str, state: str, problem: str = "") -> None:
        with self._lock:
            self._going[name] = replace(self._going[name], state=state, problem=problem)

    def _of(self, name: str) -> Going:
        with self._lock:
            return self._going[name]
