"""A desk that lived through mail: collected by the real collector, decided through core's own functions."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

import tomli_w

from core.acting import attach, create, delete
from core.collecting import collect
from core.configuration import load
from core.routes import Target
from core.scope import Desk, Scope
from core.seeding import seed
from core.store import open_store

DELETE = "delete"
MEANT = "meant.json"
SESSION = timedelta(hours=4)
IDS = "SELECT mailbox, uid, message_id::VARCHAR FROM delivery"
REFERENCE = """
SELECT w.reference FROM work_item_message AS o JOIN work_item AS w ON w.id = o.work_item_id
WHERE o.message_id = $id::UUID AND w.status = 'open'
"""


@dataclass(frozen=True)
class Lived:
    """One mail and what became of it; targets are `DELETE` or "kind · customer · contract · service"."""

    raw: bytes
    mailbox: str
    by: str
    decided_at: datetime
    meant: str  # what people agree it should become
    decided: str  # what was done; they don't always agree
    answers: int | None = None  # the mail, by its place, whose work item it was attached to


@dataclass
class LivingDesk:
    """The desk, and what each of its mails should have become."""

    desk: Desk
    meant: dict[str, str] = field(default_factory=dict)

    @property
    def scope(self) -> Scope:
        return self.desk.operator()


class _Clock:
    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def live(folder: Path, mailboxes: Mapping[str, Sequence[str]], mails: Sequence[Lived], end: datetime) -> LivingDesk:
    """Make the desk in `folder`: mailboxes with the names of their people; the clock stands at `end` afterwards."""
    names = _write(folder, mailboxes, mails)
    clock = _Clock(end)
    living = LivingDesk(_open(folder, clock))
    with living.desk.store.reading() as held:
        held.run("SET threads = 1")  # small steps are faster without handing work around
        held.run("SET checkpoint_threshold = '1GB'")
        for run in collect(living.scope, as_received=True, side_by_side=1):
            assert run.problem is None and not run.failed, run
        where = {(mailbox, uid): id for mailbox, uid, id in held.rows(IDS)}
        ids = [where[mail.mailbox, name] for mail, name in zip(mails, names, strict=True)]
        living.meant = {id: mail.meant for id, mail in zip(ids, mails, strict=True)}
        _decide(living.desk, clock, mails, ids)
    clock.moment = end
    (folder / MEANT).write_text(json.dumps({"end": end.isoformat(), "meant": living.meant}))
    return living


def lived(folder: Path) -> LivingDesk | None:
    """The desk that was made in this folder before, if it was made to the end."""
    if not (folder / MEANT).exists():
        return None
    told = json.loads((folder / MEANT).read_text())
    return LivingDesk(_open(folder, _Clock(datetime.fromisoformat(told["end"]))), told["meant"])


def _write(folder: Path, mailboxes: Mapping[str, Sequence[str]], mails: Sequence[Lived]) -> list[str]:
    for mailbox in mailboxes:
        (folder / "mail" / mailbox).mkdir(parents=True)
    names = [f"{number:06}.eml" for number in range(len(mails))]
    for name, mail in zip(names, mails, strict=True):
        (folder / "mail" / mail.mailbox / name).write_bytes(mail.raw)
    (folder / "routes.toml").write_text("")
    (folder / "straydesk.toml").write_text(_configuration(mailboxes, mails))
    return names


def _configuration(mailboxes: Mapping[str, Sequence[str]], mails: Iterable[Lived]) -> str:
    people = sorted({person for names in mailboxes.values() for person in names})
    contracts: dict[str, dict[str, set[str]]] = {}
    for text in {target for mail in mails for target in (mail.meant, mail.decided)} - {DELETE}:
        target = target_of(text)
        contracts.setdefault(target.customer, {}).setdefault(target.contract, set()).add(target.service)
    return tomli_w.dumps({
        "routes": "routes.toml",
        "person": [{"email": f"{name}@desk.example", "name": name.title()} for name in people],
        "team": [{"name": box, "members": [f"{name}@desk.example" for name in names]}
                 for box, names in mailboxes.items()],
        "mailbox": [{"name": box, "address": f"{box}@desk.example", "team": box, "source": f"eml:mail/{box}"}
                    for box in mailboxes],
        "customer": [{"name": customer, "contracts": [{"name": name, "services": sorted(services)}
                                                      for name, services in sorted(each.items())]}
                     for customer, each in sorted(contracts.items())],
    })  # fmt: skip


def target_of(text: str) -> Target:
    """A target as it is written in this package."""
    kind, customer, contract, service = text.split(" · ")
    return Target.model_validate({"kind": kind, "customer": customer, "contract": contract, "service": service})


def _open(folder: Path, clock: _Clock) -> Desk:
    given = load(folder / "straydesk.toml")
    path = folder / "store.duckdb"
    configuration = replace(given, settings=given.settings.model_copy(update={"store": str(path)}))
    store = open_store(path)
    seed(store, configuration, clock())
    return Desk(configuration, store, clock)


def _decide(desk: Desk, clock: _Clock, mails: Sequence[Lived], ids: Sequence[str]) -> None:
    """What people do alike within four hours they do in one go, as on the screen."""
    scopes: dict[str, Scope] = {}
    for (at, by, decided, answers), places in _sessions(mails):
        clock.moment = at + SESSION
        scope = scopes.setdefault(by, desk.acting(f"{by}@desk.example"))
        asked = [ids[place] for place in places]
        reference = _reference(desk, ids[answers]) if answers is not None else None
        if decided == DELETE:
            delete(scope, asked, "Nobody has to act on it")
        elif reference and answers is not None and mails[answers].decided == decided:
            attach(scope, asked, reference)
        else:
            create(scope, asked, target_of(decided))


def _sessions(mails: Sequence[Lived]) -> Iterator[tuple[tuple[datetime, str, str, int | None], list[int]]]:
    def session(place: int) -> tuple[datetime, str, str, int]:
        mail = mails[place]
        at = mail.decided_at - (mail.decided_at - datetime.min) % SESSION
        return at, mail.by, mail.decided, -1 if mail.answers is None else mail.answers

    for (at, by, decided, answers), places in groupby(sorted(range(len(mails)), key=session), session):
        yield (at, by, decided, None if answers < 0 else answers), list(places)


def _reference(desk: Desk, id: str) -> str | None:
    with desk.store.reading() as db:
        found: str | None = db.value(REFERENCE, id=id)
    return found
