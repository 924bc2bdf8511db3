"""What analysts ask: the documented views, within a person's scope, as now, and nothing else by any trick."""

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core import clock
from core.acting import attach, create, delete
from core.analysis import LiveAnalysis, open_analysis
from core.analysis.dictionary import page
from core.analysis.views import all_views
from core.audit import entries
from core.blocked import blocks
from core.blocking import allow, block
from core.claiming import claim
from core.errors import InvalidInput, StoreProblem, TooMuch, TooSlow
from core.queue import waiting
from core.scope import Scope
from core.snoozing import snooze
from core.work_items import close, work_items
from tests.desk import AP, INVOICES, PEOPLE, STAFF, DeskUnderTest, mail, route
from tests.homes import HOME

ROOT = Path(__file__).parent.parent
FOREIGN = "zzzstaff"  # stands in all that only the other team may see
SAID = "onlyinthetext"
OWN = [view.name for view in all_views() if view.name != "bodies"]


def from_staff(number: int = 0, **fields: object) -> bytes:
    return mail(sender=f"{FOREIGN}{number}@secret.example", to="people@desk.example", subject=f"About {FOREIGN}",
                text=f"{FOREIGN} says", attached=f"{FOREIGN}.pdf", **fields)  # type: ignore[arg-type]  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskUnderTest:
    """Mail of two teams, in every state there is, and one mail that is in mailboxes of both."""
    routes = [route("Invoices", "invoices@desk.example", mailbox=AP, subject_contains=["invoice"]),
              route(f"{FOREIGN} hires", "people@desk.example", STAFF, mailbox=PEOPLE, subject_contains=["hire"]),
              route("Everybody's", "all@desk.example", sender=["*@nobody.example"])]  # fmt: skip
    desk = DeskUnderTest(tmp_path_factory.mktemp("desk"), routes)
    shared = mail(to="ap@desk.example", cc="people@desk.example", subject="For both", text=SAID)
    ids = desk.receive(
        mail(to="ap@desk.example", text=SAID, attached="list.pdf"), mail(to="x@else.example", cc="all@desk.example"),
        mail(to="ap@desk.example, invoices@desk.example", subject="An invoice"), mail(to="ap@desk.example"),
        mail(to="ap@desk.example", sender="news@shop.example"), mail(to="ap@desk.example"),
        mail(to="ap@desk.example", auto_submitted="auto-replied"), shared)  # fmt: skip
    staff = desk.receive(*(from_staff(each) for each in range(5)), shared, mailbox=PEOPLE)
    ana, hana, leo = desk.acting("ana"), desk.acting("hana"), desk.acting("leo")
    create(ana, [ids[3]], INVOICES)
    attach(ana, [ids[5]], "T-000002")
    delete(ana, [ids[1]], "Spam")
    claim(ana, [ids[0]])
    snooze(ana, [ids[6]], desk.clock + timedelta(days=1))
    block(leo, "address", "news@shop.example", "Advertising", mailbox=AP)
    allow(leo, "address", "boss@shop.example", "Wanted")
    create(hana, [staff[0]], STAFF)
    delete(hana, [staff[1]], f"{FOREIGN} reason")
    close(hana, ["C-000003"], f"{FOREIGN} closed")
    block(desk.acting("ada"), "address", f"{FOREIGN}4@secret.example", "Own", mailbox=PEOPLE)
    return desk


@pytest.fixture(scope="module")
def ida(desk: DeskUnderTest) -> LiveAnalysis:
    return open_analysis(desk.acting("ida"))


@pytest.fixture(scope="module")
def nemo(desk: DeskUnderTest) -> LiveAnalysis:
    """Of somebody who is in no team."""
    return open_analysis(desk.acting("nemo"))


@pytest.fixture(scope="module")
def operator(desk: DeskUnderTest) -> LiveAnalysis:
    return open_analysis(desk.desk.operator())


def told(frame: pd.DataFrame) -> str:
    return " ".join(str(value) for name in frame for value in frame[name])


def test_an_analyst_counts_what_waits_by_cause_without_seeing_other_teams(ida: LiveAnalysis) -> None:
    found = ida.frame("SELECT cause, count(*) AS mails FROM queue GROUP BY cause ORDER BY mails DESC, cause")
    assert found.to_dict("list") == {"cause": ["no_route", "conditions_not_met"], "mails": [2, 1]}


