"""Servers as processes of their own on the loopback: begun, waited for, and ended by the test that began them."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.servers.nursery import Born, born

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds for a server to answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_usual_port = cache(free_port)  # of the dashboards of this process: one after the other, if it is free


def _port() -> int:
    """The same one as often as it is free: what a browser has compiled of a dashboard it knows by its address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", _usual_port()))
        except OSError:
            return free_port()
    return _usual_port()


@contextmanager
def served(
    arguments: Sequence[str], url: str, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run `python -m …` until the block ends; yields the address once it answers."""
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", *arguments], cwd=ROOT, stdout=out, stderr=out,
                                   env=os.environ | dict(environment or {}))  # fmt: skip
        with _answering(process, url, log):
            yield url


@contextmanager
def dashboard(folder: Path, *options: str, port: int = 0) -> Iterator[str]:
    """The dashboard over `folder`'s straydesk.toml and store.duckdb; yields its address. `options` are Streamlit's."""
    port = port or _port()
    arguments = ["run", "dashboard.py", "--server.port", str(port), "--logger.enableRich", "false", *options]
    environment = {"STRAYDESK_CONFIG": str(folder / "straydesk.toml"), "STRAYDESK_STORE": str(folder / "store.duckdb")}
    log = folder / "dashboard.log"
    process = born(arguments, log, os.environ | environment)
    with _answering(process, f"http://localhost:{port}/_stcore/health", log):
        yield f"http://localhost:{port}"


@contextmanager
def _answering(process: subprocess.Popen[bytes] | Born, url: str, log: Path) -> Iterator[None]:
    """Begins once the process answers, and ends it."""
    try:
        _wait(process, url, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes] | Born, url: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"{url} does not answer: {log.read_text()[-2000:]}") from None
            time.sleep(0.1)
