"""`digest` and `deliver`: what a team is told each day, and what waits in the outbox."""

import logging
from typing import Annotated

import typer

from core.commands.options import As, Json, acting
from core.commands.printing import answer, answer_json, say
from core.digest import digest, put_digests
from core.errors import NotFound
from core.handing_over import pass_on_new
from core.language import _, n_
from core.log import tell
from core.notifying import put_notices
from core.outbox import deliver
from core.retention import retain_when_due
from core.scope import Desk


def show_digest(
    team: Annotated[str | None, typer.Option(metavar="NAME", help="Print this team's digest; send nothing.")] = None,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Send today's digest to each team now, once a day; or with --team print one instead.

    `collect --watch` sends them by itself at the time of [digest] in the configuration.
    """
    scope = acting(as_)
    scope.must_administer()
    if team is None:
        count = put_digests(scope.desk, now_due=True)
        sent = deliver(scope.desk)
        if as_json:
            answer_json({"added": count} | sent)
        else:
            say(n_("{count} digest was added.", "{count} digests were added.", count).format(count=count))
        return
    written = digest(scope, team)
    if written is None:
        raise NotFound(_("There is no digest for the team “{team}”.").format(team=team[:60]))
    if as_json:
        answer_json({"subject": written[0], "text": written[1]})
    else:
        answer(f"{written[0]}\n\n{written[1]}")


def deliver_outbox(as_: As = None, as_json: Json = False) -> None:
    """Try once what waits in the outbox: hand-overs and digests. `collect --watch` does so by itself."""
    scope = acting(as_)
    scope.must_administer()
    counts = deliver(scope.desk)
    if as_json:
        answer_json(counts)
    else:
        answer(_("{sent} sent, {failed} failed and tried again later.").format(**counts))
    if counts["failed"]:
        raise typer.Exit(1)


def send_what_is_due(desk: Desk) -> None:
    """What `collect --watch` does after each round: new digests, hand-overs and notices into the outbox, and out of
    it, and once a day what retention says."""
    put_digests(desk)
    pass_on_new(desk)
    put_notices(desk)
    counts = deliver(desk)
    if counts["failed"]:
        tell("sending_failed", _("{failed} could not be sent and will be tried again.").format(failed=counts["failed"]),
             logging.WARNING, failed=counts["failed"])  # fmt: skip
    if removed := retain_when_due(desk):
        count = n_("Removed from {count} message.", "Removed from {count} messages.", removed.parts)
        tell("retention_ran", count.format(count=removed.parts), parts=removed.parts, bytes=removed.bytes)
