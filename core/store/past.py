"""A lake as it was: DuckLake keeps the snapshots that maintenance has not expired, and attaches one to be read."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from uuid import uuid4

import duckdb

from core.errors import InvalidInput
from core.language import _
from core.store.connection import Connection
from core.store.lake_address import LakeAddress

_OTHERWISE = (duckdb.CatalogException, duckdb.BinderException)


@contextmanager
def past(root: duckdb.DuckDBPyConnection, address: LakeAddress, moment: datetime) -> Iterator[Connection]:
    """A connection to the lake as it was at a moment (UTC). Raises InvalidInput where that is not kept (any more)."""
    name = f"past_{uuid4().hex}"  # two may look back at once
    try:
        root.execute(address.attached(name, f", SNAPSHOT_TIME '{moment:%Y-%m-%d %H:%M:%S.%f}+00'"))
    except duckdb.InvalidInputException as error:
        raise InvalidInput(_("The store does not know any more how it was on {moment:%Y-%m-%d %H:%M} UTC.").format(
            moment=moment), _("Choose a later time.")) from error  # fmt: skip
    cursor = root.cursor()
    try:
        cursor.execute(f"USE {name}")
        yield Connection(cursor)
    except _OTHERWISE as error:
        raise InvalidInput(_("The store was laid out otherwise on {moment:%Y-%m-%d %H:%M} UTC.").format(moment=moment),
                           _("Choose a later time.")) from error  # fmt: skip
    finally:
        cursor.close()
        with suppress(duckdb.Error):  # the catalog may be lost
            root.execute(f"DETACH {name}")
