"""Doing much at once: an action over many messages in portions, so that progress can be shown and it can be ended."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from core.outcome import Outcome

PORTION = 1000

Action = Callable[[Mapping[str, int], str], Outcome]
"""An action of `core.acting` over messages with the versions seen, under the batch given."""


def in_portions(chosen: Mapping[str, int], batch: str, action: Action) -> Iterator[Outcome]:
    """Act on the messages a portion at a time; after each, what was done so far. All of it is one batch, one undo."""
    left, so_far = iter(chosen.items()), None
    while portion := dict(islice(left, PORTION)):
        done = action(portion, batch)
        so_far = so_far.plus(done) if so_far else done
        yield so_far
