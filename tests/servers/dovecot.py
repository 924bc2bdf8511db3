"""A real Dovecot on the loopback, with nothing of the system's own configuration, gone when the test is.

Needs /usr/sbin/dovecot (Debian: apt-get install dovecot-imapd) and root, because Dovecot gives its rights away itself:
mail is read as the user `mail`, sign-in runs as `dovenull`.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from imap_tools import MailBoxUnencrypted
from imap_tools.imap_utf7 import utf7_encode

from core.configuration_file import MailboxConfiguration
from tests.servers.certificates import write_certificates

PROGRAM = Path("/usr/sbin/dovecot")
PASSWORD = "correct-horse"
PASSWORD_ENV = "DOVECOT_TEST_PASSWORD"
PATIENCE_SECONDS = 20

CONFIGURATION = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/dovecot.log
instance_name = {instance}
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{root}/server.pem
ssl_key = <{root}/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_username_chars =
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
mail_fsync = never
first_valid_uid = 1
{settings}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={root}/mail/%u
}}
# Whoever once gave a wrong password would have to wait at the next sign-in, in another test.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
"""


def why_not() -> str:
    """Why no Dovecot can be started here, or nothing if one can."""
    if not PROGRAM.exists():
        return "Dovecot is not installed (apt-get install dovecot-imapd)"
    return "" if os.geteuid() == 0 else "Dovecot must be started by root"


@dataclass(frozen=True)
class Dovecot:
    """A running server. Every user name exists, with the one password."""

    root: Path
    process: "subprocess.Popen[bytes]"
    plain_port: int
    tls_port: int
    authority: Path
    password: str

    def source(self, user: str, folder: str = "INBOX", *, tls: bool = False, host: str = "127.0.0.1") -> str:
        """The address of a folder, for the `source` of a mailbox."""
        scheme, port = ("imaps", self.tls_port) if tls else ("imap", self.plain_port)
        return f"{scheme}://{quote(user, safe='')}@{host}:{port}/{quote(folder)}"

    def mailbox(
        self, user: str, folder: str = "INBOX", *, tls: bool = False, host: str = "127.0.0.1", **more: object
    ) -> MailboxConfiguration:
        """The configuration of a mailbox of this server; the password is in the environment variable PASSWORD_ENV."""
        os.environ[PASSWORD_ENV] = self.password
        address = user if "@" in user else f"{user}@desk.example"
        written = {
            "name": user,
            "address": address,
            "team": "Desk",
            "source": self.source(user, folder, tls=tls, host=host),
        }
        return MailboxConfiguration.model_validate({**written, "password_env": PASSWORD_ENV, **more})

    def maildir(self, user: str, folder: str = "INBOX") -> Path:
        """The Maildir of a folder (Maildir++: a folder is `.Name`), made if need be."""
        home = self.root / "mail" / user
        path = home / "Maildir"
        for made in (home, path, path if folder == "INBOX" else path / f".{utf7_encode(folder).decode()}"):
            _own(made)
            path = made
        for part in ("cur", "new", "tmp"):
            _own(path / part)
        return path

    def fill(self, user: str, messages: Iterable[bytes], folder: str = "INBOX") -> list[Path]:
        """Delivers messages as a delivery agent does, into `new`. Thousands a second. Answers the files."""
        maildir = self.maildir(user, folder)
        began = int(time.time())
        start = sum(1 for part in ("new", "cur") for _name in (maildir / part).iterdir())
        files = []
        for number, raw in enumerate(messages, start):
            path = maildir / "new" / f"{began}.M{number:06d}P{os.getpid()}.desk"
            path.write_bytes(raw)
            os.chown(path, *_mail_user())
            files.append(path)
        return files

    @contextmanager
    def signed_in(self, user: str) -> Iterator[MailBoxUnencrypted]:
        """Another mail program that works on the same mailbox."""
        with MailBoxUnencrypted("127.0.0.1", self.plain_port, timeout=PATIENCE_SECONDS) as other:
            other.login_utf8(user, self.password)
            yield other

    def log(self) -> str:
        """What the server has written about itself."""
        return (self.root / "dovecot.log").read_text(errors="replace")


@contextmanager
def dovecot(
    settings: str = "",
    *,
    ssl: str = "yes",
    names: tuple[str, ...] = ("localhost",),
    days: int = 30,
    password: str = PASSWORD,
) -> Iterator[Dovecot]:
    """Starts a Dovecot and stops it in the end. `settings` are further lines of its configuration."""
    # Directly below /tmp: the paths of Unix sockets are at most 107 bytes long.
    root = Path(tempfile.mkdtemp(prefix="straydesk-dovecot-", dir="/tmp"))
    try:
        root.chmod(0o755)
        (root / "state").mkdir()
        _own(root / "mail")
        authority = write_certificates(root, names=names, days=days)
        plain, tls = _free_ports()
        (root / "dovecot.conf").write_text(
            CONFIGURATION.format(
                root=root, instance=root.name, plain=plain, tls=tls, password=password, settings=settings, ssl=ssl
            )
        )
        process = subprocess.Popen([PROGRAM, "-F", "-c", root / "dovecot.conf"], stderr=subprocess.PIPE)
        try:
            server = Dovecot(root, process, plain, tls, authority, password)
            _await(server)
            yield server
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _await(server: Dovecot) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", server.plain_port), timeout=5) as connection:
                if connection.recv(4) == b"* OK":
                    return
        except OSError:
            time.sleep(0.02)
    server.process.terminate()
    said = server.process.communicate(timeout=PATIENCE_SECONDS)[1]
    raise RuntimeError(f"Dovecot did not start: {said.decode(errors='replace')}")


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        for each in (first, second):
            each.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def _own(folder: Path) -> None:
    folder.mkdir(exist_ok=True, mode=0o755)
    os.chown(folder, *_mail_user())


def _mail_user() -> tuple[int, int]:
    user = pwd.getpwnam("mail")
    return user.pw_uid, user.pw_gid
