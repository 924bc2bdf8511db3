"""Dashboards that begin at once: forked from a process in which Python, Streamlit, pandas and core are loaded already.

Loading them costs each dashboard two seconds of a processor, and most tests in the browser have one of their own. What
runs is `streamlit run` all the same, in a process of its own, with the environment it is given.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from streamlit.components.v2 import manifest_scanner

ROOT = Path(__file__).parents[2]
_running: list["subprocess.Popen[str]"] = []


class Born:
    """A process that the nursery has forked, watched and ended as one of `subprocess` is."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """None while it runs; nobody knows what it ended with."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def terminate(self) -> None:
        """Ask it to end."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float = 60.0) -> int:
        """Wait for its end. Raises TimeoutExpired."""
        until = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("streamlit", timeout)
            time.sleep(0.02)
        return 0


def born(arguments: Sequence[str], log: Path, environment: Mapping[str, str]) -> Born:
    """Begin `streamlit …` with exactly this environment; what it says goes into the log."""
    nursery = _nursery()
    assert nursery.stdin and nursery.stdout
    nursery.stdin.write(json.dumps([list(arguments), str(log), dict(environment)]) + "\n")
    nursery.stdin.flush()
    return Born(int(nursery.stdout.readline()))


def look_through_packages_once() -> None:
    """A server looks through all installed packages for components, which takes half as long as a page does."""
    manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def _nursery() -> "subprocess.Popen[str]":
    """One for this process, until it ends."""
    if not _running:
        begun = subprocess.Popen([sys.executable, "-m", "tests.servers.nursery"], cwd=ROOT, text=True,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        _running.append(begun)
        atexit.register(begun.kill)
    return _running[0]


def _load() -> None:
    for name in ("altair", "pandas", "streamlit.web.bootstrap", "streamlit.web.cli"):
        import_module(name)
    for module in walk_packages(import_module("core").__path__, "core."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    look_through_packages_once()
    manifest_scanner.scan_component_manifests()


def _become(arguments: list[str], log: str, environment: dict[str, str]) -> None:
    with Path(log).open("wb") as out, Path(os.devnull).open("rb") as nothing:
        for number, stream in enumerate((nothing, out, out)):
            os.dup2(stream.fileno(), number)
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    sys.argv = ["streamlit", *arguments]
    import_module("streamlit.web.cli").main(arguments)


def main() -> None:
    """Fork a dashboard for each line of standard input, and answer with its process id."""
    _load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who has ended is gone at once
    for line in sys.stdin:
        if child := os.fork():
            print(child, flush=True)
        else:
            _become(*json.loads(line))  # ends this process


if __name__ == "__main__":
    main()
