"""A mailbox's password: from the environment, a file or the keyring of the operating system. Never from the address."""

import os
from pathlib import Path

from core.configuration_file import MailboxConfiguration
from core.errors import SourceProblem
from core.language import _
from core.log import hide

SERVICE = "straydesk"


def password_of(mailbox: MailboxConfiguration, base: Path) -> str:
    """The password of the mailbox, asked of the first place that its configuration names.

    `password_env` comes first, then `password_file` (relative to `base`), and the keyring only where neither is
    written, under the service “straydesk” and the mailbox's address. A mailbox with `oauth2` has none: it is empty.
    Raises SourceProblem saying which place is empty.
    """
    if mailbox.oauth2:
        return ""
    if mailbox.password_env:
        return hide(_from_environment(mailbox))
    if mailbox.password_file:
        return hide(_from_file(mailbox, base / mailbox.password_file.expanduser()))
    return hide(_from_keyring(mailbox))


def secret_of(mailbox: MailboxConfiguration, variable: str) -> str:
    """What the environment variable holds that the `oauth2` of the mailbox names. Raises SourceProblem."""
    if secret := os.environ.get(variable):
        return hide(secret)
    raise SourceProblem(
        _("There is no secret for the mailbox “{mailbox}”: the environment variable {variable} is not set.").format(
            mailbox=mailbox.name, variable=variable
        ),
        _("Set it for the process that collects."),
    )


def _from_environment(mailbox: MailboxConfiguration) -> str:
    if password := os.environ.get(mailbox.password_env):
        return password
    raise SourceProblem(
        _("There is no password for the mailbox “{mailbox}”: the environment variable {variable} is not set.").format(
            mailbox=mailbox.name, variable=mailbox.password_env
        ),
        _("Set it for the process that collects."),
    )


def _from_file(mailbox: MailboxConfiguration, path: Path) -> str:
    try:
        # Editors and `echo` end a file with a line end; it is not part of the password, but a space may be.
        password = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise SourceProblem(
            _("The password file of the mailbox “{mailbox}” can't be read: {path}.").format(
                mailbox=mailbox.name, path=path
            ),
            _("Check that it is there, that this user may read it, and that it is UTF-8 text."),
        ) from error
    if not password:
        raise SourceProblem(
            _("The password file of the mailbox “{mailbox}” is empty: {path}.").format(mailbox=mailbox.name, path=path)
        )
    return password


def _from_keyring(mailbox: MailboxConfiguration) -> str:
    import keyring  # Loading it looks for desktop services, which mailboxes with another place never need.
    import keyring.errors

    problem: Exception | None = None
    try:
        if password := keyring.get_password(SERVICE, mailbox.address):
            return password
    except keyring.errors.KeyringError as error:
        problem = error
    raise SourceProblem(
        _("There is no password for the mailbox “{mailbox}”.").format(mailbox=mailbox.name),
        _(
            "Give it password_env or password_file in the configuration, or run `keyring set {service} {address}`."
        ).format(service=SERVICE, address=mailbox.address),
    ) from problem
