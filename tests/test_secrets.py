"""Where the password of a mailbox comes from."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import keyring
import keyring.backend
import keyring.core
import pytest

from core.configuration_file import MailboxConfiguration
from core.errors import SourceProblem
from core.secrets import password_of


class KeyringInMemory(keyring.backend.KeyringBackend):
    """A keyring as the operating system has one, without a desktop around it."""

    priority = 1
    passwords: ClassVar = {("straydesk", "ap@desk.example"): "from the keyring"}

    def get_password(self, service: str, username: str) -> str | None:
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[service, username] = password


@pytest.fixture(autouse=True)
def with_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.core.load_keyring(f"{__name__}.KeyringInMemory"))
    yield
    keyring.set_keyring(before)


def mailbox(**more: object) -> MailboxConfiguration:
    written = {"name": "Payables", "address": "ap@desk.example", "team": "Desk", "source": "imaps://ap@mail.example/"}
    return MailboxConfiguration.model_validate({**written, **more})


def test_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "password").write_text("from the file")
    monkeypatch.setenv("AP_PASSWORD", "from the environment ")
    found = password_of(mailbox(password_env="AP_PASSWORD", password_file="password"), tmp_path)
    assert found == "from the environment "


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("AP_PASSWORD", raising=False)
    if value is not None:
        monkeypatch.setenv("AP_PASSWORD", value)
    with pytest.raises(SourceProblem, match="the environment variable AP_PASSWORD is not set"):
        password_of(mailbox(password_env="AP_PASSWORD"), tmp_path)


@pytest.mark.parametrize("line_end", ["", "\n", "\r\n"])
def test_a_file_beside_the_configuration_holds_the_password_on_a_line(tmp_path: Path, line_end: str) -> None:
    (tmp_path / "password").write_bytes(f" from the fíle {line_end}".encode())
    assert password_of(mailbox(password_file="password"), tmp_path) == " from the fíle "


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceProblem, match="The password file of the mailbox “Payables” can't be read"):
        password_of(mailbox(password_file="gone"), tmp_path)


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("\n")
    with pytest.raises(SourceProblem, match="is empty"):
        password_of(mailbox(password_file="password"), tmp_path)


def test_otherwise_the_keyring_is_asked(tmp_path: Path) -> None:
    assert password_of(mailbox(), tmp_path) == "from the keyring"


def test_without_any_password_the_places_for_one_are_told(tmp_path: Path) -> None:
    with pytest.raises(SourceProblem) as caught:
        password_of(mailbox(address="other@desk.example"), tmp_path)
    assert "keyring set straydesk other@desk.example" in str(caught.value)


def test_a_machine_without_a_keyring_is_told_like_one_without_a_password(tmp_path: Path) -> None:
    keyring.set_keyring(keyring.core.load_keyring("keyring.backends.fail.Keyring"))
    with pytest.raises(SourceProblem, match="There is no password for the mailbox “Payables”"):
        password_of(mailbox(), tmp_path)
