"""A server on an island: a network namespace of Linux, joined to this machine by a cable that can be cut.

What is sent there while it is cut vanishes without an answer, as in a partition; a server that is ended says goodbye.
Making one needs root.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class Island:
    """`address` is the server's; `inside` is what a command begins with that runs there."""

    def __init__(self) -> None:
        number = os.getpid() % 4096
        self._name, self._here, self._there = f"island{number}", f"here{number}", f"there{number}"
        net = f"10.{200 + number // 256}.{number % 256}"
        self.address = f"{net}.2"
        self.inside = ["ip", "netns", "exec", self._name]
        self._steps = (
            f"netns add {self._name}",
            f"link add {self._here} type veth peer name {self._there} netns {self._name}",
            f"address add {net}.1/30 dev {self._here}",
            f"link set {self._here} up",
            f"-n {self._name} address add {net}.2/30 dev {self._there}",
            f"-n {self._name} link set {self._there} up",
            f"-n {self._name} link set lo up",
        )

    def make(self) -> None:
        """Skips the test on a machine that has no namespaces, or keeps them from who runs the tests."""
        for step in self._steps:
            done = subprocess.run(["ip", *step.split()], capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"no network of one's own here: {done.stderr.strip()}")

    def end(self) -> None:
        """The cable goes with it."""
        subprocess.run(["ip", "netns", "delete", self._name], capture_output=True, check=False)

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """In here nothing that is sent arrives."""
        self._set("down")
        try:
            yield
        finally:
            self._set("up")

    def _set(self, state: str) -> None:
        subprocess.run(["ip", "-n", self._name, "link", "set", self._there, state], check=True)


@contextmanager
def island() -> Iterator[Island]:
    """One, gone at the end."""
    made = Island()
    try:
        made.make()
        yield made
    finally:
        made.end()
