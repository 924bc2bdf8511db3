"""What deploy/ starts in containers, as processes on the loopback: the same files, commands and environment.

From compose.yaml come the commands, the environment and the health checks; names of hosts, ports and paths are those of
this machine instead. The program runs from what the Dockerfile copies and nothing else. The proxy reads
deploy/Caddyfile as it is.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.servers.certificates import write_certificates
from tests.servers.postgres import Postgres, program
from tests.servers.processes import PATIENCE, ROOT, free_port

DEPLOY = ROOT / "deploy"
INSIDE = "/opt/straydesk"  # where the image holds the program
DASHBOARDS = ("dashboard-1", "dashboard-2")
COLLECTORS = ("collector-1", "collector-2")
SECRETS = {"PGPASSWORD": "correct-horse", "AWS_ACCESS_KEY_ID": "desk", "AWS_SECRET_ACCESS_KEY": "battery-staple"}
# What each port of compose.yaml is called there; each gets a free one of this machine.
STORAGE_PORTS = {"9333": "-master.port", "8080": "-volume.port", "8888": "-filer.port", "8333": "-s3.port"}


@cache
def compose() -> dict[str, Any]:
    """deploy/compose.yaml."""
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return read


def service(name: str) -> dict[str, Any]:
    """One service of it."""
    found: dict[str, Any] = compose()["services"][name]
    return found


def instructions(kind: str) -> list[str]:
    """What stands behind each such instruction of the Dockerfile, its lines joined."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text())
    return [line.partition(" ")[2].strip() for line in text.splitlines() if line.startswith(f"{kind} ")]


def laid_out_image(folder: Path) -> Path:
    """The program as the image holds it: what the Dockerfile copies, under `folder`."""
    for each in instructions("COPY"):
        source, target = shlex.split(each)
        where = folder / target / (Path(source).name if target.endswith("/") else "")
        where.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, where, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / source, where)
    return folder


