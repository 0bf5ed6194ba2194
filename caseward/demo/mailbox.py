"""A mail server for one machine: takes real SMTP, keeps the newest messages, shows them on a page."""

import argparse
import asyncio
import email
import email.policy
import html
from collections import deque
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

KEPT = 200

PAGE = """<!doctype html><meta charset=utf-8><title>Mailbox</title><meta http-equiv=refresh content=3>
<style>body{{font:15px/1.5 system-ui;margin:2rem auto;max-width:52rem;color:#1c2330}}article{{border:1px solid #d5dae2;
border-radius:8px;padding:.7rem 1rem;margin:.8rem 0}}pre{{white-space:pre-wrap;margin:.4rem 0 0}}small{{color:#667}}
</style><h1>Mailbox</h1><p>Every message the desk has sent, newest first.</p>{messages}"""


class Mailbox:
    """Messages in the order of their arrival; the oldest fall out."""

    def __init__(self) -> None:
        self.messages: deque[dict[str, Any]] = deque(maxlen=KEPT)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        raw = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        message = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
        body = message.get_body(("plain",))
        self.messages.appendleft(
            {
                "to": list(envelope.rcpt_tos),
                "from": envelope.mail_from,
                "subject": str(message["subject"] or ""),
                "messageId": str(message["message-id"] or ""),
                "text": body.get_content() if body is not None else "",
                "receivedAt": datetime.now(UTC).isoformat(),
            }
        )
        return "250 Kept"

    async def listing(self, _: Request) -> Response:
        return JSONResponse(list(self.messages))

    async def page(self, _: Request) -> Response:
        messages = "".join(
            f"<article><strong>{html.escape(m['subject'])}</strong><br><small>to {html.escape(', '.join(m['to']))},"
            f" {html.escape(m['receivedAt'][:19])}</small><pre>{html.escape(m['text'])}</pre></article>"
            for m in self.messages
        )
        return HTMLResponse(PAGE.format(messages=messages or "<p>Nothing yet.</p>"))


async def run(*, smtp_port: int, port: int) -> None:
    """Serves SMTP and the page until stopped."""
    box = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, hostname="localhost"), "127.0.0.1", smtp_port)
    app = Starlette(routes=[Route("/", box.page), Route("/messages", box.listing)])
    async with server:
        await uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning")).serve()


def main() -> None:
    """Reads the command line and serves until stopped."""
    parser = argparse.ArgumentParser(prog="python -m caseward.demo.mailbox")
    parser.add_argument("--smtp-port", type=int, default=8025)
    parser.add_argument("--port", type=int, default=8003)
    given = parser.parse_args()
    asyncio.run(run(smtp_port=given.smtp_port, port=given.port))


if __name__ == "__main__":
    main()
