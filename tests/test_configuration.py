"""straydesk.toml as a person writes it: what is understood, and what is refused with a sentence that helps."""

from pathlib import Path

import pytest

from core.configuration import Configuration, load
from core.effect_configuration import Effect
from core.errors import ConfigurationProblem

GOOD = """
routes = "routes.toml"
[[person]]
email = "Ana@Desk.example"
name = "Ana"
role = "agent"
[[team]]
name = "Finance"
members = ["ana@desk.example"]
[[mailbox]]
name = "Accounts Payable"
address = "ap@desk.example"
team = "Finance"
source = "imaps://ap%40desk.example@mail.example:1993/INBOX/Old%20mail"
password_env = "AP_PASSWORD"
[[mailbox]]
name = "Archive"
address = "archive@desk.example"
team = "Finance"
source = "maildir:mail/archive"
[[customer]]
name = "Acme"
contracts = [{ name = "P2P", services = ["Invoices", "Payments"] }]
[limits]
size = "10 MiB"
depth = 7
[collect]
every_seconds = 5
"""


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("CONFIG", "STORE", "DATA", "LANGUAGE"):
        monkeypatch.delenv(f"STRAYDESK_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "routes.toml").write_text('[[route]]\nname = "r"\n')
    path = tmp_path / "straydesk.toml"
    path.write_text(GOOD)
    return path


def read(file: Path, old: str, new: str) -> Configuration:
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1))
    return load(file)


def test_every_section_of_a_good_file_is_understood(file: Path) -> None:
    configuration = load(file)
    assert [(person.email, person.role) for person in configuration.persons] == [("ana@desk.example", "agent")]
    assert configuration.teams[0].members == ("ana@desk.example",)
    assert configuration.customers[0].contracts[0].services == ("Invoices", "Payments")
    assert (configuration.limits.size, configuration.limits.depth, configuration.limits.parts) == (10 * 2**20, 7, 1000)
    assert configuration.collect.every_seconds == 5
    assert configuration.routes == file.parent / "routes.toml"


def test_a_source_is_taken_apart_with_its_escapes_undone(file: Path) -> None:
    imap, archive = (mailbox.source_address for mailbox in load(file).mailboxes)
    assert (imap.scheme, imap.user, imap.host, imap.port) == ("imaps", "ap@desk.example", "mail.example", 1993)
    assert imap.folder == "INBOX/Old mail"
    assert (archive.scheme, archive.path) == ("maildir", "mail/archive")


def test_an_imap_source_without_port_and_folder_gets_the_usual_ones(file: Path) -> None:
    configuration = read(file, "mail.example:1993/INBOX/Old%20mail", "mail.example")
    assert (configuration.mailboxes[0].source_address.port, configuration.mailboxes[0].source_address.folder) == (
        993,
        "INBOX",
    )


@pytest.mark.parametrize(
    ("old", "new", "place", "advice"),
    [
        ("routes =", "rutes =", "rutes", "not known"),
        ('role = "agent"', 'role = "boss"', "person 1 “Ana”, role", "one of 'agent', 'lead'"),
        ("Ana@Desk.example", "Ana at desk", "person 1 “Ana”, email", "no e-mail address"),
        ('"ap@desk.example"', '"ap@"', "mailbox 1 “Accounts Payable”, address", "no e-mail address"),
        ('["ana@desk.example"]', '["ana"]', "team 1 “Finance”, members 1 “ana”", "no e-mail address"),
        ('["ana@desk.example"]', '["bob@desk.example"]', "team “Finance”, members", "no person bob@desk.example"),
        ('team = "Finance"', 'team = "Sales"', "mailbox “Accounts Payable”, team", "no team “Sales”"),
        ('team = "Finance"\n', "", "mailbox 1 “Accounts Payable”, team", "missing"),
        ('name = "Archive"', 'name = "accounts payable"', "mailbox, name", "stands here twice"),
        ('"Invoices", "Payments"', '"Invoices", "Invoices"', "contract “P2P”, services", "stands here twice"),
        ("desk.example@mail", "desk.example:s3cret@mail", "mailbox 1 “Accounts Payable”, source", "password_env"),
        ("imaps://", "pop3://", "mailbox 1 “Accounts Payable”, source", "must begin with imaps://"),
        ("ap%40desk.example@", "", "mailbox 1 “Accounts Payable”, source", "user and a server"),
        (":1993", ":99999", "mailbox 1 “Accounts Payable”, source", "port"),
        ("%40", "@", "mailbox 1 “Accounts Payable”, source", "%40"),
        ("maildir:mail/archive", "maildir:", "mailbox 2 “Archive”, source", "path"),
        ("password_env =", "password =", "mailbox 1 “Accounts Payable”, password", "never stand in this file"),
        ('"AP_PASSWORD"', '"A"\nafter = "move"', "mailbox 1 “Accounts Payable”, after", "not known"),
        (
            '"AP_PASSWORD"',
            '"A"\nafter_collecting = "burn"',
            "Accounts Payable”, after_collecting",
            "one of 'nothing', 'flag'",
        ),
        ('"AP_PASSWORD"', '"A"\nflag = "a b"', "Accounts Payable”, flag", "“a b” is no flag"),
        ('"AP_PASSWORD"', '"A"\nflag = "\\\\Deleted"', "Accounts Payable”, flag", "is no flag"),
        ('"AP_PASSWORD"', '"A"\nmove_to = " "', "Accounts Payable”, move_to", "it is empty"),
        ('"AP_PASSWORD"', '"A"\nmove_to = "a*"', "Accounts Payable”, move_to", "can't be the name of a folder"),
        ('"AP_PASSWORD"', '"A"\nafter_collecting = "delete"', "mailbox 1 “Accounts Payable”", "delete_after_days"),
        (
            '"AP_PASSWORD"',
            '"A"\ndelete_after_days = 0',
            "Accounts Payable”, delete_after_days",
            "greater than or equal to 1",
        ),
        (
            "mail/archive",
            'mail/archive"\nafter_collecting = "move',
            "mailbox 2 “Archive”",
            "only mail on an IMAP server",
        ),
        (
            '"AP_PASSWORD"',
            '"A"\nafter_collecting = "move"\nmove_to = "INBOX/Old mail"',
            "mailbox “Accounts Payable”, move_to",
            "is collected itself",
        ),
        ("depth = 7", "depth = 0", "limits, depth", "greater than or equal to 1"),
        ("every_seconds = 5", 'every_seconds = "often"', "collect, every_seconds", "correct it"),
        ('"routes.toml"', '"nowhere.toml"', "routes", "no file"),
        ('name = "Ana"', "name = Ana", "straydesk.toml", "not valid TOML"),
    ],
)
def test_a_mistake_is_refused_naming_the_file_the_place_and_what_to_do(
    file: Path, old: str, new: str, place: str, advice: str
) -> None:
    with pytest.raises(ConfigurationProblem) as refused:
        read(file, old, new)
    assert str(refused.value).startswith(str(file))
    assert place in str(refused.value)
    assert advice in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_what_happens_after_collecting_is_nothing_unless_it_is_written(file: Path) -> None:
    assert [mailbox.effect for mailbox in load(file).mailboxes] == [None, None]
    for written, effect in (
        ('after_collecting = "flag"', Effect("flag", "$Straydesk")),
        ("after_collecting = 'flag'\nflag = '\\Seen'", Effect("flag", "\\Seen")),
        ('after_collecting = "move"', Effect("move", "Collected")),
        ('after_collecting = "delete"\ndelete_after_days = 30', Effect("delete", days=30)),
    ):
        assert read(file, '"AP_PASSWORD"', f'"A"\n{written}').mailboxes[0].effect == effect


