"""Rows and bytes laid out by column, in the form that the store takes without looking at each of them."""

from array import array
from collections.abc import Mapping, Sequence
from itertools import chain, repeat
from typing import Any

import pyarrow as pa

type_of = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "UUID": pa.string(), "TIMESTAMP": pa.timestamp("us"),
           "DOUBLE": pa.float64()}  # fmt: skip


class LaidOut:
    """Rows by column, as the store takes them; `columns`: name → SQL type."""

    def __init__(self, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
        self.columns = columns
        self.table = pa.table({column: _array([row[place] for row in rows], kind)
                               for place, (column, kind) in enumerate(columns.items())})  # fmt: skip


class Pieces:
    """Byte strings cut up (columns place, from 0, part, from 1, and content), without another copy of a large one."""

    def __init__(self, whole: Sequence[bytes], size: int) -> None:
        counts = [-(-len(content) // size) or 1 for content in whole]
        offsets = array("q", [0])
        for content in whole:
            start, end = offsets[-1], offsets[-1] + len(content)
            offsets.extend(range(start + size, end, size))
            offsets.append(end)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(whole))]
        contents = pa.Array.from_buffers(pa.large_binary(), sum(counts), buffers)
        places = pa.array(array("q", chain.from_iterable(repeat(place, n) for place, n in enumerate(counts))))
        parts = pa.array(array("q", chain.from_iterable(range(1, n + 1) for n in counts)))
        self.table = pa.table({"place": places, "part": parts, "content": contents})


def _array(values: list[Any], kind: str) -> pa.Array:
    """Values as an Arrow array; the type is named where an empty or all-NULL column would leave it open."""
    if kind.endswith("[]"):
        return pa.array(values, pa.list_(type_of.get(kind[:-2], pa.string())))
    known = {"BOOLEAN": pa.bool_(), "BLOB": pa.binary(), "INTEGER": pa.int64(), "UBIGINT": pa.uint64()}
    return pa.array(values, known.get(kind) or type_of[kind])
