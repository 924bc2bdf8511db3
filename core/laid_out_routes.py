"""Routes that are asked about, laid out as match.sql reads them: in force or not, as they stand or as they would be."""

from collections.abc import Mapping

from core.route_versions import COLUMNS, route_row
from core.routes import Route
from core.store import Connection

Key = tuple[str, int]  # a route's id and version

COLUMNS_ASKED = {"rank": "BIGINT", "id": "UUID", "version": "INTEGER"} | COLUMNS


def lay_out_routes(db: Connection, routes: Mapping[int, Route], keys: Mapping[int, Key] | None = None) -> None:
    """Make `deciding_route` of routes by their rank; `keys` says which of them are stored as what."""
    known = keys or {}
    rows = [(rank, *known.get(rank, (None, None)), *route_row(route, rank)) for rank, route in routes.items()]
    db.temporary("deciding_route", COLUMNS_ASKED, rows)
