"""Who is measured: what Straydesk recommends, readable baselines, and learners from libraries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from core.evaluating import readable, ripper, vectors
from core.evaluating.matrices import Examples
from core.evaluating.readable import InStore

Beside = Callable[[Examples], pd.DataFrame]
"""Learns from examples while the store is closed; answers the columns of `offer` and `offered`."""


@dataclass(frozen=True)
class Learner:
    """One who is measured; `in_store` or `beside` says how it learns."""

    name: str
    in_store: InStore | None = None
    beside: Beside | None = None
    packages: tuple[str, ...] = ()  # that it needs, as they are imported
    note: Callable[[], str] = str


def _all() -> list[Learner]:
    return [
        Learner("recommended", readable.recommended),
        Learner("sender", readable.ladder("sender")),
        Learner("list", readable.ladder("list")),
        Learner("domain", readable.ladder("domain")),
        Learner("ladder", readable.ladder("sender", "list", "domain")),
        Learner("ripper", beside=ripper.answers, packages=("wittgenstein",), note=ripper.note),
        Learner("svm", beside=vectors.answers, packages=("scipy", "sklearn")),
    ]


LEARNERS: Mapping[str, Learner] = {learner.name: learner for learner in _all()}
"""Everybody who can be measured, by name, in the order of the report."""
