"""A real PostgreSQL on the loopback, in a temporary folder, gone when the tests are.

PostgreSQL does not run as root, so that root's tests run it as the user `postgres`, whom its package makes.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.servers.island import Island
from tests.servers.processes import free_port

PATIENCE = 30.0  # seconds
# Nothing has to outlive these tests, and two hundred databases with one visitor each need no room.
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200",
            "shared_buffers": "64MB", "listen_addresses": "127.0.0.1", "autovacuum": "off"}  # fmt: skip


class RunningPostgres:
    """A server that somebody else has started."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.port, self.host = port, host

    def create(self, database: str, template: str = "") -> None:
        """A new database; with the content of another one that nobody uses."""
        like = f" TEMPLATE {template} STRATEGY file_copy" if template else ""
        self.sql(f"CREATE DATABASE {database}{like}")

    def sql(self, statement: str, database: str = "postgres") -> None:
        """Run a statement."""
        subprocess.run([program("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-h", self.host, "-p", str(self.port),
                        "-U", "desk", "-c", statement, database], check=True, stdout=subprocess.DEVNULL)  # fmt: skip

    def location(self, database: str) -> str:
        """What STRAYDESK_STORE says of a lake whose catalog is this database."""
        return f"ducklake:postgres:dbname={database} host={self.host} port={self.port} user=desk"


class Postgres(RunningPostgres):
    """A server with its data in `folder`; on an island, if one is named."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = SETTINGS, on: Island | None = None) -> None:
        super().__init__(free_port(), on.address if on else "127.0.0.1")
        self.folder = folder
        self._folder = folder / "data"
        self._settings = dict(settings) | {"listen_addresses": self.host}
        self._begin = on.inside if on else []
        self._user = "postgres" if os.getuid() == 0 else ""
        self._process: subprocess.Popen[bytes] | None = None
        if self._user:
            folder.chmod(0o755)
            self._folder.mkdir()
            shutil.chown(self._folder, self._user, self._user)
            self._begin = [*self._begin, "setpriv", f"--reuid={self._user}", f"--regid={self._user}", "--clear-groups"]
        self._run("initdb", "-D", str(self._folder), "-A", "trust", "-U", "desk", "--no-sync", "--locale=C.UTF-8")
        if on:
            with (self._folder / "pg_hba.conf").open("a") as allowed:
                allowed.write("host all all samenet trust\n")

    def start(self) -> None:
        """Start it, and come back when it answers."""
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        command = [*self._begin, program("postgres"), "-D", str(self._folder), "-p", str(self.port), "-k", "", *options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        until = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < until and self._process.poll() is None, "PostgreSQL did not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """End it as a machine that fails does: who works with it loses the connection."""
        if self._process:
            self._process.send_signal(2)  # fast: transactions are broken off
            self._process.wait(PATIENCE)
            self._process = None

    def _answers(self) -> bool:
        asked = [program("pg_isready"), "-q", "-h", self.host, "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    def _run(self, *command: str) -> None:
        line = [*self._begin, program(command[0]), *command[1:]]
        subprocess.run(line, check=True, cwd="/", stdout=subprocess.DEVNULL)


@cache
def shared_postgres() -> Postgres:
    """The server of this process's tests, begun at the first use."""
    folder = Path(tempfile.mkdtemp(prefix="straydesk-postgres-"))
    server = Postgres(folder)
    server.start()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.stop)
    return server


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs; Debian keeps them away from PATH."""
    if found := shutil.which(name):
        return found
    newest = max(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(newest)
