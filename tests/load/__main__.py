"""`make load`: the loads of docs/load.md, one after the other; figures into docs/load.json and docs/load.md.

`python -m tests.load --home lake --agents 50 --seconds 60` does one of them and prints it.
"""

import argparse
import json
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from tests.load.running import Load, measured
from tests.servers.processes import ROOT

BAR = 1000  # milliseconds: what an action may take at the 95th percentile
STEPS = (5, 10, 20, 50)  # agents at a file
LEAST = 3  # messages that each agent deals with, however slow it is
JSON, PAGE = ROOT / "docs/load.json", ROOT / "docs/load.md"
TEMPLATE = Path(__file__).with_name("page.md")


def main() -> None:
    asked = _asked()
    if asked.home:
        lake = asked.home == "lake"
        load = Load(
            asked.home, asked.agents, 2 if lake else 1, 4 if lake else 1, asked.seconds, asked.think, least=LEAST
        )
        print(json.dumps(measured(load), indent=2))
        return
    loads = [Load("lake", asked.agents, 2, 4, asked.seconds, asked.think, least=LEAST)]
    loads += [Load("file", agents, 1, 1, asked.seconds, asked.think, least=LEAST) for agents in STEPS]
    results = []
    for load in loads:
        results.append(measured(load))
        print(json.dumps(results[-1]), flush=True)
        write({"measured_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "machine": machine(), "loads": results})


def write(told: dict[str, Any]) -> None:
    """The figures as a file and as a page."""
    JSON.write_text(json.dumps(told, indent=2) + "\n")
    PAGE.write_text(page(told))


def page(told: dict[str, Any]) -> str:
    """docs/load.md of these figures."""
    rows = "\n".join(row(each) for each in told["loads"])
    return TEMPLATE.read_text().format(machine=told["machine"], measured_at=told["measured_at"], rows=rows,
                                       verdict=verdict(told["loads"]))  # fmt: skip


def row(each: dict[str, Any]) -> str:
    """A load as a line of the table."""
    times = each["milliseconds"]
    action, opened, first = (times.get(name, {"count": 0, "p50": "", "p95": ""}) for name in ("action", "open", "page"))
    cells = (
        each["home"],
        each["agents"],
        f"{each['think']:g} s",
        f"{each['dashboards']}, {each['collectors']}",
        action["count"],
        action["p50"],
        action["p95"],
        opened["p95"],
        first["p95"],
        a_message(each),
        sum(each["errors"].values()),
        sum(map(abs, each["wrong"].values())),
        each["load_average_before"],
    )
    return "| " + " | ".join(map(str, cells)) + " |"


def a_message(each: dict[str, Any]) -> str:
    """Processor time of dashboards and PostgreSQL for a message that was dealt with, in milliseconds."""
    dealt = sum(each["won"].values()) + sum(each["overtaken"].values())
    took = each["processor_seconds"].get("dashboard", 0) + each["processor_seconds"].get("postgres", 0)
    return f"{1000 * took / dealt:.0f}" if dealt else ""


def verdict(loads: list[dict[str, Any]]) -> str:
    """How many agents a file holds, in a sentence."""
    held = [
        each["agents"]
        for each in loads
        if each["home"] == "file" and each["milliseconds"].get("action", {"p95": BAR})["p95"] < BAR
    ]
    most = f"{max(held)} agents" if held else f"fewer than {STEPS[0]} agents"
    return f"On a file, this machine held {most} with an action's p95 under {BAR / 1000:g} s."


def machine() -> str:
    """What it was measured on."""
    cores, memory = psutil.cpu_count(), psutil.virtual_memory().total / 2**30
    return f"{cores} cores, {memory:.0f} GB, Python {platform.python_version()}"


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load")
    parser.add_argument("--home", choices=["file", "lake"])
    parser.add_argument("--agents", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=15)
    return parser.parse_args()


if __name__ == "__main__":
    main()
