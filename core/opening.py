"""A message as the screen opens it: all that is seen of it at once, asked as rarely as can be."""

from typing import Any

from core.messages import contents, routing
from core.presence import company
from core.scope import Scope


def opened(scope: Scope, id: str) -> dict[str, Any]:
    """A message as `messages.message` answers it, without its `history`, and with what stands in its head: `tried` as
    the `recipients` of `messages.why`, `holder` and `others` as `presence.company`. Raises NotFound."""
    with scope.store.reading() as db:
        found = contents(db, scope, id)
        found["tried"] = routing(db, scope, found["id"])
        found["holder"], found["others"] = company(db, scope, found["id"])
    return found
