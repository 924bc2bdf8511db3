"""`make load`: the loads of docs/load.md, one after the other; figures into docs/load.json and docs/load.md.

`python -m tests.load --home lake --agents 50 --seconds 60` does one of them and prints it.
"""

import argparse
import json
import platform
from datetime import UTC, datetime
from typing import Any

import psutil

from tests.load.running import Load, measured
from tests.servers.processes import ROOT

BAR = 1000  # milliseconds: what an action may take at the 95th percentile
STEPS = (5, 10, 20, 50)  # agents at a file
JSON, PAGE = ROOT / "docs/load.json", ROOT / "docs/load.md"
WAITED_FOR = {"page": "the first page of a session, from the websocket on", "open": "another message, by a click into the list",
              "dialog": "the dialog of an action", "choose": "a choice in it", "action": "the last press of an action, until the page "
              "says what became of it", "look": "the page's own look at what is new, every 10 s"}  # fmt: skip


def main() -> None:
    asked = _asked()
    if asked.home:
        lake = asked.home == "lake"
        load = Load(asked.home, asked.agents, 2 if lake else 1, 4 if lake else 1, asked.seconds, asked.think)
        print(json.dumps(measured(load), indent=2))
        return
    loads = [Load("file", agents, 1, 1, asked.seconds, asked.think) for agents in STEPS]
    loads.append(Load("lake", asked.agents, 2, 4, asked.seconds, asked.think))
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
    lines = [
        "# How many agents a desk holds", "",
        "Written by `make load` from docs/load.json. Agents are real sessions of real dashboards, over Streamlit's own websocket protocol:",
        "each opens a message, reads it, and deletes it, opens a work item, or claims it, with the presses that a browser sends. Mail arrives and is",
        "collected meanwhile. Dashboards, collectors, agents, and with the lake PostgreSQL, all run on the same machine:", "",
        f"> {told['machine']}, {told['measured_at']}", "",
        "| home | agents | thinking | dashboards, collectors | actions | action p50 | p95 | open p95 | page p95 | errors | lost, doubled | "
        "load of the machine before |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
        *(row(each) for each in told["loads"]), "",
        "Times in milliseconds. *Thinking*: the average time between two things an agent does; half of it again goes to reading. What is waited for:", "",
        *(f"- **{name}**: {what}." for name, what in WAITED_FOR.items()), "",
        "*Lost, doubled* counts, when all is over: mail that is not stored, or twice; decided other than once; acted on by two; work items that an agent "
        "was", "told of and that are not there, or the other way round; days whose ledger does not add up. Of two agents at one message one wins, and the "
        "other is told: that", "is no error.", "",
        *verdict(told["loads"]),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def row(each: dict[str, Any]) -> str:
    """A load as a line of the table."""
    times = each["milliseconds"]
    none = {"count": 0, "p50": 0, "p95": 0}
    action, opened, first = (times.get(name, none) for name in ("action", "open", "page"))
    cells = (each["home"], each["agents"], f"{each['think']:g} s", f"{each['dashboards']}, {each['collectors']}", action["count"], action["p50"],
             action["p95"], opened["p95"], first["p95"], sum(each["errors"].values()), sum(map(abs, each["wrong"].values())),
             each["load_average_before"])  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


def verdict(loads: list[dict[str, Any]]) -> list[str]:
    """How many agents a file holds, in a sentence."""
    held = [
        each["agents"]
        for each in loads
        if each["home"] == "file" and each["milliseconds"].get("action", {"p95": BAR})["p95"] < BAR
    ]
    most = f"{max(held)} agents" if held else f"fewer than {STEPS[0]} agents"
    return [f"On a file, this machine held {most} with an action's p95 under {BAR / 1000:g} s."]


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
