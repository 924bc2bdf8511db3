"""The process that parses for another one (core/parsing/beside.py): lists of messages in, lists of parsed ones out.

It lives as long as somebody asks it, keeps to the bounds it is given with each question, and says which message it is
at, so that the one that ends it is known.
"""

import gc
import os
import pickle
import select
import sys
from functools import partial
from typing import BinaryIO

from core.parsing.bounds import be_expendable, hold_to, listen_for_alarm, within
from core.parsing.message import parse

IDLE = 600  # seconds after which nobody seems to need it any more
OUT_OF_MEMORY = 75  # its exit code, where there was not even room for the question or for the answer


def answer(asked: BinaryIO, answers: BinaryIO, place: int) -> None:
    """Parse list after list until nobody asks any more; `place` is the file that says which one it is at."""
    listen_for_alarm()
    gc.freeze()
    gc.set_threshold(50_000)  # or it would look through thousands of young messages again and again
    while _is_asked(asked):
        try:
            bounds, limits, messages = pickle.load(asked)
            hold_to(bounds.memory)
            parsed = []
            for number, (raw, received_at, complete, size, charset) in enumerate(messages):
                os.pwrite(place, number.to_bytes(4, "big"), 0)
                work = partial(parse, raw, limits, received_at=received_at, complete=complete, size=size,
                               assumed_charset=charset)  # fmt: skip
                parsed.append(within(bounds, work))
            os.pwrite(place, len(messages).to_bytes(4, "big"), 0)
            pickle.dump(parsed, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
        except (EOFError, BrokenPipeError):
            os._exit(0)  # who asked is gone, and with it what would be flushed in an orderly end
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        del messages, parsed  # or a large mail would stay until the next question


def _is_asked(asked: BinaryIO) -> bool:
    ready, _, _ = select.select([asked], [], [], IDLE)
    return bool(ready)


if __name__ == "__main__":
    be_expendable()
    answer(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[-1]))
