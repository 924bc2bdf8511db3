"""Sending to the world outside: a signed webhook, or an e-mail. One attempt each; the outbox decides about more."""

import hashlib
import hmac
import os
import smtplib
import ssl
from email.message import EmailMessage

import requests

from core.configuration_file import SmtpConfiguration
from core.errors import SendingProblem
from core.language import _
from core.log import hide

PATIENCE = 20  # seconds for a server to answer


def send_webhook(url: str, secret: str, key: str, content: str, moment: int) -> None:
    """POST the JSON once. `key` is the idempotency key; `moment` (Unix seconds) is part of what is signed.

    The receiver checks `Straydesk-Signature: t=<moment>,v1=<hex>`, the HMAC-SHA256 (RFC 2104) of `<moment>.<body>`
    with the shared secret, and answers 2xx. Raises SendingProblem.
    """
    body = content.encode()
    signature = hmac.new(secret.encode(), b"%d." % moment + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "Idempotency-Key": key,
               "Straydesk-Signature": f"t={moment},v1={signature}"}  # fmt: skip
    try:
        answer = requests.post(url, data=body, headers=headers, timeout=PATIENCE, allow_redirects=False)
    except requests.RequestException as error:
        kind = type(error).__name__
        raise SendingProblem(_("The other system can't be reached: {kind}.").format(kind=kind)) from error
    if not 200 <= answer.status_code < 300:
        raise SendingProblem(_("The other system answered {status}.").format(status=answer.status_code))


def send_email(smtp: SmtpConfiguration, key: str, to: str, subject: str, text: str) -> None:
    """Send a plain text mail once; its Message-ID comes from `key`, so a receiver can tell a second copy.

    It is marked as automatic (RFC 3834), so that nobody's absence answers it. Raises SendingProblem.
    """
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = smtp.sender, to, " ".join(subject.split())
    mail["Message-ID"] = f"<{key}@{smtp.sender.split('@')[1]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    try:
        with _connected(smtp) as server:
            server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise SendingProblem(_("The mail server did not take it: {why}.").format(
            why=str(error).split("\n")[0] or type(error).__name__)) from error  # fmt: skip


def secret_of(variable: str) -> str:
    """The secret an environment variable holds. Raises SendingProblem when it is not set."""
    if secret := os.environ.get(variable):
        return hide(secret)
    raise SendingProblem(_("The environment variable {variable} is not set.").format(variable=variable))


def _connected(smtp: SmtpConfiguration) -> smtplib.SMTP:
    secure = ssl.create_default_context()
    if smtp.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=PATIENCE, context=secure)
    else:
        server = smtplib.SMTP(smtp.host, smtp.port, timeout=PATIENCE)
    if smtp.security == "starttls":
        server.starttls(context=secure)
    if smtp.user:
        server.login(smtp.user, secret_of(smtp.password_env))
    return server
