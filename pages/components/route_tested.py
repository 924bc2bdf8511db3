"""What a backtest says, in sentences, and the mails behind it."""

import pandas as pd
import streamlit as st

from core.backtesting import Backtest
from core.findings import percent
from core.language import _, n_
from pages.components.reading import age, number

MOVES = 4  # named one by one


def judged(told: Backtest) -> str:
    """How that agrees with what people did, in a sentence; empty where the draft would catch nothing anew."""
    if not told.agree + told.disagree:
        return n_("Nobody has decided this one yet.", "Nobody has decided these {count} yet.", told.undecided).format(
            count=number(told.undecided)) if told.undecided else ""  # fmt: skip
    parts = [n_("{count} agrees with what people did", "{count} agree with what people did", told.agree),
             n_("{count} does not", "{count} do not", told.disagree),
             n_("{count} is undecided", "{count} are undecided", told.undecided)]  # fmt: skip
    counts = (told.agree, told.disagree, told.undecided)
    words = ", ".join(part.format(count=number(count)) for part, count in zip(parts, counts, strict=True))
    if not told.agree:
        return _("{counts}.").format(counts=words)
    return _("{counts} – at least {share} sure.").format(counts=words, share=percent(told.at_least))


def changes(told: Backtest) -> list[str]:
    """What would change, a sentence for each kind."""
    caught, released, retargeted = told.count("newly_caught"), told.count("released"), told.count("retargeted")
    answers, parted = told.count("appended"), told.count("parted")
    said = [n_("Takes {count} mail from “{before}” to “{after}”.", "Takes {count} mails from “{before}” to “{after}”.",
               row["messages"]).format(count=number(row["messages"]), before=row["before_route"],
                                       after=row["after_route"])
            for row in told.moves.head(MOVES).to_dict("records")]  # fmt: skip
    for count, words in (
        (retargeted, n_("Gives {count} mail another target.", "Gives {count} mails another target.", retargeted)),
        (released, n_("Lets go of {count} mail.", "Lets go of {count} mails.", released)),
        (answers, n_("{count} answer would go with its question.", "{count} answers would go with their question.",
                     answers)),
        (parted, n_("{count} answer would no longer go with its question.",
                    "{count} answers would no longer go with their question.", parted)),
    ):  # fmt: skip
        said += [words.format(count=number(count))] if count else []
    if not caught and not said:
        said.append(_("No mail of the last {days} days would end otherwise.").format(days=told.days))
    elif caught:
        words = n_("Would newly catch {count} mail of the last {days} days.",
                   "Would newly catch {count} mails of the last {days} days.", caught)  # fmt: skip
        said.insert(0, words.format(count=number(caught), days=told.days))
    return said


def samples(told: Backtest, key: str, verdicts: bool = True) -> None:
    """The newest mails that would end otherwise, those that people decided otherwise one click away."""
    kinds = {"": _("All"), "disagree": _("Decided otherwise"), "undecided": _("Undecided"), "agree": _("As decided")}
    there = {code: words for code, words in kinds.items() if not code or (told.changes["verdict"] == code).any()}
    verdict = ""
    if verdicts and len(there) > 2:
        chosen = st.segmented_control(_("Samples"), list(there), default="", key=f"{key}-verdict", required=True,
                                      format_func=lambda code: there[code], label_visibility="collapsed")  # fmt: skip
        verdict = chosen or ""
    rows = told.messages_of(verdict=verdict) if verdict else told.changes
    signs = {"agree": _("✓ the same"), "disagree": _("▲ otherwise"), "undecided": _("– undecided")}
    kind = {"newly_caught": _("caught"), "taken": _("taken"), "retargeted": _("other target"), "released": _("let go"),
            "appended": _("with its question"), "parted": _("parted")}  # fmt: skip
    column = st.column_config.TextColumn
    st.dataframe(pd.DataFrame({
        "what": [kind[code] for code in rows["kind"]], "people": [signs.get(code, "") for code in rows["verdict"]],
        "subject": rows["subject"], "from": rows["from_address"],
        "age": [age(at.to_pydatetime()) for at in rows["received_at"]], "became": rows["became"].fillna(""),
        "before": rows["before_route"].fillna(""), "after": rows["after_route"].fillna(""),
    }), hide_index=True, height=36 * min(len(rows) + 1, 9) + 2, row_height=36, key=f"{key}-samples-{verdict}",
        alt=_("Mails that would end otherwise"), column_config={
        "what": column(_("Would be"), width=84), "people": column(_("People did"), width=96),
        "subject": column(_("Subject"), width=190), "from": column(_("From"), width=150),
        "age": column(_("Age"), width=50), "became": column(_("Became"), width=190),
        "before": column(_("Route now"), width=140), "after": column(_("Route then"), width=140),
    })  # fmt: skip
