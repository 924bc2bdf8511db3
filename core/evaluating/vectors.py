"""The ceiling: a linear support vector machine, which weighs every item for every target and can't be read."""

import warnings
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from core.evaluating.matrices import Array, Examples, offers

WANTED = 0.95  # precision from which it may route
HELD_BACK = 0.25  # the newest share of what it learns from, on which it finds out how sure is sure enough


def answers(examples: Examples) -> pd.DataFrame:
    """What it says about the messages asked about; how sure it is: how far the best target is ahead of the next.

    From where on it may route it finds out on the newest quarter of what it learned from, without having seen that.
    """
    known = len(examples.answers)
    if not known or known == len(examples.ids):
        return offers(examples.asked, *_nothing(len(examples.asked)))
    matrix = _weighed(examples)
    older = known - int(known * HELD_BACK)
    targets, scores = _scores(matrix[:older], examples.answers[:older], matrix[older:known])
    threshold = _sure_enough(_ahead(scores), targets[scores.argmax(axis=1)] == examples.answers[older:])
    targets, scores = _scores(matrix[:known], examples.answers, matrix[known:])
    ahead = _ahead(scores)
    return offers(examples.asked, targets, scores, ahead, ahead >= threshold)


def _weighed(examples: Examples) -> Any:
    """A row a message, each item weighed by how rare it is among what was learned from."""
    shape = (len(examples.ids), len(examples.names))
    ones = np.ones(len(examples.message))
    counts = import_module("scipy.sparse").csr_matrix((ones, (examples.message, examples.item)), shape=shape)
    weigher = import_module("sklearn.feature_extraction.text").TfidfTransformer(sublinear_tf=True)
    return weigher.fit(counts[: len(examples.answers)]).transform(counts)


def _scores(learned: Any, answers: Array, asked: Any) -> tuple[Array, Array]:
    """The targets, and for each message asked about how much speaks for each of them."""
    targets = np.unique(answers)
    if len(targets) == 1 or not asked.shape[0]:
        return targets, np.zeros((asked.shape[0], len(targets)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few mails of many targets are no mistake
        machine = import_module("sklearn.svm").LinearSVC(C=1.0, random_state=0).fit(learned, answers)
    scores = machine.decision_function(asked)
    return machine.classes_, np.column_stack([-scores, scores]) if scores.ndim == 1 else scores


def _ahead(scores: Array) -> Array:
    if scores.shape[1] == 1:
        return np.zeros(len(scores))
    two = np.partition(scores, -2, axis=1)[:, -2:]
    ahead: Array = two[:, 1] - two[:, 0]
    return ahead


def _sure_enough(ahead: Array, right: Array) -> float:
    """The least lead from which on WANTED of the answers are right; infinite where there is none."""
    order = np.argsort(-ahead, kind="stable")
    precise = np.cumsum(right[order]) >= WANTED * np.arange(1, len(order) + 1)
    return float(ahead[order][precise][-1]) if precise.any() else np.inf


def _nothing(count: int) -> tuple[Array, Array, Array, Array]:
    return np.array(["delete"], object), np.full((count, 1), -np.inf), np.zeros(count), np.zeros(count, bool)
