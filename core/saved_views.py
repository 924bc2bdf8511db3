"""Filters of the queue that a person gave a name: each is the query part of the page's address."""

from core.errors import InvalidInput
from core.language import _
from core.scope import Scope
from core.store import Connection

MOST = 50  # views a person can have


def saved_views(scope: Scope) -> dict[str, str]:
    """The person's own views by name: what stands after the question mark of the address."""
    with scope.store.reading() as db:
        return dict(db.rows("SELECT name, query FROM saved_view WHERE person = $me ORDER BY lower(name)",
                            me=scope.person.email))  # fmt: skip


def save_view(scope: Scope, name: str, query: str) -> None:
    """Keep a view under a name, in place of an older one of that name. Raises InvalidInput."""
    title = name.strip()
    if not title or len(title) > 80 or len(query) > 2000:
        raise InvalidInput(_("A view needs a name of at most 80 characters."))

    def work(db: Connection) -> None:
        db.run("DELETE FROM saved_view WHERE person = $me AND name = $name", me=scope.person.email, name=title)
        if db.value("SELECT count(*) FROM saved_view WHERE person = $me", me=scope.person.email) >= MOST:
            raise InvalidInput(_("You have {most} views.").format(most=MOST), _("Forget one you no longer use."))
        db.run("INSERT INTO saved_view VALUES ($me, $name, $query, $now)", me=scope.person.email, name=title,
               query=query, now=scope.desk.now())  # fmt: skip

    scope.store.change(work)


def forget_view(scope: Scope, name: str) -> None:
    """Forget a view of the person's own."""
    scope.store.change(lambda db: db.run("DELETE FROM saved_view WHERE person = $me AND name = $name",
                                         me=scope.person.email, name=name))  # fmt: skip