@pytest.mark.parametrize("view", OWN)
def test_no_view_holds_what_only_another_team_may_see(
    view: str, ida: LiveAnalysis, operator: LiveAnalysis, nemo: LiveAnalysis
) -> None:
    mine, everything = ida.frame(f"FROM {view}"), operator.frame(f"FROM {view}")
    assert FOREIGN not in told(mine)
    assert len(nemo.frame(f"FROM {view}")) == WIDE.get(view, 0)
    assert len(mine) > 0
    if view != "services":
        assert len(everything) > len(mine)
    assert set(map(str, mine.itertuples(index=False))) <= set(map(str, everything.itertuples(index=False))) or (
        view in ("queue", "messages")  # a mail in mailboxes of two teams shows each its own
    )


WIDE = {"services": 4, "routes": 1, "blocks": 1}  # what is not of one mailbox


def test_what_only_another_team_may_see_is_there_for_those_who_may(operator: LiveAnalysis) -> None:
    views = ("queue", "messages", "recipients", "attachments", "routes", "journal", "blocks", "bodies", "work_items")
    assert [view for view in views if FOREIGN not in told(operator.frame(f"FROM {view}"))] == ["recipients"]


def test_the_views_say_what_the_screens_say(desk: DeskUnderTest, ida: LiveAnalysis) -> None:
    scope = desk.acting("ida")
    queue = ida.frame("FROM queue WHERE NOT aside ORDER BY received_at, id")
    shown = waiting(scope).sort_values(["received_at", "id"])
    for column in ("id", "mailbox", "mailbox_address", "from_address", "subject", "cause", "attachments", "claimed_by"):
        assert list(queue[column]) == list(shown[column])
    assert set(ida.frame("SELECT reference FROM work_items")["reference"]) == set(work_items(scope)["reference"])
    assert set(ida.frame("SELECT id FROM blocks")["id"]) == set(blocks(scope)["id"])
    assert set(ida.frame("SELECT id FROM journal")["id"]) == {str(each) for each in entries(scope).rows["id"]}


def test_a_mail_in_mailboxes_of_two_teams_is_one_message_and_shows_each_team_its_own(
    desk: DeskUnderTest, ida: LiveAnalysis
) -> None:
    asked = "SELECT mailbox, mailboxes FROM messages WHERE subject = 'For both'"
    hana = open_analysis(desk.acting("hana"))
    assert [(row["mailbox"], list(row["mailboxes"])) for row in ida.frame(asked).to_dict("records")] == [(AP, [AP])]
    seen = hana.frame(asked).to_dict("records")
    assert [(row["mailbox"], list(row["mailboxes"])) for row in seen] == [(PEOPLE, [PEOPLE])]
    own = "SELECT count(*) AS n FROM recipients WHERE position = 0 AND address = 'ap@desk.example'"
    assert (int(hana.frame(own)["n"][0]), int(ida.frame(own)["n"][0]) > 0) == (0, True)


def test_views_join_by_the_names_that_the_dictionary_gives(ida: LiveAnalysis) -> None:
    found = ida.frame("""
        SELECT m.subject, w.reference, d.evidence, r.name
        FROM messages m JOIN work_item_messages o ON o.message = m.id JOIN work_items w ON w.reference = o.work_item
        JOIN decisions d ON d.message = m.id AND d.newest
        JOIN tried_routes t ON t.decision = d.id AND t.outcome = 'opened'
        JOIN routes r ON r.id = t.route AND r.version = t.route_version WHERE r.in_force
    """)
    assert found.to_dict("records") == [
        {"subject": "An invoice", "reference": "T-000001", "evidence": "Invoices", "name": "Invoices"}
    ]


def test_those_who_may_read_mail_may_ask_its_text_and_analysts_may_not(desk: DeskUnderTest, ida: LiveAnalysis) -> None:
    asked = "SELECT count(*) AS n FROM bodies WHERE text LIKE '%' || $word || '%'"
    ana = open_analysis(desk.acting("ana"))
    assert (int(ana.frame(asked, word=SAID)["n"][0]), int(ana.frame(asked, word=FOREIGN)["n"][0])) == (2, 0)
    with pytest.raises(InvalidInput, match="bodies does not exist"):
        ida.frame(asked, word=SAID)
    assert "bodies" not in set(ida.dictionary()["view"])
    everything = " ".join(told(ida.frame(f"FROM {view}")) for view in OWN)
    assert SAID not in everything


