"""The dashboard and the collector as a pair of real processes: they begin together and end together."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.commands.serve import demo_is_due, serve
from core.errors import ConfigurationProblem

ROOT = Path(__file__).parent.parent
PAIR = """
import sys
from core.commands.serve import run_together
child = "import os,time,pathlib; pathlib.Path('{folder}/' + str(os.getpid())).touch(); time.sleep({{seconds}})"
print(run_together({{"first": [sys.executable, "-c", child.format(seconds={first})],
                     "second": [sys.executable, "-c", child.format(seconds=60)]}}) or "nobody")
"""


def started_pair(folder: Path, first: float) -> subprocess.Popen[str]:
    program = PAIR.format(folder=folder, first=first)
    pair = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    while len(list(folder.iterdir())) < 2:
        assert pair.poll() is None
        time.sleep(0.05)
    return pair


def alive(folder: Path) -> list[int]:
    return [int(each.name) for each in folder.iterdir() if Path(f"/proc/{each.name}").exists()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_pair_ends_both(tmp_path: Path, number: signal.Signals) -> None:
    pair = started_pair(tmp_path, first=60)
    assert len(alive(tmp_path)) == 2
    os.kill(pair.pid, number)
    printed, _nothing = pair.communicate(timeout=15)
    assert printed.strip() == "nobody"
    assert alive(tmp_path) == []


def test_when_one_ends_by_itself_the_other_is_ended_and_the_first_is_named(tmp_path: Path) -> None:
    pair = started_pair(tmp_path, first=0.5)
    printed, _nothing = pair.communicate(timeout=15)
    assert printed.strip() == "first"
    assert alive(tmp_path) == []


def test_a_port_that_is_taken_is_refused_before_anything_starts() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(ConfigurationProblem, match="is taken"):
            serve(port=holder.getsockname()[1])


def test_the_demo_is_due_only_where_nobody_brought_a_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STRAYDESK_CONFIG", raising=False)
    monkeypatch.setenv("STRAYDESK_STORE", "desk.duckdb")
    demo = tmp_path / "data/demo/straydesk.toml"
    assert demo_is_due()
    demo.parent.mkdir(parents=True)
    demo.touch()
    assert demo_is_due()
    (tmp_path / "desk.duckdb").touch()
    assert not demo_is_due()
    demo.unlink()
    (tmp_path / "straydesk.toml").touch()
    assert not demo_is_due()
