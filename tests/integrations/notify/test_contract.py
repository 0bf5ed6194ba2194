"""What every notifier promises, whichever way its messages take."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from domain.notify.ports import Accepted, Message, Notifier, PermanentFailure, TemporaryFailure
from domain.notify.states import ContactKind, Urgency
from integrations.notify import ConsoleNotifier, EmailNotifier, NotifierBoard

MESSAGE = Message(
    key="run/0/0/ada/first",
    kind=ContactKind.EMAIL,
    address="ada@example.org",
    recipient="Ada",
    urgency=Urgency.HIGH,
    reference="PAGE-12",
    title="Bets on the raffle stream",
    body="Room 7 takes bets.\nWho looks?",
)


class Postbox:
    """A mail server's inside: keeps what it takes, and answers as it is told."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipient_reply = "250 OK"
        self.message_reply = "250 OK"

    async def handle_RCPT(  # noqa: N802 - the server looks for this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.recipient_reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.recipient_reply

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.message_reply.startswith("2"):
            content = envelope.original_content
            assert content is not None
            self.mails.append(BytesParser(policy=policy.default).parsebytes(content))
        return self.message_reply


@asynccontextmanager
async def a_mail_server(postbox: Postbox) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(postbox, loop=loop, hostname="mail.test"), "127.0.0.1", 0)
    async with server:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
async def server(postbox: Postbox) -> AsyncIterator[str]:
    async with a_mail_server(postbox) as url:
        yield url


@pytest.fixture(params=["console", "mail", "board"])
def notifier(request: pytest.FixtureRequest, server: str) -> Notifier:
    mail = EmailNotifier(server, sender="Caseward <desk@example.org>")
    console = ConsoleNotifier(out=io.StringIO())
    made: dict[str, Notifier] = {"console": console, "mail": mail, "board": NotifierBoard(mail, console)}
    return made[request.param]


def for_(notifier: Notifier) -> Message:
    return replace(MESSAGE, kind=min(notifier.abilities.kinds))


async def test_a_message_of_a_kind_it_serves_is_accepted_under_an_id(notifier: Notifier) -> None:
    outcome = await notifier.send(for_(notifier))

    assert isinstance(outcome, Accepted)
    assert outcome.provider_id


async def test_the_same_key_is_accepted_again_under_the_same_id(notifier: Notifier) -> None:
    first = await notifier.send(for_(notifier))

    assert await notifier.send(for_(notifier)) == first
    other = await notifier.send(replace(for_(notifier), key="run/0/0/bo/first"))
    assert other != first


async def test_a_kind_it_does_not_serve_fails_for_good(notifier: Notifier) -> None:
    others = set(ContactKind) - notifier.abilities.kinds

    outcomes = [await notifier.send(replace(MESSAGE, kind=kind)) for kind in others]

    assert all(isinstance(outcome, PermanentFailure) for outcome in outcomes)


async def test_line_breaks_in_a_title_or_name_write_no_lines_of_their_own(notifier: Notifier, postbox: Postbox) -> None:
    sly = replace(for_(notifier), title="Raffle\r\nBcc: eve@example.org", recipient="Ada\nBcc: eve@example.org")

    outcome = await notifier.send(sly)

    assert isinstance(outcome, Accepted)
    assert all(mail["Bcc"] is None for mail in postbox.mails)


async def test_a_mail_says_what_it_is_about_and_threads_by_its_reference(server: str, postbox: Postbox) -> None:
    notifier = EmailNotifier(server, sender="Caseward <desk@example.org>")

    outcome = await notifier.send(MESSAGE)

    (mail,) = postbox.mails
    assert outcome == Accepted(mail["Message-ID"])
    assert mail["To"] == "Ada <ada@example.org>"
    assert mail["Subject"] == "PAGE-12: Bets on the raffle stream"
    assert mail["References"] == "<page-12@example.org>"
    assert mail.get_content().splitlines() == ["Room 7 takes bets.", "Who looks?"]


@pytest.mark.parametrize("reply", ["recipient_reply", "message_reply"])
@pytest.mark.parametrize(
    ("answer", "kind"), [("451 later", TemporaryFailure), ("550 nobody here", PermanentFailure)]
)  # fmt: skip
async def test_the_reply_code_says_whether_to_try_again(
    server: str, postbox: Postbox, reply: str, answer: str, kind: type
) -> None:
    setattr(postbox, reply, answer)

    outcome = await EmailNotifier(server, sender="desk@example.org").send(MESSAGE)

    assert isinstance(outcome, kind)
    assert answer[:3] in outcome.error
    assert postbox.mails == []


async def test_a_server_that_is_away_is_a_temporary_failure(postbox: Postbox) -> None:
    async with a_mail_server(postbox) as url:
        pass

    outcome = await EmailNotifier(url, sender="desk@example.org").send(MESSAGE)

    assert isinstance(outcome, TemporaryFailure)


async def test_a_server_that_never_answers_is_a_temporary_failure(unused_tcp_port: int) -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(mute, "127.0.0.1", unused_tcp_port):
        notifier = EmailNotifier(
            f"smtp://127.0.0.1:{unused_tcp_port}", sender="desk@example.org", reply_seconds=0.05
        )  # fmt: skip

        outcome = await notifier.send(MESSAGE)

    assert isinstance(outcome, TemporaryFailure)


async def test_an_address_no_mail_can_be_written_to_fails_for_good(server: str, postbox: Postbox) -> None:
    outcome = await EmailNotifier(server, sender="desk@example.org").send(
        replace(MESSAGE, address="ada@exa\r\nmple.org")
    )

    assert isinstance(outcome, PermanentFailure)
    assert postbox.mails == []


async def test_a_line_on_the_console_says_whom_and_what() -> None:
    out = io.StringIO()

    await ConsoleNotifier(out=out, kinds=ContactKind).send(MESSAGE)

    assert out.getvalue() == "[HIGH] to Ada: PAGE-12 Bets on the raffle stream\n"


@pytest.mark.parametrize("url", ["mail.example.org", "http://mail.example.org", "smtp://"])
def test_a_mail_server_that_is_written_wrong_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://host:port"):
        EmailNotifier(url, sender="desk@example.org")
