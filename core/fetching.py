"""Mail on its way from a source to the store: in portions that fit into memory, one of them ahead."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

from core.sources import Fetched


def portions_of(fetched: Iterator[Fetched], at_once: int, bytes_at_once: int) -> Iterator[list[Fetched]]:
    """What was fetched, in portions bounded by count and bytes, so that memory and the hold on the store are too.

    A message larger than that is alone.
    """
    portion: list[Fetched] = []
    held = 0
    for each in fetched:
        if portion and (len(portion) >= at_once or held + len(each.raw) > bytes_at_once):
            yield portion
            portion, held = [], 0
        portion.append(each)
        held += len(each.raw)
        del each  # it may be large, and the next one is about to come
    if portion:
        yield portion


def ahead(portions: Iterator[list[Fetched]], bytes_at_once: int) -> Generator[list[Fetched]]:
    """The same, the next one fetched while the caller works on this one or rests from holding the store.

    Not so where this one is large: two of them at once would take too much memory.
    """
    with ThreadPoolExecutor(max_workers=1) as fetcher:
        coming = [fetcher.submit(next, portions, None)]
        while portion := coming.pop().result():
            if sum(len(each.raw) for each in portion) <= bytes_at_once:
                coming.append(fetcher.submit(next, portions, None))
            yield portion
            del portion
            coming = coming or [fetcher.submit(next, portions, None)]
