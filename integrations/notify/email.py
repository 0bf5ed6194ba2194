"""Messages by e-mail. The server's reply codes decide: 4xx may be tried again, 5xx never."""

import asyncio
import hashlib
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import formataddr, formatdate, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from domain.notify.ports import Abilities, Accepted, Message, Outcome, PermanentFailure, TemporaryFailure
from domain.notify.states import ContactKind, Urgency

REPLY_SECONDS: Final = 5.0
PORTS: Final = {"smtp": 25, "smtps": 465}


class EmailNotifier:
    """Sends over ``smtp://`` (upgraded with STARTTLS where the server offers it) or ``smtps://user:password@host``.

    ``desk`` is the address of the API, for the line that says where to answer.
    """

    def __init__(self, url: str, *, sender: str, desk: str | None = None, reply_seconds: float = REPLY_SECONDS) -> None:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            message = "The mail server is written as smtp://host:port or smtps://user:password@host:port."
            raise ValueError(message)
        self._host = parts.hostname
        self._port = parts.port or PORTS[parts.scheme]
        self._secure = parts.scheme == "smtps"
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = sender
        self._domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
        self._desk = desk
        self._reply_seconds = reply_seconds

    @property
    def abilities(self) -> Abilities:
        return Abilities(frozenset({ContactKind.EMAIL}))

    async def send(self, message: Message) -> Outcome:
        if message.kind is not ContactKind.EMAIL:
            return PermanentFailure(f"Mail does not serve {message.kind}.")
        try:
            mail = self._mail(message)
            async with asyncio.timeout(4 * self._reply_seconds):
                await self._hand_over(mail)
        except (MessageError, ValueError, UnicodeError) as error:
            return PermanentFailure(f"{type(error).__name__}: this cannot be written as a mail.")
        except (SMTPException, OSError) as error:
            return _failure(error)
        return Accepted(str(mail["Message-ID"]))

    async def _hand_over(self, mail: EmailMessage) -> None:
        await aiosmtplib.send(
            mail,
            hostname=self._host,
            port=self._port,
            username=self._username,
            password=self._password,
            use_tls=self._secure,
            start_tls=False if self._secure else None,
            timeout=self._reply_seconds,
        )

    def _mail(self, message: Message) -> EmailMessage:
        """The Message-ID follows from the key: a message sent twice is known as one, and all of a reference thread."""
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = formataddr((" ".join(message.recipient.split()), message.address))
        mail["Subject"] = f"{message.reference}: {' '.join(message.title.split())}"
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:40]}@{self._domain}>"
        mail["References"] = f"<{message.reference.lower()}@{self._domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        if message.urgency is Urgency.HIGH:
            mail["Importance"] = "high"
        mail.set_content(message.body + self._what_to_do(message))
        return mail

    def _what_to_do(self, message: Message) -> str:
        """Where to answer; nothing where nobody said where the desk is."""
        if self._desk is None:
            return ""
        return (
            f"\n\nAnswer {message.reference} at {self._desk}/graphql?page={message.reference}\n"
            "or by the mutation acknowledgePage. Until somebody does, the next person is told.\n"
        )


def _failure(error: Exception) -> TemporaryFailure | PermanentFailure:
    """What a refusal means. A password that is refused says nothing about the address: it may be mended and retried.

    Texts of servers are cut to their code: they may repeat the address, which stays out of logs.
    """
    if isinstance(error, SMTPRecipientsRefused):
        codes = [refused.code for refused in error.recipients]
        return _by_code(max(codes, default=450))
    if isinstance(error, SMTPResponseException) and not isinstance(error, SMTPAuthenticationError | SMTPConnectError):
        return _by_code(error.code)
    return TemporaryFailure(f"{type(error).__name__}: the mail server did not take it.")


def _by_code(code: int) -> TemporaryFailure | PermanentFailure:
    if code >= 500:
        return PermanentFailure(f"The mail server refused it for good ({code}).")
    return TemporaryFailure(f"The mail server refused it for now ({code}).")
