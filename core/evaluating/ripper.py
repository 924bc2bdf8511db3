"""RIPPER, the classic learner of readable rules: one rule set for each frequent target against all the rest."""

import time
from importlib import import_module

import numpy as np
import pandas as pd

from core.evaluating.matrices import Array, Examples, offers
from core.language import _
from core.recommendations.asking import BOUND

FREQUENT = 10  # mails a target must have; rarer ones are not learned
TARGETS = 30  # most frequent targets that are learned
ITEMS = 60  # items that are looked at for a target, those that say most about it
SECONDS = 10.0  # after which no further target of a fold is begun


def note() -> str:
    """What is left out, so that it ends."""
    return _("The {count} most frequent targets only, and no further one of a week after {seconds:.0f} s.").format(
        count=TARGETS, seconds=SECONDS)  # fmt: skip


def answers(examples: Examples) -> pd.DataFrame:
    """What its rules say about the messages asked about, as sure as Wilson's bound of the best rule that holds."""
    known, started = len(examples.answers), time.monotonic()
    has = np.zeros((len(examples.ids), len(examples.names)), bool)
    has[examples.message, examples.item] = True
    targets, counts = np.unique(examples.answers, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:TARGETS]
    targets = targets[order[counts[order] >= FREQUENT]]
    scores = np.full((len(examples.asked), max(len(targets), 1)), -np.inf)
    for place, target in enumerate(targets):
        if time.monotonic() - started > SECONDS:
            break
        scores[:, place] = _sure(has, examples.answers == target, known)
    sure = scores.max(axis=1)
    return offers(
        examples.asked, targets if len(targets) else np.array(["delete"], object), scores, sure, sure >= BOUND
    )


def _sure(has: Array, positive: Array, known: int) -> Array:
    """For each message asked about, Wilson's bound of the best rule that holds for it; -inf where none does."""
    telling = _telling(has[:known], positive)
    model = import_module("wittgenstein").RIPPER(k=1, random_state=0, verbosity=0)
    # Arrays, not frames: its way with frames does not work with pandas 3.
    model.fit(has[:known, telling].astype(int), y=positive.astype(int), pos_class=1)
    best = np.full(len(has) - known, -np.inf)
    for rule in model.ruleset_.rules:
        holds = np.logical_and.reduce(
            [has[:, telling[int(cond.feature)]] == bool(int(cond.val)) for cond in rule.conds]
        )
        bound = _wilson(int((holds[:known] & positive).sum()), int(holds[:known].sum()))
        best[holds[known:]] = np.maximum(best[holds[known:]], bound)
    return best


def _telling(has: Array, positive: Array) -> Array:
    """The items that say most about a target: by how much more of its mail than of other mail has them."""
    inside, outside = has[positive].mean(axis=0), has[~positive].mean(axis=0) if (~positive).any() else 0.0
    frequent = has[positive].sum(axis=0) >= 2
    return np.argsort(-np.where(frequent, inside - outside, -1.0), kind="stable")[:ITEMS]


def _wilson(agreeing: int, total: int) -> float:
    """The bound of sql/wilson.sql."""
    if not total:
        return 0.0
    z, share = 1.6449, agreeing / total
    spread = z * np.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return float(max(0.0, (share + z * z / (2 * total) - spread) / (1 + z * z / total)))