ATTACKS = {
    "a table of the store": "FROM message",
    "the bytes of mail": "FROM message_raw",
    "a macro of the views": "FROM messages(['People'], now()::TIMESTAMP)",
    "another database": "FROM desk.main.message",
    "a file as CSV": "FROM read_csv('/etc/passwd')",
    "a file by its name": "FROM '/etc/passwd'",
    "a file as text": "SELECT content FROM read_text('/etc/passwd')",
    "a file as bytes": "SELECT content FROM read_blob('{store}')",
    "the store as a file": "FROM read_duckdb('{store}', table_name = 'message')",
    "names of files": "FROM glob('/etc/*')",
    "a page of the network": "FROM read_csv('http://127.0.0.1:1/x.csv')",
    "the environment": "SELECT getenv('HOME')",
    "a variable of Python": "FROM secret_frame",
    "a function within a CTE": "WITH x AS (FROM read_text('/etc/passwd')) FROM x",
    "a text that is a question": "FROM query('FROM read_text(''/etc/passwd'')')",
    "a table by a text": "FROM query_table('message')",
    "PostgreSQL": "FROM postgres_query('turns', 'SELECT 1')",
    "secrets": "FROM duckdb_secrets()",
    "a memory address": "FROM arrow_scan(1::POINTER, 1::POINTER, 1::POINTER)",
    "attaching": "ATTACH '{store}' AS s",
    "writing a file": "COPY queue TO '{folder}/out.csv'",
    "writing all": "EXPORT DATABASE '{folder}/out'",
    "a setting": "SET enable_external_access = true",
    "unlocking": "SET lock_configuration = false",
    "a pragma": "PRAGMA enable_profiling",
    "an extension": "INSTALL httpfs",
    "loading one": "LOAD httpfs",
    "a change": "DELETE FROM queue",
    "a table of one's own": "CREATE TABLE x AS FROM queue",
    "two at once": "SELECT 1; SELECT 2",
    "a second one that is hidden": "SELECT 1; ATTACH '{store}' AS s",
    "a call": "CALL pragma_version()",
    "nothing": "",
    "no SQL": "give me everything",
}


@pytest.mark.parametrize("trick", ATTACKS)
def test_by_no_trick_is_anything_else_read_or_written(trick: str, desk: DeskUnderTest, ida: LiveAnalysis) -> None:
    secret_frame = pd.DataFrame({"secret": [FOREIGN]})
    before = sorted(desk.folder.rglob("*"))
    question = ATTACKS[trick].format(store=desk.store_path, folder=desk.folder)
    with pytest.raises(InvalidInput):
        ida.frame(question)
    assert sorted(desk.folder.rglob("*")) == before
    assert len(secret_frame) == 1


def test_what_the_engine_tells_about_itself_names_the_views_alone(ida: LiveAnalysis) -> None:
    assert set(ida.frame("SELECT table_name FROM information_schema.tables")["table_name"]) == set(OWN)
    assert set(ida.frame("SELECT database_name FROM duckdb_databases() WHERE NOT internal")["database_name"]) == {
        "memory"
    }
    assert ida.frame("SELECT current_setting('enable_external_access') AS a")["a"][0] in (False, "false")


def test_parameters_are_values_and_nothing_else(ida: LiveAnalysis) -> None:
    assert ida.frame("SELECT count(*) AS n FROM queue WHERE subject = $s", s="'; DROP TABLE queue; --")["n"][0] == 0
    assert ida.frame("SELECT $own AS own, count(*) AS n FROM mailboxes", own=[PEOPLE])["n"][0] == 2
    with pytest.raises(InvalidInput, match="can't be asked"):
        ida.frame("SELECT count(*) FROM queue WHERE subject = $missing")


