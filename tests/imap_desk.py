"""A desk whose first mailbox is read from an IMAP server."""

import os
from pathlib import Path

import tomli_w

from core.configuration_file import MailboxConfiguration
from tests.desk import AP, CONFIGURATION, DeskUnderTest
from tests.servers.dovecot import PASSWORD_ENV, Dovecot


def imap_desk(folder: Path, server: Dovecot, user: str, more: str = "", collect: str = "",
              tls: bool = False) -> DeskUnderTest:  # fmt: skip
    """Accounts Payable is `user`'s INBOX; `more` are further keys of the mailbox, `collect` those of [collect]."""
    os.environ[PASSWORD_ENV] = server.password
    more += f'\nca_file = "{server.authority}"' if tls else ""
    source = f'source = "{server.source(user, tls=tls)}"\npassword_env = "{PASSWORD_ENV}"\n{more}'
    text = CONFIGURATION.replace('source = "eml:mail/ap"', source)
    return DeskUnderTest(folder, configuration=f"{text}\n[collect]\n{collect}\n")


def folders(*names: str) -> str:
    """The line of the configuration."""
    return tomli_w.dumps({"folders": list(names)})


def scripted_mailbox(port: int, scheme: str = "imap", host: str = "127.0.0.1", **more: object) -> MailboxConfiguration:
    """A mailbox of a server that answers as it is told."""
    os.environ[PASSWORD_ENV] = "any"
    written = {"name": AP, "address": "ap@desk.example", "team": "Finance", "password_env": PASSWORD_ENV,
               "source": f"{scheme}://ap@{host}:{port}/INBOX"}  # fmt: skip
    return MailboxConfiguration.model_validate(written | more)