def test_mail_is_not_moved_into_a_folder_that_another_mailbox_of_the_user_collects(file: Path) -> None:
    source = 'source = "imaps://ap%40desk.example@mail.example:1993/inbox"'
    with pytest.raises(ConfigurationProblem, match="“Inbox” is collected itself"):
        read(file, 'source = "maildir:mail/archive"', f'{source}\nafter_collecting = "move"\nmove_to = "Inbox"')
    other = source.replace("ap%40desk.example@", "another@")
    text = GOOD.replace('source = "maildir:mail/archive"', other)
    file.write_text(text.replace('"AP_PASSWORD"', '"A"\nafter_collecting = "move"\nmove_to = "INBOX"'))
    assert load(file).mailboxes[0].effect == Effect("move", "INBOX")


def test_every_mistake_gets_its_own_sentence(file: Path) -> None:
    with pytest.raises(ConfigurationProblem) as refused:
        read(file, 'email = "Ana@Desk.example"\nname = "Ana"\nrole = "agent"', 'email = "a"\nrole = "b"\nage = 3')
    assert len(refused.value.sentence.splitlines()) == 3


def test_no_secret_survives_in_the_chain_of_a_refusal(file: Path) -> None:
    with pytest.raises(ConfigurationProblem) as refused:
        read(file, "desk.example@mail", "desk.example:s3cret@mail")
    cause: BaseException | None = refused.value
    while cause:
        assert "s3cret" not in str(cause)
        cause = cause.__cause__


def test_without_any_file_the_way_to_one_is_named() -> None:
    with pytest.raises(ConfigurationProblem, match="python -m core demo.*STRAYDESK_CONFIG"):
        load()


def test_a_named_file_that_is_missing_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationProblem, match="gone.toml"):
        load(tmp_path / "gone.toml")


def test_own_file_goes_before_the_demo_and_the_environment_before_both(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = tmp_path / "data/demo/straydesk.toml"
    demo.parent.mkdir(parents=True)
    demo.write_text("")
    assert load().path == file
    file.unlink()
    assert load().path == demo
    other = tmp_path / "other.toml"
    other.write_text("")
    monkeypatch.setenv("STRAYDESK_CONFIG", str(other))
    assert load().path == other


def test_the_environment_says_where_the_store_is(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(file).settings.store == "data/straydesk.duckdb"
    monkeypatch.setenv("STRAYDESK_STORE", "elsewhere.duckdb")
    assert load(file).settings.store == "elsewhere.duckdb"


def test_a_wrong_environment_variable_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRAYDESK_LANGUAGE", "fr")
    with pytest.raises(ConfigurationProblem, match="STRAYDESK_LANGUAGE"):
        load(file)


def test_the_digest_changes_with_what_seeds_the_store_and_with_nothing_else(file: Path) -> None:
    before = load(file).digest
    assert read(file, "every_seconds = 5", "every_seconds = 6").digest == before
    assert read(file, '"Payments"', '"Payouts"').digest != before
    file.write_text(GOOD)
    (file.parent / "routes.toml").write_text('[[route]]\nname = "another"\n')
    assert load(file).digest != before
