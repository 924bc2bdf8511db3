"""Where a shared store is: the catalog in PostgreSQL, and the folder or bucket of its data."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import ConfigurationProblem
from core.language import _
from core.store.statements import quoted

PREFIX = "ducklake:"
CATALOG = "postgres:"
# A network that swallows what is sent would keep libpq waiting for a quarter of an hour or for ever; of a word that is
# given twice the last one counts, so that STRAYDESK_STORE can say otherwise.
PATIENCE = "connect_timeout=10 keepalives_idle=10 keepalives_interval=5 keepalives_count=3 tcp_user_timeout=15000"
KNOWN = "`ducklake:postgres:dbname=straydesk host=db.example user=desk`"


@dataclass(frozen=True)
class LakeAddress:
    """`catalog`: what PostgreSQL's library takes (libpq, keywords and values); `data`: a folder, or s3://…, with / ."""

    catalog: str
    data: str

    @classmethod
    def of(cls, location: str, data: str) -> "LakeAddress":
        """Read STRAYDESK_STORE and STRAYDESK_DATA. Raises ConfigurationProblem."""
        catalog = location.removeprefix(PREFIX)
        if not catalog.startswith(CATALOG) or "dbname=" not in catalog:
            raise ConfigurationProblem(_("STRAYDESK_STORE names a shared store as in {example}.").format(example=KNOWN))
        if not data:
            raise ConfigurationProblem(
                _("A shared store needs STRAYDESK_DATA: the folder or the s3://… that all machines put its data in.")
            )
        where = data if data.startswith("s3://") else str(Path(data).absolute())
        return cls(catalog.removeprefix(CATALOG).strip(), where.rstrip("/") + "/")

    def __str__(self) -> str:
        return PREFIX + CATALOG + re.sub(r"password\s*=\s*('[^']*'|\S+)", "password=…", self.catalog)

    @property
    def connection(self) -> str:
        """The same for libpq, which is to notice a partition within a minute."""
        return f"{PATIENCE} {self.catalog}"

    def statements(self, name: str, options: str = "") -> Iterator[str]:
        """What attaches it under a name; the secret of the bucket comes from the environment (AWS_…)."""
        if self.data.startswith("s3://"):
            yield _secret(os.environ.get)
        more = f", {options}" if options else ""
        yield f"ATTACH {quoted(PREFIX + CATALOG + self.connection)} AS {name} (DATA_PATH {quoted(self.data)}{more})"


def _secret(environment: Callable[[str], str | None]) -> str:
    """The names that AWS's own tools read."""
    given = {
        "KEY_ID": environment("AWS_ACCESS_KEY_ID"),
        "SECRET": environment("AWS_SECRET_ACCESS_KEY"),
        "SESSION_TOKEN": environment("AWS_SESSION_TOKEN"),
        "REGION": environment("AWS_REGION") or environment("AWS_DEFAULT_REGION"),
    }
    if endpoint := environment("AWS_ENDPOINT_URL_S3") or environment("AWS_ENDPOINT_URL"):
        parts = urlsplit(endpoint)
        given |= {"ENDPOINT": parts.netloc, "URL_STYLE": "path", "USE_SSL": str(parts.scheme == "https").lower()}
    options = ", ".join(f"{key} {quoted(value)}" for key, value in given.items() if value)
    return f"CREATE OR REPLACE SECRET bucket (TYPE s3{', ' if options else ''}{options})"
