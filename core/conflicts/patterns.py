"""What is known for certain about the patterns of a route set, found out by trying them on a few subjects."""

import re
from collections.abc import Iterable

from core.store import Connection

# For each pattern and subject, whether it matches: the same function that decides.
TRY = """
SELECT pattern, subject FROM (SELECT unnest($patterns::VARCHAR[]) AS pattern),
                             (SELECT unnest($subjects::VARCHAR[]) AS subject)
WHERE coalesce(try(regexp_matches(subject, pattern)), false)
"""
TRIES = 4000  # each compiles its pattern anew: 14 µs
# Only these say something about what stands around a match; a pattern without them still matches when more is added.
PLACES = re.compile(r"[\^$]|\\[AzbBZQ]")
FLAGS = re.compile(r"\(\?[a-zA-Z-]*:?")
SYNTAX = re.compile(r"\\[wWsSpP]|[\\^$.*+?()\[\]{}|]")


class Patterns:
    """The patterns of a set of routes, tried on the empty subject, on the words given and on an example of each."""

    def __init__(self, db: Connection, patterns: Iterable[str], words: Iterable[str] = ()) -> None:
        self._db = db
        self._examples = {pattern: _example(pattern) for pattern in sorted(set(patterns))}
        subjects = sorted({"", *self._examples.values()} | set(words))
        few = len(subjects) * len(self._examples) <= TRIES
        self._tried = set(subjects) if few else {"", *self._examples.values()}
        asked = {"patterns": list(self._examples), "subjects": list(self._tried)}
        self._matching = set(db.rows(TRY, **asked)) if self._examples else set()

    def example(self, pattern: str) -> str:
        """A subject that may well match."""
        return self._examples[pattern]

    def match(self, pattern: str, subject: str) -> bool:
        """Whether a subject matches: `""`, a word or an example."""
        if subject not in self._tried:
            self._tried.add(subject)
            self._matching |= set(self._db.rows(TRY, patterns=list(self._examples), subjects=[subject]))
        return (pattern, subject) in self._matching

    def is_open(self, pattern: str) -> bool:
        """Whether some subject is known to match whatever else stands in it."""
        return not PLACES.search(pattern) and self.match(pattern, self._examples[pattern])


def _example(pattern: str) -> str:
    """A subject that many a pattern of this kind matches: its first alternative, without the syntax."""
    plain = FLAGS.sub("", pattern).replace(r"\d", "1")
    plain = re.sub(r"\[[^\]]*0-9[^\]]*\]", "1", plain).split("|")[0]
    plain = re.sub(r"(.)\{(\d+)(?:,\d*)?\}", lambda found: found[1] * min(int(found[2]), 50), plain)
    plain = plain.replace(r"\s", " ").replace(".*", "").replace(".+", "x")
    return SYNTAX.sub("", plain)
