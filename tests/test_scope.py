"""What lies outside a person's teams does not exist for them, whichever function of core they call.

The functions are found by looking: every public function of core that takes a Scope is called, with arguments by the
names of its parameters. A new function is tested the day it is written; one with a parameter that nobody here knows
fails until ARGUMENTS says what to give it.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_type_hints

import pandas as pd
import pytest
import tomli_w

import core
from core.acting import create, delete
from core.asked_mail import TypedMail
from core.blocked import blocks
from core.blocking import block
from core.claiming import claim
from core.conflicts import Finding
from core.errors import NotAllowed, NotFound, StraydeskError
from core.health import Bounds
from core.messages import message, why
from core.notes import add_note
from core.queue import QueueFilter, tally, waiting
from core.recommendations import Recommendation
from core.route_set import import_routes, route_named
from core.routes import Route
from core.scope import Person, Scope
from core.store import Connection
from tests.desk import AP, AR, INVOICES, PEOPLE, SENT, STAFF, DeskUnderTest, mail, route
from tests.homes import TABLES

SECRET = "FINSECRET"  # stands in everything that is Finance's
BODY = "BODYSECRET"  # stands in the text of Finance's mail
MARKS = (SECRET, BODY, AP, AR, "ap@desk.example", "ar@desk.example")
# Parts that other functions of core put together, each of which is called here; and those whose answers are no text
# but views to ask (test_analysis.py) and files (test_publishing.py), and are looked into there.
PARTS = {"core.administration.settling.settle", "core.administration.settling.must_be_administrator",
         "core.route_turn.in_turn", "core.metrics.serve_metrics", "core.analysis.live.open_analysis",
         "core.analysis.publication.publish", "core.analysis.publication.publish_when_due"}  # fmt: skip
# Functions whose `id` is a route, not a message.
ABOUT_ROUTES = ("core.route_", "core.acknowledging.", "core.shadowing.")
# What a person may change without acting on mail.
EVE = Person("eve@desk.example", "Eve", "agent")
PERSONAL = {"saved_view", "presence", "collection_run", "mailbox_state"}
ASKED = mail(to="x@desk.example")
ROUTES = [
    route(f"{SECRET} route", "*@desk.example", mailbox=AP, subject_contains=["never"]),
    route("Everybody's", "all@desk.example", STAFF),
    route("Staff's", "*@desk.example", mailbox=PEOPLE, subject_contains=["never"]),
]


@dataclass(frozen=True)
class Named:
    """What a call names: things of Finance's, or things that are nobody's."""

    message: str
    reference: str
    batch: str
    block: str
    mailbox: str
    folder: Path
    route: str = ""

    def hidden_in(self, text: str) -> str:
        """The text without what was named, so that two answers can be compared."""
        for value in (self.message, self.message[:60], self.reference, self.batch, self.block, self.mailbox):
            text = text.replace(value, "…")
        return text

    def argument(self, function: str, parameter: str, kind: Any) -> Any:
        given = {
            "asked": [self.message], "id": self.message, "message_id": self.message, "part": "2",
            "reference": self.reference, "references": [self.reference], "into": self.reference, "batch": self.batch,
            "core.backup.backup:to": self.folder / "backup", "bounds": Bounds(),
            "core.blocking.lift:id": self.block, "core.blocking.change_entry:id": self.block,
            "core.retention.holds.hold:kind": "mailbox", "core.retention.holds.hold:value": self.mailbox,
            "core.blocked.block_named:id": self.block, "owner": "hana@desk.example", "expires_at": None,
            "block_id": self.block, "kind": "domain", "value": "finsecret.example",
            "mailbox": self.mailbox, "names": [self.mailbox], "target": INVOICES, "reason": "because", "text": "note",
            "to": "hana@desk.example", "until": None, "path": self.folder / "routes.toml", "routes": [], "name": "x",
            "core.administration.services.routes_to:path": ("Acme",),
            "core.administration.persons.change:seen": EVE, "core.administration.persons.remove:seen": EVE,
            "core.administration.teams.change_mailbox:seen": ("Finance", 24.0),
            "core.administration.teams.change_mailbox:wanted": ("Staff", 24.0),
            "query": "y", "domain": "finsecret.exarnple", "known": [], "system": "ERP", "email": "new@desk.example",
            "role": "agent", "seen": "Finance", "said": "text/plain",
            "route_id": self.route, "draft": [], "must_catch": True, "on": False, "version": 1, "before": None,
            "route": Route.model_validate(route("New", "new@desk.example", mailbox=self.mailbox)),
            "raw": ASKED, "fields": TypedMail(self.mailbox), "ids": [self.message],
            "finding": Finding("dead", "x", keys=((self.message, 1),)),
            "core.conflicts.conflicts_of:route": Route.model_validate(ROUTES[1]),
            "recommendation": recommended(self.mailbox), "how": "shadow",
            "customer": "Acme", "contract": "P2P", "service": "New", "team": "Finance", "wanted": [], "meant": {},
        }  # fmt: skip
        if parameter == "chosen":
            return self.filter(kind)
        if parameter == "id" and function.startswith(ABOUT_ROUTES):
            return self.route
        if kind is datetime:
            return SENT
        return given.get(f"{function}:{parameter}", given.get(parameter, inspect.Parameter.empty))

    def filter(self, kind: Any) -> Any:
        """A filter for this mailbox, of whatever kind the function takes."""
        names = {field for field in kind.__dataclass_fields__ if field == "mailboxes"}
        return kind(**dict.fromkeys(names, (self.mailbox,)))


def recommended(mailbox: str) -> Recommendation:
    """What the page of somebody who sees this mailbox would hold."""
    shown = Route.model_validate(route("Recommended", "new@desk.example", mailbox=mailbox))
    return Recommendation(
        key="1", deed="route", standing="route", route=shown, block=None, name=shown.name, mailbox=mailbox,
        subject_like="", conditions="Mail", becomes="Ticket", support=9, agreeing=9, against=0, waiting=0, weeks=3,
        lately=9, at_least=0.8, first_at=SENT, last_at=SENT, changed_at=None, minutes=2.0, per_week=3.0, saved=6.0,
        new=9,
    )  # fmt: skip


def scoped_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public function of core that takes a Scope, except those that run inside another one's transaction."""
    for found in pkgutil.walk_packages(core.__path__, "core."):
        if found.name.startswith(("core.demo", "core.commands", "core.__main__")):
            continue
        module = importlib.import_module(found.name)
        for name, function in vars(module).items():
            if inspect.isfunction(function) and function.__module__ == found.name and not name.startswith("_"):
                kinds = get_type_hints(function).values()
                if Scope in kinds and Connection not in kinds and f"{found.name}.{name}" not in PARTS:
                    yield f"{found.name}.{name}", function


