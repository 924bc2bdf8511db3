"""Who writes to the desk: people of companies, with a name and an address that stay the same over the weeks."""

import tomllib
import unicodedata
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from random import Random

FREE_MAIL = frozenset({"freemail.example", "correo.example"})
NAMES = tomllib.loads((Path(__file__).parent / "texts" / "names.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Sender:
    """One writer: display name and address."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The part of the address behind the @."""
        return self.address.rpartition("@")[2]


def plain(text: str) -> str:
    """The text in lower-case ASCII letters and digits only."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in folded if letter.isalnum())


@cache
def people_of(domain: str, count: int) -> tuple[Sender, ...]:
    """The first `count` people of a company or free-mail provider; always the same ones."""
    rng = Random(f"people of {domain}")
    return tuple(_person(rng, domain) for _ in range(count))


def full_name(rng: Random, language: str) -> str:
    """The name of somebody who speaks that language."""
    pool = NAMES[language]
    return f"{rng.choice(pool['first'])} {rng.choice(pool['last'])}"


def _person(rng: Random, domain: str) -> Sender:
    language = rng.choice(("en", "es"))
    first, last = rng.choice(NAMES[language]["first"]), rng.choice(NAMES[language]["last"])
    if domain in FREE_MAIL:
        return Sender(f"{first} {last}", f"{plain(first)}{plain(last)[:6]}{rng.randrange(60, 99)}@{domain}")
    return Sender(f"{first} {last}", f"{plain(first)}.{plain(last)}@{domain}")


def choose(rng: Random, written: str, people: int) -> Sender:
    """Who writes this time: the one given as `Name <address>`, or somebody of the given domains, some more often."""
    if "@" in written:
        return Sender(*parseaddr(written))
    pool = people_of(rng.choice(written.split()), people)
    return pool[int(len(pool) * rng.random() ** 1.5)]
