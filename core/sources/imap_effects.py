"""What is done to collected mail on its server: flagged, moved or deleted; done once, and looked at afterwards.

A server without UIDPLUS can only expunge *all* that is marked as deleted in a folder, which may be what other people
marked and still mean to take back; looking first whether ours is all there is would leave a moment in which somebody
marks more. So there mail is marked as deleted and left for their mail program to expunge: the outcome `marked`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field, replace

from core.errors import SourceProblem
from core.language import _
from core.sources.imap_changing import DELETED, Changing, Refused


@dataclass(frozen=True, slots=True)
class Lying:
    """A collected mail: its uid, SHA-256 and length, and, where a try before may have copied it, since which
    UIDVALIDITY and UID of the target folder."""

    uid: str
    sha256: str
    length: int
    since: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a mail: its outcome (flagged, moved, deleted, marked, gone or renumbered), or None and a problem.

    `evidence` is what the server was seen to say, `target` the UIDVALIDITY and uid of a moved mail in its new folder.
    """

    outcome: str | None
    evidence: str = ""
    problem: str | None = None
    target: tuple[int, int] | None = None


@dataclass
class Work:
    """The same effect for mails of one folder; `at` is the target's UIDVALIDITY and UIDNEXT before anything was done.

    `taken` are uids of the target that are known to be other mails; `may_go_on` raises once the turn is over.
    """

    kind: str
    detail: str
    folder: str
    uid_validity: int
    mails: Sequence[Lying]
    at: tuple[int, int] = (0, 0)
    taken: Set[int] = frozenset()
    may_go_on: Callable[[], None] = lambda: None
    came: dict[str, Came] = field(default_factory=dict)

    @property
    def uids(self) -> list[str]:
        """Those of which nothing came yet."""
        return [mail.uid for mail in self.mails if mail.uid not in self.came]

    @property
    def longest(self) -> int:
        """Bytes of the largest mail."""
        return max(mail.length for mail in self.mails)

    def settle(self, uids: Iterable[str], outcome: str | None, evidence: str = "", problem: str | None = None) -> None:
        """Note what came of these."""
        for uid in uids:
            self.came[uid] = Came(outcome, evidence, problem)


def carry_out(server: Changing, work: Work) -> dict[str, Came]:
    """Do it, and look at it. Answers what came of each uid; raises SourceProblem where all of them have to wait."""
    try:
        if _opened(server, work):
            {"flag": _flag, "move": _move, "delete": _delete}[work.kind](server, work)
    except Refused as refusal:  # one of several may be the reason: each on its own, then
        if len(work.uids) == 1:
            work.settle(work.uids, None, problem=refusal.sentence)
        for mail in [mail for mail in work.mails if mail.uid not in work.came]:
            work.came |= carry_out(server, _alone(work, mail))
    return work.came


def _alone(work: Work, mail: Lying) -> Work:
    """The work for one of its mails, which may have been copied before the server said no to the rest."""
    taken = work.taken | {came.target[1] for came in work.came.values() if came.target}
    return replace(work, mails=[replace(mail, since=mail.since or work.at)], taken=taken, came={})


def _opened(server: Changing, work: Work) -> bool:
    """Opens the folder and sorts out what no longer lies there. Its uids mean nothing under another UIDVALIDITY."""
    uid_validity = server.open(work.folder)
    if uid_validity != work.uid_validity:
        work.settle(work.uids, "renumbered", f"UIDVALIDITY {uid_validity}")
    elif work.kind != "move":  # a mail that is gone may be one that was moved by a try that was cut short
        work.settle(set(work.uids) - server.present(work.uids), "gone", "not in the folder")
    return bool(work.uids)


def _flag(server: Changing, work: Work) -> None:
    if not server.keeps(work.detail):
        raise SourceProblem(
            _("The server does not keep the flag {flag} in the folder “{folder}”.").format(
                flag=work.detail, folder=work.folder
            ),
            _("Choose \\Flagged or \\Seen."),
        )
    server.add_flag(work.uids, work.detail)
    flags = server.flags(work.uids)
    kept = [uid for uid in flags if work.detail.lower() in flags[uid]]
    work.settle(kept, "flagged", f"FLAGS has {work.detail}")
    work.settle(set(work.uids) - flags.keys(), "gone", "not in the folder")
    work.settle(work.uids, None, problem=_("The server took the flag and does not show it."))