FUNCTIONS = dict(scoped_functions())
# These refuse or count; what they do to what one may see is tested where they are at home.
ALSO_GIVEN = ("mailbox", "names", "chosen", "asked")


def call(name: str, scope: Scope, named: Named) -> str:
    """What the function answers or refuses, as text."""
    function = FUNCTIONS[name]
    kinds = get_type_hints(function)
    arguments: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        if kinds[parameter.name] is Scope:
            arguments[parameter.name] = scope
        elif parameter.default is inspect.Parameter.empty or parameter.name in ALSO_GIVEN:
            arguments[parameter.name] = named.argument(name, parameter.name, kinds[parameter.name])
            assert arguments[parameter.name] is not inspect.Parameter.empty, f"say in ARGUMENTS what {parameter} is"
    try:
        return told(function(**arguments))
    except StraydeskError as error:
        return f"{type(error).__name__}: {error}"


def told(answer: Any) -> str:
    if isinstance(answer, pd.DataFrame):
        return answer.to_csv()
    if isinstance(answer, Generator):
        return told(list(answer))
    if isinstance(answer, bytes):
        return answer.decode("latin-1")
    inner = {name: told(value) for name, value in vars(answer).items()} if hasattr(answer, "__dict__") else {}
    return f"{answer!r} {answer} {inner or ''}"


