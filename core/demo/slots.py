"""What the slots of the texts are filled with: numbers, dates, amounts, names and places that fit one another."""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from core.demo.senders import full_name

TEXTS = Path(__file__).parent / "texts"
COMMON = tomllib.loads((TEXTS / "common.toml").read_text("utf-8"))
POOLS = tomllib.loads((TEXTS / "slots.toml").read_text("utf-8"))

Slots = Mapping[str, str]


def fill(rng: Random, language: str, moment: datetime, domain: str) -> dict[str, str]:
    """A value for every slot, the same all through one mail."""
    return {
        **_numbers(rng, language, moment, domain),
        **_times(rng, language, moment),
        **_things(rng, language),
        "colleague": full_name(rng, rng.choice(("en", "es"))),
        "employee": full_name(rng, rng.choice(("en", "es"))),
        "link": f"https://www.{domain}/{rng.choice('abcdefgh')}/{rng.randrange(10**7)}",
    }


def date(language: str, moment: datetime) -> str:
    """The day as it is written in that language."""
    words = COMMON[language]
    return str(words["date"].format(day=moment.day, month=words["months"][moment.month - 1], year=moment.year))


def _amount(language: str, value: float) -> str:
    english = f"{value:,.2f}"
    return f"£{english}" if language == "en" else english.translate(str.maketrans(",.", ".,")) + " €"


def _numbers(rng: Random, language: str, moment: datetime, domain: str) -> dict[str, str]:
    company = domain.partition(".")[0].upper()
    series = company[0] + company[len(company) // 2]
    return {
        "invoice": rng.choice((f"{moment.year}-{rng.randrange(10000):04}", f"{series}{rng.randrange(10**5, 10**6)}")),
        "order": f"45{rng.randrange(10**8):08}",
        "number": str(rng.randrange(1000, 99999)),
        "amount": _amount(language, round(rng.lognormvariate(6.6, 1.1), 2)),
        "last4": f"{rng.randrange(10000):04}",
        "days": str(rng.choice((3, 5, 7, 10, 14, 15))),
        "count": str(rng.randrange(2, 24)),
        "percent": str(rng.randrange(2, 96)),
        "hours": str(rng.choice((8, 12, 16, 20, 30, 38, 40))),
        "consumption": str(rng.randrange(180, 9400)),
        "tracking": f"{series}{rng.randrange(10**9, 10**10)}",
        "room": str(rng.randrange(101, 520)),
        "plate": f"{rng.randrange(1000, 10000)} {''.join(rng.choices('BCDFGHJKLMN', k=3))}",
    }


def _times(rng: Random, language: str, moment: datetime) -> dict[str, str]:
    words = COMMON[language]
    month = words["months"][(moment - timedelta(days=rng.choice((0, 9, 20)))).month - 1]
    return {
        "date": date(language, moment - timedelta(days=rng.randrange(1, 25))),
        "due": date(language, moment + timedelta(days=rng.randrange(4, 45))),
        "month": month,
        "year": str(moment.year),
        "weekday": rng.choice(words["weekdays"][:5]),
        "time": f"{rng.randrange(8, 19)}:{rng.choice(('00', '15', '30', '45'))}",
    }


def _things(rng: Random, language: str) -> dict[str, str]:
    words, shared = POOLS[language], POOLS
    return {
        "site": rng.choice(words["sites"]),
        "system": rng.choice(words["systems"]),
        "item": rng.choice(words["items"]),
        "job": rng.choice(words["jobs"]),
        "product": rng.choice(words["products"]),
        "device": rng.choice(shared["devices"]),
        "asset": rng.choice(shared["assets"]),
        "host": rng.choice(shared["hosts"]),
        "failed": f"{full_name(rng, 'en').split()[0].lower()}@{rng.choice(shared['hosts']).partition('.')[2]}",
    }
