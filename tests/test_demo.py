"""The demo desk, read with the standard library: the claims of the generator checked from outside."""

import csv
import email
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from email.policy import compat32, default
from pathlib import Path

import pytest

from core.configuration import load
from core.demo import DemoDesk, DemoMail, generate
from core.demo.streams import all_streams
from core.routes import read_routes
from tests.demo_router import DemoRouter

TODAY = date(2026, 11, 23)
CAUSES = {
    "no_route",
    "bcc_only",
    "conditions_not_met",
    "no_valid_address",
    "own_address",
    "target_missing",
    "flood",
    "too_large",
    "unparsable",
}
RESERVED = re.compile(r"(^|\.)(example|test)$")
DOMAIN = re.compile(rb"(?:@|https?://)([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DemoDesk:
    made = generate(tmp_path_factory.mktemp("demo"), TODAY)
    made.deliver()
    return made


@pytest.fixture(scope="module")
def outcomes(desk: DemoDesk) -> list[tuple[DemoMail, str]]:
    router = DemoRouter(desk.folder)
    return [(mail, router.outcome(mail)) for mail in desk.mail]


def fingerprint(desk: DemoDesk) -> list[tuple[str, str, bytes, datetime]]:
    return [(mail.mailbox, mail.file_name, mail.raw, mail.received_at) for mail in desk.mail]


def readable(mails: Iterable[DemoMail]) -> list[email.message.Message]:
    """The messages that have headers, with raw header values."""
    parsed = (email.message_from_bytes(mail.raw, policy=compat32) for mail in mails if len(mail.raw) < 2**20)
    return [message for message in parsed if message.keys()]


def test_the_same_seed_and_date_give_the_same_bytes_and_another_seed_gives_others(tmp_path: Path) -> None:
    first = generate(tmp_path / "one", TODAY, weeks=2)
    again = generate(tmp_path / "two", TODAY, weeks=2)
    other = generate(tmp_path / "three", TODAY, seed=8, weeks=2)
    assert fingerprint(first) == fingerprint(again)
    assert fingerprint(first) != fingerprint(other)
    assert (tmp_path / "one" / "truth.csv").read_bytes() == (tmp_path / "two" / "truth.csv").read_bytes()


def test_every_mail_lies_in_its_maildir_dated_as_it_was_received(desk: DemoDesk) -> None:
    files = [path for path in (desk.folder / "mail").glob("*/*/*") if path.parent.name in ("cur", "new")]
    assert len(files) == sum(1 for _ in desk.mail)
    for mail in desk.mail:
        path = desk.path(mail)
        assert path.stat().st_size == len(mail.raw)
        assert datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None) == mail.received_at


def test_a_second_demo_in_the_same_folder_replaces_the_first_and_leaves_other_files_alone(tmp_path: Path) -> None:
    generate(tmp_path, TODAY, weeks=1).deliver()
    foreign = tmp_path / "mail" / "hr" / "new" / "1700000000.from.elsewhere"
    foreign.write_bytes(b"Subject: mine\n\n")
    second = generate(tmp_path, TODAY + timedelta(days=1), weeks=1)
    count = second.deliver()
    assert len([path for path in tmp_path.glob("mail/*/*/*") if path.is_file()]) == count + 1
    assert foreign.exists()


def test_mail_spreads_over_the_weeks_follows_working_hours_and_ends_at_the_hour_given(tmp_path: Path) -> None:
    until = datetime(2026, 11, 23, 9, 30)
    made = generate(tmp_path, TODAY, until=until)
    assert len(made.weeks) == 12
    assert all(len(week) > 200 for week in made.weeks)
    assert max(mail.received_at for mail in made.mail) <= until
    assert sum(until - mail.received_at < timedelta(hours=3) for mail in made.mail) >= 8
    weekdays = Counter(mail.received_at.weekday() for mail in made.mail)
    assert weekdays[0] > 3 * weekdays[5]
    hours = Counter(mail.received_at.hour for mail in made.mail)
    assert hours[9] > 4 * hours[21]


def test_the_configuration_and_the_routes_are_valid_and_only_one_target_is_gone(desk: DemoDesk) -> None:
    configuration = load(desk.folder / "straydesk.toml")
    assert len(configuration.mailboxes) == 6
    assert len(configuration.teams) == 3
    assert configuration.routes is not None
    routes = read_routes(configuration.routes)
    assert 40 <= len(routes) <= 50
    catalog = {
        (customer.name, contract.name, service)
        for customer in configuration.customers
        for contract in customer.contracts
        for service in contract.services
    }
    targets = {route.name: (route.target.customer, route.target.contract, route.target.service) for route in routes}
    assert [name for name, target in targets.items() if target not in catalog] == ["Quarry invoices"]


