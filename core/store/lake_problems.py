"""What a shared store says when the catalog, the data or the network lets it down, as sentences."""

import re

import duckdb

from core.errors import StoreBusy, StoreProblem
from core.language import _
from core.store.lake_address import LakeAddress
from core.store.problems import first_line

_LOST = re.compile(
    r"(could not|unable to|failed to) connect|connection (refused|reset|timed out|to server)|terminat|not open|"
    r"no connection to the server|server closed the connection|could not (receive|send) data|has been closed|"
    r"the database system is (starting|shutting)|could not translate host|"
    # What a statement says that was lost while its rows were fetched.
    r"current transaction is aborted",
    re.IGNORECASE,
)
_BORN = re.compile(
    r"failed to initialize ducklake.*(already exists|duplicate key|concurrently updated)", re.IGNORECASE | re.DOTALL
)
_MISSING = re.compile(r"database \".*\" does not exist", re.IGNORECASE)
_PASSWORD = re.compile(r"password authentication failed|no password supplied|role \".*\" does not exist", re.IGNORECASE)
_DATA = re.compile(r"http|s3|no such file|cannot open file|permission denied|no space left", re.IGNORECASE)
_BUCKET = re.compile(r"s3://|HTTP (GET|HEAD|PUT|POST|DELETE)")
_WAITED = re.compile(r"lock timeout", re.IGNORECASE)
_MEMORY = re.compile(r"out of memory", re.IGNORECASE)


def is_lost(error: BaseException) -> bool:
    """Whether the catalog could not be reached (any more)."""
    return isinstance(error, duckdb.Error) and bool(_LOST.search(str(error))) and not _is_of_bucket(error)


def is_being_born(error: BaseException) -> bool:
    """Whether somebody else is just making the catalog."""
    return isinstance(error, duckdb.Error) and bool(_BORN.search(str(error)))


def _is_of_bucket(error: BaseException) -> bool:
    """Whether it was the object storage that did not answer as it should: it, too, may refuse connections."""
    return isinstance(error, duckdb.HTTPException) or bool(_BUCKET.search(str(error)))


def lake_problem(error: BaseException, address: LakeAddress) -> StoreProblem | None:
    """An error of DuckDB as a StoreProblem, where it's the catalog, the data or the memory that is to blame."""
    said = str(error)
    if _MISSING.search(said):
        return StoreProblem(_("The catalog of the shared store does not exist: {place}.").format(place=address),
                            _("Create that database in PostgreSQL, empty; Straydesk fills it."))  # fmt: skip
    if _PASSWORD.search(said):
        return StoreProblem(_("PostgreSQL refuses the sign-in to {place}.").format(place=address),
                            _("Check the user, and its password in PGPASSWORD or ~/.pgpass."))  # fmt: skip
    if _WAITED.search(said):
        return StoreBusy(_("The store is held by another program and did not become free."), _("Please try again."))
    if is_lost(error):
        return StoreProblem(
            _("The catalog of the shared store can't be reached: {place}.").format(place=address),
            _("Check PostgreSQL and the network; what was committed is safe, and work goes on by itself."),
        )
    if _MEMORY.search(said):
        return StoreProblem(_("There is too little memory for the store."),
                            _("Give this program more memory; nothing that was committed is lost."))  # fmt: skip
    if _is_of_bucket(error) or (isinstance(error, duckdb.IOException) and _DATA.search(said)):
        return StoreProblem(_("The data of the shared store can't be reached at {data}: {why}.").format(
                                data=address.data, why=first_line(error)),
                            _("Check that place and the permissions; what was committed is safe."))  # fmt: skip
    return None
