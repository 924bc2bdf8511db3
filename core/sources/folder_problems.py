"""What can go wrong with one folder of a mail server, in sentences."""

import json
from collections.abc import Sequence

from core.errors import SourceProblem
from core.language import _
from core.source_address import SourceAddress
from core.sources.imap_problems import said

SHOWN_FOLDERS = 20


class FolderProblem(SourceProblem):
    """One folder can't be read, while the server answers."""


def renumbered(folder: str) -> FolderProblem:
    """The uids that are wanted are no longer those of the folder."""
    return FolderProblem(
        _("The server has numbered the folder “{folder}” anew.").format(folder=folder),
        _("The next run lists it again; nothing is lost."),
    )


def no_folder(error: Exception, address: SourceAddress, folder: str, folders: Sequence[str],
              now_named: str | None) -> FolderProblem:  # fmt: skip
    """The folder can't be opened; names what it was probably renamed to, or those that are there."""
    if now_named is not None:
        return FolderProblem(
            _("{user} has no folder “{folder}”.").format(folder=folder, user=address.user),
            _("It was probably renamed to “{name}”: then write folders = [{quoted}].").format(
                name=now_named, quoted=json.dumps(now_named, ensure_ascii=False)
            ),
        )
    if folder in folders:
        sentence = _("The folder “{folder}” of {user} can't be opened: {said}")
    else:
        sentence = _("{user} has no folder “{folder}”.")
    names = ", ".join(f"“{name}”" for name in folders[:SHOWN_FOLDERS])
    more = " …" if len(folders) > SHOWN_FOLDERS else ""
    return FolderProblem(
        sentence.format(folder=folder, user=address.user, said=said(error)),
        _("The folders are {names}.").format(names=names + more) if names else "",
    )