def test_what_people_do_names_targets_and_persons_that_exist(desk: DemoDesk) -> None:
    document = tomllib.loads((desk.folder / "straydesk.toml").read_text("utf-8"))
    catalog = {(c["name"], k["name"], s) for c in document["customer"] for k in c["contracts"] for s in k["services"]}
    members = {team["name"]: set(team["members"]) for team in document["team"]}
    reach = {mailbox["name"]: members[mailbox["team"]] for mailbox in document["mailbox"]}
    for stream in all_streams():
        truth = stream.truth()
        assert truth.by in reach[stream.mailbox], stream.name
        assert truth.reason or (truth.customer, truth.contract, truth.service) in catalog, stream.name


def test_there_are_three_thousand_mails_of_which_routes_take_about_seven_in_ten(
    outcomes: list[tuple[DemoMail, str]],
) -> None:
    counts = Counter(outcome for _, outcome in outcomes)
    assert len(outcomes) >= 3000
    assert 0.68 <= (counts["routed"] + counts["threaded"]) / len(outcomes) <= 0.75
    assert counts["threaded"] >= 200


def test_every_cause_and_every_mailbox_is_among_what_still_waits(outcomes: list[tuple[DemoMail, str]]) -> None:
    waiting = [
        (mail, outcome) for mail, outcome in outcomes if mail.truth.action == "ignore-for-now" and outcome in CAUSES
    ]
    assert {outcome for _, outcome in waiting} == CAUSES
    assert len({mail.mailbox for mail, _ in waiting}) == 6
    assert 40 <= len(waiting) <= 60


def test_streams_that_exist_to_show_a_cause_show_it(outcomes: list[tuple[DemoMail, str]]) -> None:
    shown = {(mail.stream, outcome) for mail, outcome in outcomes if mail.cause == outcome}
    claimed = {(stream.name, stream.cause) for stream in all_streams() if stream.cause}
    assert claimed == shown
    others = Counter(outcome for mail, outcome in outcomes if mail.cause and mail.cause != outcome)
    assert set(others) <= {"routed"}, "only the first twenty mails of a storm are routed"


@pytest.mark.parametrize(
    "kind, pattern, least",
    [
        ("plain text", rb"^Content-Type: text/plain", 1500),
        ("HTML", rb"^Content-Type: text/html", 600),
        ("HTML with a picture inside", rb"^Content-ID: <image001", 30),
        ("PDF", rb"^Content-Type: application/pdf", 800),
        ("PNG", rb"^Content-Type: image/png", 100),
        ("CSV", rb"^Content-Type: text/csv", 50),
        ("spreadsheet", rb"spreadsheetml.sheet; name=", 40),
        ("calendar entry", rb"^Content-Type: text/calendar", 5),
        ("reply", rb"^In-Reply-To: ", 300),
        ("quoted history", rb"^> ", 200),
        ("newsletter", rb"^List-Unsubscribe: ", 40),
        ("out of office", rb"^Auto-Submitted: auto-replied", 15),
        ("bounce", rb"multipart/report", 8),
        ("automatic", rb"^Auto-Submitted: auto-generated", 150),
        ("distribution list's name", rb"^To: (Accounts Payable Team|\"DL-|DL |Elmfield All|=\?utf-8\?Q\?Direcci)", 10),
        ("undisclosed recipients", rb"^To: undisclosed-recipients:;", 10),
        ("several addresses", rb"^To: [^\n]*@[^\n]*, [^\n]*@", 20),
        ("look-alike domain", rb"^From: [^\n]*@acrne\.example", 4),
        ("other address for replies", rb"^Reply-To: ", 4),
        ("forwarded inline", rb"^(---------- Forwarded message|LS0tLS0tLS0tLS)|^Subject: (FW|Fwd|RV): ", 8),
        ("forwarded as attachment", rb"^Content-Type: message/rfc822", 8),
        ("plus address of an item", rb"^To: [^\n]*\+T-000000@", 15),
        ("other plus address", rb"^To: (ap\+invoices|invoices\+po)@", 3),
        ("charset that does not exist", rb"charset=\"?(x-unknown|windows-874-8bit|unknown-8bit|utf-8x)", 1),
        ("Latin-1", rb"charset=\"iso-8859-1\"", 200),
        ("free mail", rb"^From: [^\n]*@(freemail|correo)\.example", 150),
    ],
)
def test_the_mail_has_every_kind_a_desk_receives(desk: DemoDesk, kind: str, pattern: bytes, least: int) -> None:
    found = sum(bool(re.search(pattern, mail.raw, re.M)) for mail in desk.mail)
    assert found >= least, kind