QUESTIONS = [
    "SELECT count(*) AS n FROM messages",
    "SELECT count(*) AS n FROM messages WHERE status = 'unprocessed'",
    "SELECT cause FROM queue ORDER BY received_at DESC, id LIMIT 2",
    "SELECT q FROM queue q ORDER BY q.id",
    "SELECT 1 AS x WHERE EXISTS (SELECT 1 FROM messages WHERE status = 'deleted')",
    "SELECT a.subject FROM messages a WHERE a.id IN (SELECT message FROM decisions WHERE cause IS NULL) ORDER BY a.id",
    "SELECT (SELECT count(DISTINCT address) FROM recipients WHERE kind = 'cc') AS n, COLUMNS('sta.*') FROM messages "
    "ORDER BY 2",
    "WITH x AS (SELECT * FROM journal) SELECT actor_kind, count(*) AS n FROM x GROUP BY ALL ORDER BY ALL",
    "SELECT count(*) AS n FROM messages NATURAL JOIN queue",
    "FROM query('SELECT count(*) AS n FROM work_items')",
    "SELECT column_name, max FROM (SUMMARIZE mailboxes)",
    "SELECT * FROM queue WHERE false",
    "SELECT row_number() OVER (PARTITION BY mailbox ORDER BY received_at, id) AS r, id FROM messages ORDER BY ALL",
    "SELECT m.id FROM messages m LEFT JOIN work_item_messages o ON o.message = m.id WHERE o.how IS NULL ORDER BY 1",
    "SELECT m.id, u.d FROM messages m, (SELECT unnest(m.defects) AS d) u ORDER BY ALL",
    "SELECT list(subject ORDER BY id) AS s FROM messages GROUP BY status ORDER BY status",
]


