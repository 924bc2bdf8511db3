"""`serve`: the dashboard and the collector side by side, started together and ended together."""

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from core.configuration import DEMO, OWN
from core.errors import ConfigurationProblem, StraydeskError
from core.language import _
from core.settings import settings

DASHBOARD = Path(__file__).parents[2] / "dashboard.py"
ADDRESS = "127.0.0.1"
PATIENCE = 10.0  # seconds a child gets to finish what it is writing


def serve(
    port: Annotated[int, typer.Option(envvar="PORT", min=1, max=65535, help="Where the dashboard answers.")] = 8501,
    demo: Annotated[bool, typer.Option(help="Make the demo first, where there is no configuration or store.")] = False,
) -> None:
    """Serve the dashboard and collect beside it, until Ctrl-C or until one of the two ends."""
    _refuse_taken(port)
    if demo and demo_is_due():
        _make_demo()
    sys.stderr.write(_("Straydesk is at {url}. Ctrl-C ends it.").format(url=f"http://{ADDRESS}:{port}") + "\n")
    ended = run_together(
        {"dashboard": _dashboard(port), "collector": [sys.executable, "-m", "core", "collect", "--watch"]}
    )
    if ended:
        raise StraydeskError(
            _("The {child} ended by itself, so everything was ended.").format(child=ended),
            _("What it printed above says why; then start again."),
        )


def demo_is_due() -> bool:
    """Whether `serve --demo` has to make the demo: nobody brought a configuration, and the demo's is not complete."""
    environment = settings()
    if environment.config or OWN.exists():
        return False
    return not DEMO.exists() or (":" not in environment.store and not Path(environment.store).exists())


def _make_demo() -> None:
    # A process of its own, so that what making the demo takes in memory is gone when serving begins.
    if subprocess.run([sys.executable, "-m", "core", "demo"], check=False).returncode:
        raise StraydeskError(_("The demo could not be made."), _("What it printed above says why."))


def run_together(commands: dict[str, list[str]]) -> str:
    """Run the commands until one ends or a signal asks to stop, then end all. The name of the one that ended, or ""."""
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_arguments: asked.set())
    # In our process group on purpose: whoever ends the group, however hard, leaves no orphan that holds the port.
    children = {name: subprocess.Popen(command) for name, command in commands.items()}
    ended = ""
    while not ended and not asked.wait(0.2):
        ended = next((name for name, child in children.items() if child.poll() is not None), "")
    _end(list(children.values()))
    return ended


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _dashboard(port: int) -> list[str]:
    options = ["--server.port", str(port), "--server.address", ADDRESS, "--server.headless", "true"]
    return [sys.executable, "-m", "streamlit", "run", str(DASHBOARD), *options]


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise ConfigurationProblem(
                _("Port {port} of {address} is taken.").format(port=port, address=ADDRESS),
                _("End what runs there, or choose another: make run PORT=8600."),
            ) from error