def test_html_carries_remote_pictures_and_tracking_pixels(desk: DemoDesk) -> None:
    pages = [
        part.get_content()
        for mail in desk.weeks[3]
        for part in email.message_from_bytes(mail.raw, policy=default).walk()
        if part.get_content_type() == "text/html" and not part.defects
    ]
    assert sum("<img src" in page or "<img width" in page for page in pages) > 50
    assert sum('width="1" height="1"' in page for page in pages) > 20


def test_replies_name_mail_that_arrived_before_them(desk: DemoDesk) -> None:
    arrived: set[str] = set()
    for mail in desk.mail:
        references = re.search(rb"^References: ((?:[^\n]+\n[ \t])*[^\n]+)", mail.raw, re.M)
        if references:
            assert re.findall(r"<([^>]+)>", references[1].decode())[0] in arrived
            assert mail.truth.thread in arrived
        arrived.add(mail.message_id)


def test_the_same_bytes_lie_in_two_mailboxes_and_other_copies_differ_only_in_delivery(desk: DemoDesk) -> None:
    boxes: dict[bytes, set[str]] = {}
    names: dict[str, set[bytes]] = {}
    for mail in desk.mail:
        boxes.setdefault(mail.raw, set()).add(mail.mailbox)
        names.setdefault(mail.message_id, set()).add(mail.raw)
    assert sum(len(each) == 2 for each in boxes.values()) >= 3
    copies = [copies for copies in names.values() if len(copies) == 2]
    assert len(copies) >= 8
    for one, other in copies:
        assert one.partition(b"\nDate: ")[2] == other.partition(b"\nDate: ")[2]


def test_only_reserved_domains_and_documentation_networks_occur(desk: DemoDesk) -> None:
    texts = [path.read_bytes() for path in desk.folder.glob("*.toml")]
    texts += [raw for mail in desk.mail if len(raw := mail.raw) < 2**20 and raw.isascii()]
    domains = {domain.decode().lower() for text in texts for domain in DOMAIN.findall(text.replace(b"=\n", b""))}
    strange = {domain for domain in domains if not RESERVED.search(domain)}
    assert {domain for domain in strange if not re.fullmatch(r"[0-9a-f]{8}\.[0-9a-f]{8}", domain)} == set()
    addresses = {
        found.rpartition(b".")[0] for text in texts for found in re.findall(rb"\[(\d+\.\d+\.\d+\.\d+)\]", text)
    }
    assert {address for address in addresses if not address.startswith(b"10.1.")} <= {
        b"192.0.2",
        b"198.51.100",
        b"203.0.113",
    }


def test_habits_drift_as_they_do_on_a_real_desk(desk: DemoDesk) -> None:
    by_week = [Counter(mail.stream for mail in week) for week in desk.weeks]

    def weeks_of(stream: str) -> list[int]:
        return [number for number, counts in enumerate(by_week, 1) if counts[stream]]

    assert min(weeks_of("Verdant Print, the new supplier")) >= 5
    assert max(weeks_of("Talleres Mena, old domain")) <= 7  # replies come a little later
    assert min(weeks_of("Talleres Mena, new domain")) >= 7
    deleted = {mail.truth.action for mail in desk.mail if mail.stream.startswith("Mensario, since")}
    assert deleted == {"delete", "ignore-for-now"}


def test_truth_is_written_beside_the_mail_not_into_it(desk: DemoDesk) -> None:
    with (desk.folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(len(week) for week in desk.weeks)
    assert {row["action"] for row in rows} == {"create", "attach", "delete", "ignore-for-now"}
    assert not any(b"ignore-for-now" in mail.raw for mail in desk.mail)


def test_replies_to_plus_addresses_get_the_reference_of_their_item(tmp_path: Path) -> None:
    made = generate(tmp_path, TODAY, weeks=6)
    asking = next(mail for mail in made.mail if mail.plus)
    made.deliver([asking], {asking.plus: "C-000042"})
    assert b"+C-000042@desk.example" in made.path(asking).read_bytes()


def test_attachments_open(desk: DemoDesk) -> None:
    from io import BytesIO
    from zipfile import ZipFile

    from PIL import Image

    checked = Counter[str]()
    for message in readable(desk.weeks[5]):
        for part in message.walk():
            content = part.get_payload(decode=True)
            if not isinstance(content, bytes) or not part.get_filename() or message.defects:
                continue
            checked[part.get_content_type()] += 1
            if part.get_content_type() == "image/png":
                Image.open(BytesIO(content)).load()
            elif part.get_content_type() == "application/pdf":
                start = int(re.findall(rb"startxref\n(\d+)", content)[0])
                assert content[start:].startswith(b"xref")
            elif "spreadsheet" in part.get_content_type():
                assert ZipFile(BytesIO(content)).testzip() is None
    assert checked["image/png"] > 3
    assert checked["application/pdf"] > 30