@dataclass(frozen=True)
class World:
    desk: DeskUnderTest
    finance: Named
    nobody: Named
    staff: str
    before: dict[str, Any] = field(default_factory=dict)

    def unchanged(self) -> dict[str, Any]:
        """A fingerprint of every table that is about mail."""
        with self.desk.desk.store.reading() as db:
            tables = [name for (name,) in db.rows(TABLES)]
            counted = [
                f"SELECT '{each}', count(*), bit_xor(hash(t)) FROM {each} AS t"  # noqa: S608
                for each in tables
                if each not in PERSONAL
            ]
            return {table: rest for table, *rest in db.rows(" UNION ALL ".join(counted))}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Finance with mail, items, blocks, notes and claims; Staff with a mail of its own, and one that both got."""
    desk = DeskUnderTest(tmp_path_factory.mktemp("scope"), ROUTES)
    secret: dict[str, Any] = {
        "subject": SECRET,
        "text": BODY,
        "html": f"<p>{BODY}</p>",
        "attached": f"{SECRET}.pdf",
        "to": "x@elsewhere.example",
    }
    ids = desk.receive(
        *(mail(sender=f"{SECRET} <a@finsecret.example>", message_id=f"{SECRET}{n}@x", **secret) for n in range(5))
    )
    staff = desk.receive_one(mail(to="y@desk.example", in_reply_to=f"{SECRET}0@x", sender="me@staff.example"), PEOPLE)
    desk.receive(mail(sender=f"{SECRET} <a@finsecret.example>", **secret), mailbox=AR)
    ana, leo = desk.acting("ana"), desk.acting("leo")
    item = create(ana, ids[:1], INVOICES)
    create(ana, ids[1:2], INVOICES)
    deleted = delete(ana, ids[2:3], SECRET)
    claim(ana, ids[3:4])
    add_note(ana, ids[3], SECRET)
    block(leo, "domain", "finblocked.example", SECRET, mailbox=AP)
    desk.receive(mail(sender="b@finblocked.example", **secret))
    (blocked,) = blocks(leo)["id"]
    missing = "0199aaaa-0000-7000-8000-00000000000"
    theirs = route_named(leo, f"{SECRET} route")["id"]
    finance = Named(ids[3], item.references[0], deleted.batch, blocked, AP, desk.folder, theirs)
    nobody = Named(missing + "1", "T-099999", missing + "2", missing + "3", "No such", desk.folder, missing + "4")
    world = World(desk, finance, nobody, staff)
    world.before.update(world.unchanged())
    with desk.kept_open():
        yield world


def test_functions_are_found() -> None:
    assert {"core.queue.waiting", "core.messages.raw", "core.acting.create", "core.undoing.undo"} <= FUNCTIONS.keys()
    assert len(FUNCTIONS) > 40


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("person", ["hana", "nemo"])
def test_who_is_outside_learns_and_changes_nothing(world: World, name: str, person: str) -> None:
    scope = world.desk.acting(person)
    foreign, missing = call(name, scope, world.finance), call(name, scope, world.nobody)
    assert world.finance.hidden_in(foreign) == world.nobody.hidden_in(missing)
    shown = world.finance.hidden_in(foreign)  # what they gave themselves may come back to them
    assert [mark for mark in MARKS if mark in shown] == []
    assert world.unchanged() == world.before


@pytest.mark.parametrize("name", FUNCTIONS)
def test_analysts_read_no_texts_and_change_nothing(world: World, name: str) -> None:
    answer = call(name, world.desk.acting("ida"), world.finance)
    assert BODY not in answer
    assert world.unchanged() == world.before


@pytest.mark.parametrize("name", [each for each in FUNCTIONS if each.startswith("core.messages.")])
def test_agents_of_the_team_read_what_the_others_do_not(world: World, name: str) -> None:
    answer = call(name, world.desk.acting("ana"), world.finance)
    assert not answer.startswith(("NotFound", "NotAllowed")) or name.endswith("attachment"), answer


@pytest.mark.parametrize("name", ["raw", "html", "attachment", "header_fields"])
def test_analysts_are_refused_the_bytes_in_every_form(world: World, name: str) -> None:
    assert call(f"core.messages.{name}", world.desk.acting("ida"), world.finance).startswith("NotAllowed")


def test_an_analyst_does_not_find_mail_by_its_text(world: World) -> None:
    ida, ana = world.desk.acting("ida"), world.desk.acting("ana")
    chosen = QueueFilter(search=BODY)
    assert tally(ana, chosen).waiting > 0
    assert tally(ida, chosen).waiting == 0
    assert waiting(ida).preview.isna().all()
    assert message(ida, world.finance.message)["preview"] is None


def test_administrators_see_everything(world: World) -> None:
    ada = world.desk.acting("ada")
    assert set(waiting(ada).mailbox) == {AP, AR, PEOPLE}


def test_somebody_who_is_not_listed_gets_no_scope(world: World) -> None:
    with pytest.raises(NotAllowed, match="eve@desk.example does not work at this desk"):
        world.desk.acting("eve")


@pytest.mark.parametrize("email", ["", "operator", "' OR 1=1 --"])
def test_nobody_becomes_the_operator_by_name(world: World, email: str) -> None:
    with pytest.raises(NotAllowed):
        world.desk.desk.acting(email)


# Mail that two teams got


@pytest.fixture
def shared(tmp_path: Path) -> tuple[DeskUnderTest, str]:
    """The same bytes in Finance's mailbox first, and then in Staff's."""
    desk = DeskUnderTest(tmp_path, ROUTES)
    raw = mail(to="z@desk.example")
    id = desk.receive_one(raw, AP)
    desk.receive(raw, mailbox=PEOPLE)
    return desk, id


def test_mail_of_two_teams_is_seen_by_both_each_in_their_own_mailbox(shared: tuple[DeskUnderTest, str]) -> None:
    desk, id = shared
    for name, box in (("ana", AP), ("hana", PEOPLE)):
        scope = desk.acting(name)
        assert list(waiting(scope).mailbox) == [box]
        assert (message(scope, id)["mailbox"], message(scope, id)["mailboxes"]) == (box, [box])


def test_mail_of_two_teams_names_no_mailbox_or_route_of_the_other_team(shared: tuple[DeskUnderTest, str]) -> None:
    desk, id = shared
    hana = desk.acting("hana")
    create(desk.acting("ana"), [id], INVOICES)
    named = Named(id, "T-000001", id, id, PEOPLE, desk.folder)
    for name in FUNCTIONS:
        if name.startswith(("core.messages", "core.work_items", "core.surroundings", "core.queue", "core.item")):
            if name.rsplit(".")[-1] in ("merge", "close", "reopen", "header_fields", "raw"):
                continue
            answer = call(name, hana, named)
            assert [mark for mark in MARKS if mark in answer] == [], name
    assert [tried["route"] for each in why(hana, id)["recipients"] for tried in each["routes_tried"]] == ["Staff's"]


def test_an_item_lists_only_the_mail_in_scope(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, ROUTES)
    theirs, ours = desk.receive_one(mail(), PEOPLE), desk.receive_one(mail(subject=SECRET))
    create(desk.acting("ada"), [theirs, ours], INVOICES, together=True)
    named = Named(theirs, "T-000001", theirs, theirs, PEOPLE, desk.folder)
    shown = call("core.work_items.work_item", desk.acting("hana"), named)
    assert SECRET not in shown and ours not in shown and "'messages': [{" in shown
    assert SECRET not in call("core.work_items.work_items", desk.acting("hana"), named)


# Acting across the border


def test_one_foreign_message_among_own_ones_stops_the_whole_action(world: World) -> None:
    hana = world.desk.acting("hana")
    before = world.unchanged()
    for foreign in (world.finance.message, world.nobody.message):
        with pytest.raises(NotFound, match="1 message does not exist. Nothing was changed."):
            delete(hana, [world.staff, foreign], "x")
    assert world.unchanged() == before


def test_routes_are_imported_only_by_those_who_see_every_mailbox(world: World) -> None:
    path = world.desk.folder / "new.toml"
    path.write_text(tomli_w.dumps({"route": [route("Only one", "a@desk.example")]}))
    before = world.unchanged()
    for name in ("ana", "ida", "hana", "nemo", "leo"):
        with pytest.raises(NotAllowed):
            import_routes(world.desk.acting(name), path)
    assert world.unchanged() == before


def test_a_block_of_the_whole_desk_is_lifted_only_by_those_who_may_set_one(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    desk.block("domain", "spam.example")
    named = Named("", "", "", blocks(desk.acting("leo"))["id"][0], "", desk.folder)
    assert call("core.blocking.lift", desk.acting("ana"), named).startswith("NotAllowed")
    assert call("core.blocking.lift", desk.acting("leo"), named).startswith("None")


def test_a_person_whose_team_is_gone_sees_nothing_from_then_on(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    desk.receive(mail())
    assert tally(desk.acting("ana")).waiting == 1
    text = desk.configuration.replace('members = ["ana@desk.example", ', "members = [")
    (desk.folder / "straydesk.toml").write_text(text)
    desk.desk = desk.opened()
    desk.clock += timedelta(hours=1)
    assert tally(desk.acting("ana")).waiting == 0