@pytest.fixture(scope="module")
def whole(ida: LiveAnalysis) -> Any:
    """All there is of all views."""
    return ida._read({view.name: [each.name for each in view.columns] for view in all_views() if view.name in OWN})


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_answered_as_if_all_columns_had_been_read(
    question: str, ida: LiveAnalysis, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ida.frame(question)
    monkeypatch.setattr(LiveAnalysis, "_read", lambda _self, _wanted: whole)
    pd.testing.assert_frame_equal(found, ida.frame(question))


def test_only_the_columns_that_a_question_needs_are_read(ida: LiveAnalysis, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[dict[str, list[str]]] = []
    read = LiveAnalysis._read

    def noted(self: LiveAnalysis, asked: dict[str, list[str]]) -> object:
        wanted.append(asked)
        return read(self, asked)

    monkeypatch.setattr(LiveAnalysis, "_read", noted)
    ida.frame("SELECT team, count(*) FROM queue WHERE from_domain LIKE '%.example' GROUP BY team")
    ida.frame("SELECT 1")
    assert wanted == [{"queue": ["team", "from_domain"]}]


def test_a_question_without_end_is_broken_off(desk: DeskUnderTest, ida: LiveAnalysis) -> None:
    live = open_analysis(desk.acting("ida"), seconds=0.3)
    with pytest.raises(TooMuch, match=r"longer than 0.3 s"):
        live.frame("SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = -1")
    assert ida.frame("SELECT count(*) AS n FROM mailboxes")["n"][0] == 2


def test_reading_that_holds_the_store_for_too_long_is_broken_off_and_the_store_is_well(desk: DeskUnderTest) -> None:
    with pytest.raises(TooMuch, match="longer than"), desk.desk.store.reading() as db, db.within(0.3), db.one_moment():
        db.rows("SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = -1")
    assert desk.value("SELECT count(*) FROM mailbox") == 3


def test_what_would_hold_a_file_for_long_is_read_from_a_copy_of_it(
    desk: DeskUnderTest, ida: LiveAnalysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = LiveAnalysis._taken
    limits = []

    def slow(self: LiveAnalysis, opening: Any, wanted: dict[str, list[str]], seconds: float) -> Any:
        limits.append(seconds)
        if len(limits) == 1 and HOME == "file":
            raise TooSlow("This took longer.")
        return taken(self, opening, wanted, seconds)

    monkeypatch.setattr(LiveAnalysis, "_taken", slow)
    assert ida.frame("SELECT count(*) AS n FROM queue")["n"][0] == 3
    assert limits == ([1.0, 60.0] if HOME == "file" else [60.0])
    assert not list(desk.folder.glob("*.snapshot/*"))


def test_more_than_fits_is_told_with_what_to_do(ida: LiveAnalysis, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooMuch, match="more than 20,000,000 values"):
        ida.frame("SELECT * FROM range(50000000)")
    monkeypatch.setattr("core.analysis.live.MOST", 10)
    with pytest.raises(TooMuch, match="take a publication"):
        ida.frame("SELECT subject FROM messages")


def test_all_views_of_a_question_are_as_of_one_moment(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    ids = desk.receive(*(mail(to="ap@desk.example") for _each in range(8)))
    differing = """
        SELECT (SELECT count(*) FROM messages WHERE status = 'processed')
             - (SELECT count(DISTINCT message) FROM work_item_messages) AS n, (SELECT count(*) FROM queue) AS waiting
    """
    live, seen = open_analysis(desk.acting("ida")), []

    def act() -> None:
        for id in ids:
            create(desk.acting("ana"), [id], INVOICES)

    acting = threading.Thread(target=act)
    acting.start()
    while acting.is_alive():
        seen.append(live.frame(differing).iloc[0])
    acting.join()
    assert {int(row["n"]) for row in seen} == {0}
    assert len({int(row["waiting"]) for row in seen}) > 1


@pytest.mark.skipif(HOME != "lake", reason="a file knows only what is")
def test_a_shared_store_answers_as_it_was_at_a_time(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    (first,) = desk.receive(mail(to="ap@desk.example"))
    desk.receive(mail(to="people@desk.example"), mailbox=PEOPLE)
    then = clock.now()
    desk.receive(mail(to="ap@desk.example"))
    create(desk.acting("ana"), [first], INVOICES)
    asked = "SELECT (SELECT count(*) FROM queue) AS waiting, (SELECT count(*) FROM work_items) AS items"
    ida = desk.acting("ida")
    assert open_analysis(ida).frame(asked).iloc[0].to_list() == [1, 1]
    assert open_analysis(ida, at=then).frame(asked).iloc[0].to_list() == [1, 0]
    assert open_analysis(desk.desk.operator(), at=then).frame(asked).iloc[0].to_list() == [2, 0]
    assert open_analysis(ida, at=then).frame("SELECT id FROM queue")["id"].to_list() == [first]
    with pytest.raises(StoreProblem, match="knows nothing of 2001-02-03 04:05 UTC"):
        open_analysis(ida, at=datetime(2001, 2, 3, 4, 5)).frame(asked)
    attached = desk.value("SELECT count(*) FROM duckdb_databases() WHERE database_name LIKE 'past%'")
    assert attached == 0


@pytest.mark.skipif(HOME != "file", reason="a lake knows how it was")
def test_a_store_that_is_a_file_says_that_it_knows_only_what_is(desk: DeskUnderTest) -> None:
    with pytest.raises(StoreProblem, match="keeps no past"):
        open_analysis(desk.acting("ida"), at=desk.clock).frame("FROM queue")


def test_who_is_no_longer_in_a_team_sees_nothing_of_it_when_they_come_again(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    desk.receive(mail(to="ap@desk.example"))

    def asked(scope: Scope) -> int:
        return int(open_analysis(scope).frame("SELECT count(*) AS n FROM queue")["n"][0])

    assert asked(desk.acting("ida")) == 1
    desk.change("DELETE FROM team_member WHERE email = 'ida@desk.example'")
    assert asked(desk.acting("ida")) == 0


def test_every_view_and_every_column_has_a_sentence_and_a_type_in_the_dictionary() -> None:
    views = all_views()
    assert len(views) > 12
    assert [view.name for view in views if len(view.about) < 20] == []
    assert [
        f"{view.name}.{each.name}" for view in views for each in view.columns if not (each.about and each.kind)
    ] == []
    assert all(f"| `{each.name}` | `{each.kind}` | " in page() for view in views for each in view.columns)


def test_the_dictionary_names_every_table_and_column_of_the_store(desk: DeskUnderTest) -> None:
    text = page().partition("## Tables of the store")[2]
    stored = desk.rows(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND schema_name = 'main' "
        "AND table_name IN (SELECT table_name FROM duckdb_tables()) AND database_name = current_database()"
    )
    sections = {part.partition("\n")[0]: part for part in text.split("\n### ")}
    assert len(stored) > 200
    assert [pair for pair in stored if f"| `{pair[1]}` |" not in sections.get(pair[0], "")] == []


def test_the_dictionary_in_docs_is_up_to_date() -> None:
    assert (ROOT / "docs/data_dictionary.md").read_text() == page(), "run `make dictionary`"


def test_the_dictionary_can_be_asked_in_a_notebook(ida: LiveAnalysis) -> None:
    found = ida.dictionary()
    assert list(found.columns) == ["view", "column", "type", "about"]
    assert set(found["view"]) == set(OWN)
