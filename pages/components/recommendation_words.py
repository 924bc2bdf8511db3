"""A recommendation in words and marks that its card and its page share."""

from collections.abc import Sequence

import pandas as pd
from babel.numbers import format_decimal

from core.findings import span
from core.language import _, n_
from core.recommendations import Recommendation, Recommended
from pages.components.charts import MEANING
from pages.components.look import soft, text
from pages.components.reading import day, written

PEOPLE, AGAINST = 4, 2  # named one by one
VERDICTS = ("agreed", "against", "waiting")


def saved(each: Recommendation) -> str:
    """How much time it saves a week, in the unit a person would use."""
    return time(each.saved)


def time(minutes: float) -> str:
    """Minutes in the unit a person would use: `40 min`, `2.5 h`."""
    return span(minutes / 60) if minutes >= 1 else _("< 1 min")


def a_week(each: Recommendation) -> str:
    """How many such mails come a week."""
    mails = round(each.per_week, 0 if each.per_week >= 10 else 1)
    told = format_decimal(mails, locale=written())
    return n_("{count} mail a week", "{count} mails a week", 1 if mails == 1 else 2).format(count=told)


def waits(each: Recommendation) -> str:
    """How many of them wait now."""
    return n_("{count} waits now", "{count} wait now", each.waiting).format(count=each.waiting)


def people(found: Recommended, key: str) -> str:
    """Who decided so, most first."""
    names = list(found.people.loc[found.people["key"] == key, "name"])
    more = len(names) - PEOPLE
    told = ", ".join(str(name) for name in names[:PEOPLE])
    return _("{names} and {count} more").format(names=told, count=more) if more > 0 else told


def against(found: Recommended, each: Recommendation) -> str:
    """The counter-examples as markup: how many, and the newest of them; empty where there are none."""
    if not each.against:
        return ""
    rows = found.samples[(found.samples["key"] == each.key) & (found.samples["verdict"] == "against")].head(AGAINST)
    count = n_("▲ {count} decided otherwise", "▲ {count} decided otherwise", each.against).format(count=each.against)
    named = "; ".join(
        _("“{subject}” → {became}").format(subject=row["subject"] or _("(no subject)"), became=row["became"])
        for row in rows.to_dict("records")
    )
    return f'<span class="sd-no">{text(count)}</span> {soft(named)}'


def refused_before(each: Recommendation) -> str:
    """That somebody refused it, and why, where its evidence has changed since; empty otherwise."""
    if not each.refused:
        return ""
    told = _("Refused by {who} on {day}: “{reason}”. Its evidence has changed since.")
    return told.format(who=each.refused.by_name, day=day(each.refused.at), reason=each.refused.reason)


def between(each: Recommendation) -> str:
    """When such mail came."""
    return _("{first} – {last}").format(first=day(each.first_at), last=day(each.last_at))


def weeks(found: Recommended, key: str) -> pd.DataFrame:
    """A row for each week of the period, oldest first: week, agreed, against, waiting."""
    own = found.weekly[found.weekly["key"] == key].set_index("week")[list(VERDICTS)]
    last = max([pd.Timestamp(found.since) + pd.Timedelta(days=found.days), *own.index])
    every = pd.date_range(_monday(pd.Timestamp(found.since)), _monday(last), freq="7D", name="week")
    return own.reindex(every, fill_value=0).reset_index()


def sparkline(found: Recommended, key: str) -> str:
    """The weeks as small bars, for markup; its numbers are said to those who don't see it."""
    rows = weeks(found, key)
    most = max(1, int(rows[list(VERDICTS)].sum(axis=1).max()))
    bars = "".join(f'<i>{"".join(_part(verdict, int(row[verdict]), most) for verdict in VERDICTS)}</i>'
                   for row in rows.to_dict("records"))  # fmt: skip
    counts = ", ".join(str(count) for count in rows[list(VERDICTS)].sum(axis=1))
    said = _("Mails by week: {counts}").format(counts=counts)
    return f'<div class="sd-spark" role="img" aria-label="{text(said)}">{bars}</div>'


def _part(verdict: str, count: int, most: int) -> str:
    height = max(2, round(26 * count / most)) if count else 0
    return f'<b style="height:{height}px;background:{MEANING[verdict]}"></b>' if count else ""


def _monday(moment: pd.Timestamp) -> pd.Timestamp:
    return (moment - pd.Timedelta(days=moment.day_of_week)).normalize()


def table(listed: Sequence[Recommendation]) -> pd.DataFrame:
    """The listed ones with their numbers, to take along."""
    names = ("deed", "standing", "name", "mailbox", "conditions", "becomes", "support", "agreeing", "against",
             "waiting", "weeks", "lately", "at_least", "first_at", "last_at", "minutes", "per_week", "saved",
             "new")  # fmt: skip
    return pd.DataFrame([{name: getattr(each, name) for name in names} for each in listed], columns=list(names))
