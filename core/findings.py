"""What the numbers of the overview say, in a sentence each: the titles of its charts.

Every function takes the frame that the read of the same name answers and says only what holds: an empty frame gives a
calm sentence, a single message no percentages.
"""

import pandas as pd
from babel.dates import get_day_names
from babel.numbers import format_decimal, format_percent

from core.language import _, n_, spoken
from core.overview import SOON

ENOUGH = 50  # messages below which weekdays are not compared
WEEKS_TO_COMPARE = 14  # days, so that no weekday is one day only
CLEARLY = 1.3  # a weekday has to bring this many times another one's mail to be named
POINTS = 0.03  # shares that differ by less than this are the same
FEW = 5  # senders that a sentence sums up


def percent(share: float) -> str:
    """A share of 1 as the language writes it: `60%`."""
    return str(format_percent(share, locale=spoken()))


def span(hours: float) -> str:
    """A length of time in the unit a person would use: `40 min`, `5.5 h`, `3 d`."""
    if hours < 1:
        return f"{round(hours * 60)} min"
    length, unit = (hours, "h") if hours < 48 else (hours / 24, "d")
    return f"{format_decimal(round(length, 1 if length < 10 else 0), locale=spoken())} {unit}"


def of_ageing(rows: pd.DataFrame, by: str) -> str:
    """What waits against its target; `by` is the column that names the groups."""
    breached, due, fine = (int(rows[name].sum()) for name in ("breached", "due", "fine"))
    if not int(rows["waiting"].sum()):
        return _("Nothing waits")
    if breached:
        return _breached(rows.groupby(by)["breached"].sum(), breached)
    if due:
        return n_("Nothing is past its target; {count} message falls due within {hours} h",
                  "Nothing is past its target; {count} messages fall due within {hours} h",
                  due).format(count=_number(due), hours=SOON)  # fmt: skip
    if not fine:
        return _("All that waits has been put aside")
    return _within_target(rows.groupby(by)["fine"].sum(), fine)


def _breached(groups: "pd.Series[int]", total: int) -> str:
    most, part = str(groups.idxmax()), int(groups.max())
    if part == total:
        sentence = n_("{count} message is past its target, in {group}",
                      "{count} messages are past their target, all in {group}", total)  # fmt: skip
    else:
        sentence = n_("{count} message is past its target, {part} of them in {group}",
                      "{count} messages are past their target, {part} of them in {group}", total)  # fmt: skip
    return sentence.format(count=_number(total), part=_number(part), group=most)


def _within_target(groups: "pd.Series[int]", total: int) -> str:
    if total > FEW and len(groups) > 1 and groups.max() / total >= 1.5 / len(groups):
        return _("{group} holds {share} of what waits, all of it within its target").format(
            group=groups.idxmax(), share=percent(groups.max() / total))  # fmt: skip
    return n_("{count} message waits, within its target", "{count} messages wait, all within their target",
              total).format(count=_number(total))  # fmt: skip


def of_claims(rows: pd.DataFrame) -> str:
    """Who has claimed what."""
    total, people = int(rows["messages"].sum()), rows.groupby("name")["messages"].sum()
    if not total:
        return _("Nobody has claimed anything")
    if len(people) == 1:
        return n_("{count} message is claimed, by {name}", "{count} messages are claimed, all by {name}",
                  total).format(count=_number(total), name=people.index[0])  # fmt: skip
    alone = (people == people.max()).sum() == 1
    sentence = (_("{people} people have claimed {count} messages, {name} most of all") if alone
                else _("{people} people have claimed {count} messages"))  # fmt: skip
    return sentence.format(people=len(people), count=_number(total), name=people.idxmax())


