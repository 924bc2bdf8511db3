"""Making the demo: generate it, collect it in strides with the real collector, and let its people work in between."""

from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

from core.collecting import collect
from core.demo.desk import DemoDesk, generate
from core.demo.people import DemoClock, People
from core.errors import InvalidInput, StraydeskError
from core.language import _
from core.scope import Desk, open_desk

SEED = 7
WEEKS = 12
STRIDE = 2  # weeks collected at once: a run costs much the same whatever it brings, and replies come days later

Progress = Callable[[str, int, int], None]
"""Called with what is being done (a sentence), how many steps are done, and how many there are."""


def make_demo(
    folder: Path,
    today: date,
    progress: Progress,
    *,
    until: datetime | None = None,
    seed: int = SEED,
    weeks: int = WEEKS,
) -> Desk:
    """Make the demo desk in `folder` and fill the store that STRAYDESK_STORE names; answers the desk, in demo time.

    The mail ends at `until` (naive UTC, on the day `today`). Raises InvalidInput when the store holds mail already,
    StraydeskError when a mailbox can't be collected.
    """
    progress(_("Writing twelve weeks of mail"), 0, 1)
    demo = generate(folder, today, seed, weeks, until)
    clock = DemoClock(datetime.combine(demo.weeks[0][0].received_at.date(), time()))
    desk = open_desk(folder / "straydesk.toml", now=clock)
    with desk.store.reading() as held:  # nobody else can want a store that is only being made
        if held.value("SELECT count(*) FROM message"):
            raise InvalidInput(_("The store {store} holds mail already.").format(store=desk.store),
                               _("Name another one in STRAYDESK_STORE, or move that file away."))  # fmt: skip
        held.run("SET threads = 1")  # small steps are faster without handing work around
        held.run("SET checkpoint_threshold = '1GB'")  # half a demo is not kept, so once, at the end, is enough
        _live_through(demo, desk, clock, progress, seed)
    return desk


def _live_through(demo: DemoDesk, desk: Desk, clock: DemoClock, progress: Progress, seed: int) -> None:
    people = People(desk, clock, demo.mail, seed)
    everybody, weeks = desk.operator(), len(demo.weeks)
    for first in range(1, weeks + 1, STRIDE):
        stride = range(first, min(first + STRIDE, weeks + 1))
        for number in stride:
            progress(_("Week {number} of {weeks}").format(number=number, weeks=weeks), number - 1, weeks)
        mails = [mail for number in stride for mail in demo.weeks[number - 1]]
        demo.deliver(mails, people.references(mail.plus for mail in mails if mail.plus))
        clock.moment = end = demo.end_of(stride[-1])
        for run in collect(everybody, as_received=True, side_by_side=1):
            if run.problem:
                raise StraydeskError(run.problem)
        people.work_until(demo.until)
        people.tidy_until(end)
        for number in stride:
            people.block_in(number, weeks, end)
    people.leave_unfinished(demo.until)
    clock.moment = demo.until
    progress(_("The demo is ready"), weeks, weeks)