@dataclass
class Deployed:
    """The whole of compose.yaml in `folder`, where straydesk.toml, mail and the secrets are. `url` is the proxy's."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.image = laid_out_image(self.folder / "image")
        self._catalog = Path(tempfile.mkdtemp(prefix="straydesk-catalog-"))  # its user may not enter the tests' folders
        self.postgres = Postgres(self._catalog)
        self.ports = {name: free_port() for name in (*DASHBOARDS, "https", "http", "healthy", *STORAGE_PORTS)}
        self.url = f"https://localhost:{self.ports['https']}"
        self.authority = write_certificates(_made(self.folder / "certificates"))
        for name, value in SECRETS.items():
            (_made(self.folder / "secrets") / name).write_text(value + "\n")

    def begin(self) -> None:
        """Everything, in the order in which it needs one another; comes back when all of it answers."""
        self._begin_storage()
        self._begin_postgres()
        self.wait(f"http://127.0.0.1:{self.ports['8333']}/healthz")
        for name in (*COLLECTORS, *DASHBOARDS):
            self.start(name, self.command(name), self.environment(name))
        self._begin_proxy()
        for name in DASHBOARDS:
            self.wait(f"http://127.0.0.1:{self.ports[name]}/_stcore/health")
        self.wait(f"http://127.0.0.1:{self.ports['healthy']}/")

    def end(self) -> None:
        """All of it, each by its process; nobody needs the storage to finish what it has in mind."""
        for name in list(self.running):
            self.stop(name, 9 if name == "storage" else 15)
        self.postgres.stop()
        shutil.rmtree(self._catalog, ignore_errors=True)

    def start(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        """A process of that name, with its log beside."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(command, cwd=self.image, stdout=log, stderr=log, env=environment)

    def stop(self, name: str, number: int = 15) -> None:
        """End it: asked to, or as it is killed by 9."""
        process = self.running.pop(name)
        process.send_signal(number)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def command(self, name: str) -> list[str]:
        """The command of a service behind the image's entrypoint."""
        return self._here([*_words(instructions("ENTRYPOINT")[0]), *service(name)["command"]], name)

    def environment(self, name: str) -> dict[str, str]:
        """The environment of a service, and the secrets' folder."""
        values = {key: self.placed(str(value), name) for key, value in service(name).get("environment", {}).items()}
        return os.environ | values | {"SECRETS": str(self.folder / "secrets"), "HOME": str(self.folder)}

    def troubles(self, name: str) -> str:
        """What the health check of a service complains of; nothing if it is healthy."""
        test = service(name)["healthcheck"]["test"]
        done = subprocess.run(self._here(test[1:], name), cwd=self.image, env=self.environment(name), check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
        return f"{done.returncode}: {done.stdout}" if done.returncode else ""

    def placed(self, text: str, name: str = "") -> str:
        """A text of compose.yaml with this machine's places: `name` is the service that it is said of."""
        ports = self.ports
        own = {"-p 5432": f"-p {self.postgres.port}", "127.0.0.1:8081": f"127.0.0.1:{ports['healthy']}",
               "8501": str(ports.get(name, 8501))}  # fmt: skip
        places = {
            "host=postgres port=5432": f"host=127.0.0.1 port={self.postgres.port}",
            "storage:8333": f"127.0.0.1:{ports['8333']}",
            **{f"{each}:8501": f"127.0.0.1:{ports[each]}" for each in DASHBOARDS},
            INSIDE: str(self.image),
            "/etc/straydesk": str(self.folder),
            "/data": str(self.folder / "storage"),
            "0.0.0.0": "127.0.0.1",
            **{f"=127.0.0.1:{port}": f"=127.0.0.1:{ports[port]}" for port in STORAGE_PORTS},
            **{f"{flag}={port}": f"{flag}={ports[port]}" for port, flag in STORAGE_PORTS.items()},
            "127.0.0.1:8333": f"127.0.0.1:{ports['8333']}",
            **own,
        }
        for word, here in places.items():
            text = text.replace(word, here)
        return text

    def wait(self, url: str) -> None:
        """Until it answers there; fails with the end of every log if it does not."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(url, timeout=5).close()
                return
            except OSError:
                ended = any(process.poll() is not None for process in self.running.values())
                if ended or time.monotonic() > until:
                    logs = "\n".join(each.read_text()[-1500:] for each in self.folder.glob("*.log"))
                    raise AssertionError(f"{url} does not answer:\n{logs}") from None
                time.sleep(0.05)

    def _here(self, words: list[str], name: str) -> list[str]:
        """A command of a container as one of this machine."""
        given = [self.placed(word, name) for word in words]
        joined = [str(self.postgres.port) if word == "5432" else word for word in given]
        found = {"python": sys.executable, "pg_isready": program("pg_isready"), "weed": _weed()}
        return [found.get(word, word) for word in joined]

    def _begin_postgres(self) -> None:
        """With the password that compose.yaml gives it, asked of everybody."""
        self.postgres.start()
        self.postgres.sql(f"CREATE ROLE straydesk LOGIN PASSWORD '{SECRETS['PGPASSWORD']}'")
        self.postgres.sql("CREATE DATABASE straydesk OWNER straydesk")
        rules = self._catalog / "data/pg_hba.conf"
        rules.write_text("host all straydesk 127.0.0.1/32 scram-sha-256\nhost all desk 127.0.0.1/32 trust\n")
        self.postgres.sql("SELECT pg_reload_conf()")

    def _begin_storage(self) -> None:
        _made(self.folder / "storage")
        entry = [word if word == "weed" else str(DEPLOY / "entrypoint.sh") for word in service("storage")["entrypoint"]]
        beside = [f"{flag}.grpc={free_port()}" for flag in STORAGE_PORTS.values()]
        self.start("storage", self._here([*entry, *service("storage")["command"], *beside], "storage"),
                   self.environment("storage"))  # fmt: skip
        self._make_bucket()

    def _make_bucket(self) -> None:
        """What README does once by weed's shell: a bucket is a folder of the filer."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                asked = f"http://127.0.0.1:{self.ports['8888']}/buckets/straydesk/"
                urllib.request.urlopen(urllib.request.Request(asked, method="POST"), timeout=5).close()
                return
            except OSError:
                assert time.monotonic() < until, "the storage did not begin"
                time.sleep(0.2)

    def _begin_proxy(self) -> None:
        certificate = self.folder / "certificates"
        given = {"DESK_HOST": "localhost", "DESK_TLS": f"tls {certificate}/server.pem {certificate}/server.key",
                 "HTTPS_PORT": str(self.ports["https"]), "HTTP_PORT": str(self.ports["http"]),
                 "HEALTH_PORT": str(self.ports["healthy"]), "XDG_DATA_HOME": str(self.folder / "proxy")}  # fmt: skip
        caddy = shutil.which("caddy")
        assert caddy, "no Caddy on PATH; .ci/run installs it"
        command = [caddy, "run", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
        self.start("proxy", command, self.environment("proxy") | given)


def _words(listed: str) -> list[str]:
    """An instruction of the Dockerfile in its form as a list."""
    words: list[str] = yaml.safe_load(listed)
    return words


def _weed() -> str:
    return str(Path(sys.executable).with_name("weed"))


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
