"""The mail of a fold for learners from libraries: which message has which item."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Examples:
    """Messages by number: `answers` are the targets of the first of them, the others are asked about.

    `message` and `item` go together: this message has this item. `names` and `ids` say what their numbers stand for.
    """

    answers: Array
    ids: Array
    names: Array
    message: Array
    item: Array

    @classmethod
    def of(cls, items: pd.DataFrame) -> "Examples":
        """From rows of message_id, target (missing: asked about) and item; each kind stays in its order."""
        items = items.sort_values("target", key=lambda target: target.isna(), kind="stable")
        message, ids = pd.factorize(items["message_id"])
        item, names = pd.factorize(items["item"])
        answers = items.drop_duplicates("message_id")["target"].dropna()
        return cls(answers.to_numpy(object), np.asarray(ids, object), np.asarray(names, object), message, item)

    @property
    def asked(self) -> Array:
        """The ids of the messages that are asked about, in the order of their numbers."""
        return self.ids[len(self.answers) :]


def offers(asked: Array, targets: Array, scores: Array, sure: Array, offered: Array) -> pd.DataFrame:
    """The columns of `offer` and `offered`: the best target as place 0, and the best three that open a work item.

    `scores` has a row for each message asked about and a column for each target; -inf stands for never. `sure` is how
    sure the best one is.
    """
    best = scores.argmax(axis=1)
    said = scores[np.arange(len(asked)), best] > -np.inf
    routed = _rows(asked[said], 0, targets[best[said]], sure[said], offered[said])
    scores = np.where(targets == "delete", -np.inf, scores)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :3]
    suggested = [routed]
    for place in range(order.shape[1]):
        kept = scores[np.arange(len(asked)), order[:, place]] > -np.inf
        suggested.append(_rows(asked[kept], place + 1, targets[order[kept, place]], np.nan, False))
    return pd.concat(suggested, ignore_index=True)


def _rows(asked: Any, place: int, target: Any, confidence: Any, offered: Any) -> pd.DataFrame:
    return pd.DataFrame({"message_id": asked, "place": place, "target": target,
                         "confidence": np.broadcast_to(np.asarray(confidence, float), len(asked)),
                         "offered": np.broadcast_to(np.asarray(offered, bool), len(asked))})  # fmt: skip
