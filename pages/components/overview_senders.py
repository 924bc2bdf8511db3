"""Who keeps sending what no route catches."""

from collections.abc import Callable

import pandas as pd
import streamlit as st
from babel.dates import format_date

from core import findings
from core.language import _, spoken
from pages.components import charts
from pages.components.reading import zone

WIDTHS = {"from_address": 210, "from_name": 110, "mailbox": 120, "messages": 110, "weeks": 66, "waiting": 66,
          "since": 96, "last": 222}  # fmt: skip


def show(rows: pd.DataFrame, note: str, lead_to: Callable[[str], None]) -> None:
    """A line each sender, most mail first; a click leads to their mail in the queue. The `note` says of which day."""
    decisions = zip(rows["last_action"], rows["last_reason"], strict=True)
    told = rows.assign(since=[_date(at) for at in rows["since_at"]],
                       last=[_done(action, reason) for action, reason in decisions])  # fmt: skip
    names = {"from_address": _("Sender"), "from_name": _("Name"), "mailbox": _("Mailbox"), "messages": _("Messages"),
             "weeks": _("In weeks"), "waiting": _("Waiting"), "since": _("Since"),
             "last": _("Last decision")}  # fmt: skip
    charts.show(None, told, findings.of_senders(rows), key="senders", columns=names, note=note)
    if rows.empty:
        return
    most = int(rows["messages"].max())
    columns = {
        **{code: st.column_config.TextColumn(name, width=WIDTHS[code]) for code, name in names.items()},
        "messages": st.column_config.ProgressColumn(names["messages"], format="%d", min_value=0, max_value=most,
                                                       width=WIDTHS["messages"]),
        "weeks": st.column_config.NumberColumn(names["weeks"], width=WIDTHS["weeks"]),
        "waiting": st.column_config.NumberColumn(names["waiting"], width=WIDTHS["waiting"]),
    }  # fmt: skip
    addresses = list(rows["from_address"])
    charts.table(
        told,
        columns,
        key="senders",
        about=_("Recurring unrouted senders"),
        lead_to=lambda place: lead_to(addresses[place]),
    )


def _date(moment: pd.Timestamp) -> str:
    """The day of a moment (UTC) in the viewer's zone."""
    return str(format_date(moment.tz_localize("UTC").tz_convert(zone()), "medium", locale=spoken()))


def _done(action: object, reason: object) -> str:
    """What a person did with the newest decided mail of this sender."""
    sentences = {"create": _("created {what}"), "attach": _("attached to {what}"), "delete": _("deleted: {what}"),
                 "block": _("blocked: {what}")}  # fmt: skip
    return sentences.get(str(action), _("none yet")).format(what=reason)
