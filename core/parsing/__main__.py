"""The process that parses for another one (core/parsing/beside.py): lists of messages in, lists of parsed ones out."""

import gc
import pickle
import sys
from typing import BinaryIO

from core.parsing.message import parse


def answer(asked: BinaryIO, answers: BinaryIO) -> None:
    """Parse list after list until nobody asks any more."""
    gc.freeze()
    gc.set_threshold(50_000)  # or it would look through thousands of young messages again and again
    while True:
        try:
            limits, messages = pickle.load(asked)
        except EOFError:
            return
        parsed = [parse(raw, limits, received_at=received_at, complete=complete, size=size)
                  for raw, received_at, complete, size in messages]  # fmt: skip
        pickle.dump(parsed, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    answer(sys.stdin.buffer, sys.stdout.buffer)
