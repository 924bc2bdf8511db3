"""What people write back: replies to what the desk answered, with the history below, some of them astray."""

from dataclasses import replace
from random import Random

from core.demo.calendar import Calendar
from core.demo.drafts import Draft
from core.demo.mail import Truth
from core.demo.senders import choose
from core.demo.slots import fill
from core.demo.writing import Writing, without_prefixes, write

REPLIED, AGAIN = 0.15, 0.3  # shares of mails that are followed up, of replies that are too
LOST, PLUS = 0.08, 0.08  # shares of replies without references, of replies to a plus address
BY_HAND = (24.0, 260.0)  # hours until people ask again where nothing was answered automatically
TOPICS = ("reply_thanks", "reply_chase", "reply_more", "reply_more")


def replies(drafts: list[Draft], calendar: Calendar) -> list[Draft]:
    """The replies to these mails that arrive before the calendar ends, and the replies to those."""
    found: list[Draft] = []
    asked = [draft for draft in drafts if _answerable(draft)]
    share = REPLIED
    while asked:
        asked = [reply for parent in asked if (reply := _reply(parent, calendar, share))]
        found += asked
        share = AGAIN
    return found


def _answerable(draft: Draft) -> bool:
    stream = draft.stream
    person = stream.voice == "person" and not (stream.form or stream.breaks or stream.cause)
    return person and draft.truth.action == "create" and "desk.example" in draft.to


def _reply(parent: Draft, calendar: Calendar, share: float) -> Draft | None:
    """A reply to that mail, unless nobody replies or not in time."""
    key = f"{parent.key} reply"
    rng = Random(key)
    patience = rng.uniform(*BY_HAND) if parent.stream.by else rng.expovariate(1 / 22)
    moment = calendar.office_after(rng, parent.received_at, 2 + patience)
    if rng.random() > share or moment > calendar.until:
        return None
    stream = parent.stream
    sender = parent.sender if rng.random() < 0.85 else choose(rng, stream.sender, stream.people)
    writing, answer, slots = _words(parent, rng)
    fate = rng.random()
    reply = replace(parent, key=key, received_at=moment, sender=sender, writing=writing, answer=answer, slots=slots)
    reply = replace(
        reply, parent=parent, truth=_belongs(parent), linked=fate > LOST + PLUS, plus=LOST < fate <= LOST + PLUS
    )
    return replace(reply, inner=None)


def _words(parent: Draft, rng: Random) -> tuple[Writing, Writing, dict[str, str]]:
    """What is written back, what the desk had answered, and the slots of both; numbers stay those of the thread."""
    slots = {**fill(rng, parent.writing.language, parent.received_at, parent.sender.domain), **parent.slots}
    slots["prior"] = without_prefixes(parent.writing.subject)
    language = parent.writing.language
    return write(rng, rng.choice(TOPICS), language, slots), write(rng, "answer", language, slots), slots


def _belongs(parent: Draft) -> Truth:
    return replace(parent.truth, action="attach", thread=parent.root.message_id)
