"""What colleagues wrote down about a message."""

from typing import Any

from core.changing import new_batch
from core.errors import InvalidInput
from core.language import _
from core.messages import must_exist
from core.scope import Scope
from core.store import Connection

LONGEST = 4000  # characters


def add_note(scope: Scope, id: str, text: str) -> None:
    """Write a note on a message. Raises NotFound, NotAllowed, InvalidInput for an empty or endless one."""
    scope.must_act()
    if not text.strip() or len(text) > LONGEST:
        raise InvalidInput(_("A note has between 1 and {most} characters.").format(most=LONGEST))

    def work(db: Connection) -> None:
        found = must_exist(db, scope, id)
        db.run("INSERT INTO note VALUES ($id, $message, $author, $now, $text)", id=new_batch(), message=found["id"],
               author=scope.person.email, now=scope.desk.now(), text=text.strip())  # fmt: skip

    scope.store.change(work)


def notes(scope: Scope, id: str) -> list[dict[str, Any]]:
    """The notes on a message, oldest first: author, written_at (UTC), text. Raises NotFound."""
    with scope.store.reading() as db:
        found = must_exist(db, scope, id)
        return db.records("SELECT author, written_at, text FROM note WHERE message_id = $id::UUID ORDER BY id",
                          id=found["id"])  # fmt: skip