def of_arrivals(days: pd.DataFrame) -> str:
    """What arrives: `day` and `arrived`, a row each day, the last of them not over yet."""
    total = int(days["arrived"].sum())
    if not total:
        return _("No mail arrived in this period")
    whole = days.iloc[:-1]
    means = [float(whole.loc[whole["day"].dt.day_of_week == weekday, "arrived"].mean()) for weekday in range(5)]
    if total >= ENOUGH and len(whole) >= WEEKS_TO_COMPARE and min(means) and max(means) / min(means) >= CLEARLY:
        names = get_day_names("wide", locale=spoken())
        return _("A {busiest} brings {times} times the mail of a {quietest}").format(
            busiest=names[means.index(max(means))], quietest=names[means.index(min(means))],
            times=format_decimal(round(max(means) / min(means), 1), locale=spoken()))  # fmt: skip
    return n_("{count} message arrived", "{count} messages arrived", total).format(count=_number(total))


def of_share(steps: pd.DataFrame) -> str:
    """How the share decided automatically moved: rows of trends.share in the order of time, the last not over yet."""
    if steps.empty:
        return _("No mail arrived that could be decided")
    overall = float(steps["automatic"].sum() / steps["arrived"].sum())
    told = steps.iloc[:-1][steps["arrived"].iloc[:-1] >= FEW]
    first, last = (float(told["share"].iloc[place]) if len(told) > 1 else overall for place in (0, -1))
    if abs(last - first) >= POINTS:
        sentence = (_("The share decided automatically rose from {first} to {last}") if last > first
                    else _("The share decided automatically fell from {first} to {last}"))  # fmt: skip
        return sentence.format(first=percent(first), last=percent(last))
    return _("{share} of the mail was decided automatically").format(share=percent(overall))


def of_share_by(groups: pd.DataFrame, by: str) -> str:
    """Where most is decided automatically: rows of trends.share, a row each mailbox or team."""
    if groups.empty:
        return _("No mail arrived that could be decided")
    ranked = groups.sort_values("share")
    best, worst = ranked.iloc[-1], ranked.iloc[0]
    if best["share"] - worst["share"] < POINTS:
        return _("{share} of the mail was decided automatically").format(
            share=percent(groups["automatic"].sum() / groups["arrived"].sum()))  # fmt: skip
    return _("Most is decided automatically in {best} ({share}), least in {worst} ({other})").format(
        best=best[by], share=percent(best["share"]), worst=worst[by], other=percent(worst["share"]))  # fmt: skip


def of_handling(period: pd.DataFrame) -> str:
    """How long people took: the `period` row of trends.handling, if there is one."""
    if period.empty:
        return _("Nobody decided anything by hand in this period")
    row = period.iloc[0]
    if int(row["decided"]) == 1:
        return _("The one decision by hand came {median} after the mail").format(median=span(row["median_hours"]))
    return _("Half of the decisions by hand came within {median} of the mail, nine in ten within {p90}").format(
        median=span(row["median_hours"]), p90=span(row["p90_hours"]))  # fmt: skip


def of_handling_by(groups: pd.DataFrame) -> str:
    """Where people take longest: the `mailbox` or `team` rows of trends.handling."""
    if len(groups) < 2:
        return of_handling(groups)
    ranked = groups.sort_values("median_hours")
    slow, quick = ranked.iloc[-1], ranked.iloc[0]
    if span(slow["median_hours"]) == span(quick["median_hours"]):
        return _("People take {median} everywhere, at the median").format(median=span(slow["median_hours"]))
    return _("{slow} takes longest, {median} at the median; {quick} is quickest with {other}").format(
        slow=slow["name"], median=span(slow["median_hours"]), quick=quick["name"],
        other=span(quick["median_hours"]))  # fmt: skip


def of_senders(rows: pd.DataFrame) -> str:
    """How much of what no route caught comes from a few senders."""
    if rows.empty:
        return _("No sender wrote twice without a route")
    few = rows.head(FEW)
    return n_("{count} sender brings {share} of the mail that no route caught",
              "{count} senders bring {share} of the mail that no route caught", len(few)).format(
        count=len(few), share=percent(few["messages"].sum() / rows["unrouted"].iloc[0]))  # fmt: skip


def _number(count: int) -> str:
    return str(format_decimal(count, locale=spoken()))