def _delete(server: Changing, work: Work) -> None:
    lying = dict(server.hashes(work.uids, work.longest))
    same = [mail.uid for mail in work.mails if lying.get(mail.uid) == mail.sha256]
    removed = _removed(server, same, work)
    work.settle((uid for uid in removed if removed[uid]), "deleted", "expunged; not in the folder")
    work.settle((uid for uid in removed if not removed[uid]), "marked", f"FLAGS has {DELETED}; no UIDPLUS")
    work.settle(set(same) & set(work.uids), None, problem=_("The server did not remove it."))
    work.settle(work.uids, None, problem=_("What lies on the server is not what was stored, so it is not deleted."))


def _removed(server: Changing, uids: Sequence[str], work: Work) -> dict[str, bool]:
    """Remove these from the open folder. Answers for those that it worked for whether they are gone, or only marked."""
    if not uids:
        return {}
    work.may_go_on()
    server.add_flag(uids, DELETED)
    if server.expunges:
        server.expunge(uids)
        return dict.fromkeys(set(uids) - server.present(uids), True)
    flags = server.flags(uids)
    return {uid: uid not in flags for uid in uids if DELETED.lower() in flags.get(uid, {DELETED.lower()})}


def _move(server: Changing, work: Work) -> None:
    """Look for what a try before has copied, bring the rest, look again, and only then remove what was copied."""
    here, earlier = server.present(work.uids), [mail for mail in work.mails if mail.since]
    there = _copies(server, work, earlier)
    missing = [uid for uid in work.uids if uid in here and uid not in there]
    if earlier and missing:
        _open_again(server, work)
    spared = _marked(server, missing)  # by us under an older numbering, or by somebody who wants it gone
    work.settle(spared, "gone", f"FLAGS had {DELETED}")
    if missing := [uid for uid in missing if uid not in spared]:
        work.may_go_on()
        there |= _brought(server, work, missing)
    _open_again(server, work)
    here = server.present(work.uids)
    removed = _removed(server, [uid for uid in there if uid in here], work)
    for uid, place in there.items():
        if uid not in here or uid in removed:
            marked = uid in here and not removed[uid]
            evidence = f"in {work.detail} as UID {place}; " + (f"{DELETED}, no UIDPLUS" if marked else "moved away")
            work.came[uid] = Came("marked" if marked else "moved", evidence, target=(work.at[0], place))
    left = set(work.uids) - there.keys()
    work.settle(left - here, "gone", "not in the folder")
    work.settle(work.uids, None, problem=_("The server did not move it to “{folder}”.").format(folder=work.detail))


def _marked(server: Changing, uids: Sequence[str]) -> set[str]:
    flags = server.flags(uids)
    return {uid for uid in flags if DELETED.lower() in flags[uid]}


def _open_again(server: Changing, work: Work) -> None:
    if server.open(work.folder) != work.uid_validity:
        raise SourceProblem(_("The server has numbered the folder “{folder}” anew.").format(folder=work.folder))


def _brought(server: Changing, work: Work, uids: Sequence[str]) -> dict[str, int]:
    """Move or copy these; answers their uids in the target, as seen there and not only as told."""
    told = server.bring(uids, work.detail)
    if not told.keys() >= set(uids):
        return _copies(server, work, [mail for mail in work.mails if mail.uid in uids])
    server.open(work.detail, readonly=True)
    seen = server.present(list(told.values()))
    return {uid: int(told[uid]) for uid in uids if told[uid] in seen}


def _copies(server: Changing, work: Work, mails: Sequence[Lying]) -> dict[str, int]:
    """Where each of these lies in the target already, told by its bytes. No copy stands for two mails."""
    if not mails:
        return {}
    if server.open(work.detail, readonly=True) != work.at[0]:
        raise SourceProblem(_("The server has numbered the folder “{folder}” anew.").format(folder=work.detail))
    since = [mail.since or work.at for mail in mails]  # of another UIDVALIDITY: all that lies there may be ours
    first = min(uid if uid_validity == work.at[0] else 1 for uid_validity, uid in since)
    unknown = [uid for uid in server.later(first) if int(uid) not in work.taken]
    lying: dict[str, list[int]] = defaultdict(list)
    for uid, digest in server.hashes(unknown, max(mail.length for mail in mails)):
        lying[digest].append(int(uid))
    return {mail.uid: lying[mail.sha256].pop(0) for mail in mails if lying[mail.sha256]}
