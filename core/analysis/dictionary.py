"""The data dictionary: each view and column that analysts work with, and the tables beneath, by the SQL's comments.

In English, as the comments are. docs/data_dictionary.md is what `page` answers; a test holds the two together.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from core.analysis.views import all_views
from core.store import columns_of_tables, migrations, sql

TABLE = re.compile(r"((?:^--[^\n]*\n)*)^CREATE TABLE (\w+) \(\n(.*?)^\);", re.DOTALL | re.MULTILINE)
COLUMN = re.compile(r"(\w+)\"?\s+[A-Z]+(?:\[\])?,?\s+--\s(.*)$", re.MULTILINE)
HEAD = """# Data dictionary

Made from the comments of the SQL by `make dictionary`; change it there.

Times are UTC without a zone, sizes are bytes, lists are marked `[]`.

## Views for analysts

What `python -m core publish` writes (a Parquet file each) and what `open_analysis` answers questions on. They hold
only what the person who asks may see. They stay as they are when the tables change; a column that goes, or means
something else, raises `views_version` in `publication.json`.

- `message` is the `id` of a row in `messages`, `work_item` the `reference` of a row in `work_items`, `run` the `id` of
  one in `collection_runs`, `decision` of one in `decisions`, `route` of one in `routes`, with `route_version`.
- Mail in several mailboxes is there once, with those of its mailboxes that one may see.
"""
TABLES = """
## Tables of the store

Beneath the views, for those who work on Straydesk itself ([schema.sql](../core/sql/schema.sql) and the migrations
after it). They change from version to version, and nothing in them says who may see it.
"""
HEADER = "| column | type | |\n|---|---|---|\n"


def page() -> str:
    """The whole page, as Markdown."""
    return "".join((HEAD, *_of_views(), TABLES, *_of_tables()))


def _of_views() -> Iterator[str]:
    for view in all_views():
        yield _section(view.name, view.about, ((each.name, each.kind, each.about) for each in view.columns))


def _of_tables() -> Iterator[str]:
    texts = [sql(step) for step in migrations().values()]
    told = {name: (about, dict(COLUMN.findall(columns)))
            for text in texts for about, name, columns in TABLE.findall(text)}  # fmt: skip
    nothing: tuple[str, Mapping[str, str]] = ("", {})
    for name, columns in columns_of_tables().items():
        about, words = told.get(name, nothing)
        yield _section(name, _joined(about), ((each, kind, words.get(each, "")) for each, kind in columns.items()))


def _section(name: str, about: str, columns: Iterable[tuple[str, str, str]]) -> str:
    rows = "".join(f"| `{column}` | `{kind}` | {_escaped(words)} |\n" for column, kind, words in columns)
    return f"\n### {name}\n\n{_escaped(about)}\n\n{HEADER}{rows}" if about else f"\n### {name}\n\n{HEADER}{rows}"


def _joined(comment: str) -> str:
    """A comment of several lines; a rule above it that divides the file is none of its words."""
    lines = (line.removeprefix("--").strip() for line in comment.splitlines())
    return " ".join(line for line in lines if not line.endswith("---"))


def _escaped(words: str) -> str:
    return re.sub(r"([*|<\[\]])", r"\\\1", words.strip())
