"""Publications: the documented views as Parquet, as of one moment, for anything that reads it while the desk works."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ValidationError

from core.analysis.folder import CURRENT, MARK, put_in_place, turn, unfinished
from core.analysis.views import BODIES, FILE, VERSION, View, all_views, seen_by, select
from core.errors import NotFound, StoreBusy
from core.language import _
from core.scope import Scope
from core.store import Connection, sql

AT_ONCE = (122_880, 8_192)  # rows of a row group; of bodies fewer, as a group is put together in memory


class Published(BaseModel):
    """What is in the file of a view."""

    file: str
    rows: int
    size: int  # bytes


class Manifest(BaseModel):
    """What a publication says about itself, in publication.json: who may see what is in it, as of when (UTC)."""

    made_at: datetime
    made_by: str
    role: str
    mailboxes: tuple[str, ...]
    bodies: bool
    views_version: int
    views: dict[str, Published]


@dataclass(frozen=True)
class Publication:
    """A complete publication in a folder of its own, which stays as it is until it is removed."""

    path: Path
    manifest: Manifest

    def frame(self, view: str, columns: list[str] | None = None) -> pd.DataFrame:
        """The rows of a view, or these columns of it. Raises NotFound for a view that is not in it."""
        if view not in self.manifest.views:
            raise NotFound(_("There is no view “{name}” in this publication.").format(name=view[:60]),
                           _("Choose one of: {names}.").format(names=", ".join(self.manifest.views)))  # fmt: skip
        return pd.read_parquet(self.path / self.manifest.views[view].file, columns=columns)


def publish(scope: Scope, folder: Path, *, bodies: bool = False) -> Publication:
    """Write the views as the person sees them, those of `bodies` too only if asked for, and lead `current` there.

    Raises NotAllowed (bodies, for analysts), InvalidInput, StoreBusy, StoreProblem; then `current` is what it was.
    """
    if bodies:
        scope.must_read_bodies()
    folder = folder.absolute()
    with turn(folder):
        return _written(scope, folder, bodies)


def publish_when_due(scope: Scope, folder: Path, every: timedelta, *, bodies: bool = False) -> Publication | None:
    """The same unless what is there is younger than this, or is being made by another collector; then None."""
    if bodies:
        scope.must_read_bodies()
    folder = folder.absolute()
    try:
        with turn(folder):
            if (folder / CURRENT).exists() and scope.desk.now() - read_publication(folder).manifest.made_at < every:
                return None
            return _written(scope, folder, bodies)
    except StoreBusy:
        return None


def read_publication(folder: Path) -> Publication:
    """The current publication in a folder: all that is read of it is as of one moment, even if there is a newer one.

    Raises NotFound.
    """
    try:
        path = (folder / CURRENT).resolve(strict=True)
        return Publication(path, Manifest.model_validate_json((path / MARK).read_bytes()))
    except (OSError, ValidationError) as error:
        raise NotFound(_("There is no publication in {path}.").format(path=folder),
                       _("Name a folder that `python -m core publish` has written.")) from error  # fmt: skip


def _written(scope: Scope, folder: Path, bodies: bool) -> Publication:
    chosen = [view for view in all_views() if bodies or view.name != BODIES]
    with unfinished(folder) as beside, scope.store.snapshot() as db:
        now = scope.desk.now()
        found = _views_into(beside, db, scope, chosen, now)
        manifest = Manifest(made_at=now, made_by=scope.person.email, role=scope.person.role, mailboxes=scope.mailboxes,
                            bodies=bodies, views_version=VERSION, views=found)  # fmt: skip
        (beside / MARK).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
        return Publication(put_in_place(beside, _name(folder, now)), manifest)


def _views_into(beside: Path, db: Connection, scope: Scope, chosen: list[View], now: datetime) -> dict[str, Published]:
    db.script(sql(FILE))
    given = seen_by(scope, now)
    found = {}
    with db.one_moment():
        for view in chosen:
            file = beside / f"{view.name}.parquet"
            rows = db.write_parquet(select(view.name), file, AT_ONCE[view.name == BODIES], **given)
            found[view.name] = Published(file=file.name, rows=rows, size=file.stat().st_size)
    return found


def _name(folder: Path, now: datetime) -> str:
    """By the time, and later than what is there even where the clock was set back."""
    present = [each.name for each in folder.glob("[0-9]*")]
    name = f"{now:%Y%m%dT%H%M%S.%fZ}"
    return name if not present or name > max(present) else max(present) + "+"
