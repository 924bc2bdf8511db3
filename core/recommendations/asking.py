"""What the queries of recommendations are told: whose mail, of which days, and how much of a habit makes a route."""

from datetime import datetime, timedelta

from core.scope import Scope
from core.store import Connection
from core.surroundings import SHARED_DOMAINS

DAYS = 90  # mail that is looked at
BOUND = 0.7  # at least so sure, a recommendation is offered as a route; about 8 of 8 are enough
SHADOW = 0.5  # between this and the bound it is offered to run in shadow; 3 of 3 are enough
# Words that stand in any subject and say nothing; longer ones prove themselves, or not, by the decisions.
PLAIN_WORDS = (
    "the", "and", "for", "you", "your", "our", "are", "with", "from", "this", "that", "has", "have", "was", "not",
    "all", "any", "can", "will", "about", "new", "fwd", "las", "los", "del", "que", "por", "para", "con", "una", "uno",
    "sus", "más", "sobre", "este", "esta", "como", "hay", "nos", "nuestro", "nuestra", "les",
)  # fmt: skip
NUMBERS = {
    "half_life": 30.0,  # days after which a decision counts half
    "loosest": 0.4,  # a bound below which nothing is learned at all; 2 of 2 are enough
    "agreement": 0.8,  # share of the decisions that have to agree, however many there are
    "fewest": 2,  # mails beyond those of the others that a recommendation has to bring
    "candidates": 500,
    "newest_acts": 50_000,  # of people, that are learned from: on a large desk, older ones say little
}
EVERYWHERE = "SELECT count(*) = 0 FROM mailbox WHERE NOT list_contains($mailboxes::VARCHAR[], name)"


def ask(db: Connection, scope: Scope, as_of: datetime, days: int, **otherwise: float) -> None:
    """Set the variables that sql/recommend_*.sql read; `otherwise` are NUMBERS that shall be others this time."""
    for name, moment in {"as_of": as_of, "since": as_of - timedelta(days=days)}.items():
        db.run(f"SET VARIABLE {name} = $moment::TIMESTAMP", moment=moment)
    lists = {"mailboxes": scope.mailboxes, "shared_domains": SHARED_DOMAINS, "plain_words": PLAIN_WORDS}
    for name, values in lists.items():
        db.run(f"SET VARIABLE {name} = $values::VARCHAR[]", values=list(values))
    for name, number in (NUMBERS | otherwise).items():
        db.run(f"SET VARIABLE {name} = $number", number=number)
    db.run("SET VARIABLE everywhere = $all", all=db.value(EVERYWHERE, mailboxes=list(scope.mailboxes)))
