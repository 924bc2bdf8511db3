"""The store of a desk: one SQL, two homes. Nothing outside this package imports duckdb.

`open_store(location)` answers a Store; `Store.reading()` gives a connection, `Store.change(work)` runs `work` in one
transaction and tries it again, from a fresh read, when somebody else changed the same rows at the same time.
"""

from core.store.connection import Connection
from core.store.copying import Progress
from core.store.laid_out import LaidOut, Pieces
from core.store.lake_address import PREFIX as LAKE
from core.store.model import columns_of_macros, columns_of_tables
from core.store.sandbox import Sandbox
from core.store.schema import migrations
from core.store.statements import sql
from core.store.store import Store, open_store
from core.store.verifying import Verified, verified

__all__ = ["LAKE", "Connection", "LaidOut", "Pieces", "Progress", "Sandbox", "Store", "Verified", "columns_of_macros",
           "columns_of_tables", "migrations", "open_store", "sql", "verified"]  # fmt: skip
