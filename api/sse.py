"""Answers as server-sent events: graphql-sse, distinct connections. The default way to subscribe.

Each event's id is its position in the log; a client that comes back with Last-Event-ID misses nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from starlette.responses import Response, StreamingResponse

from api.media import EVENTS
from api.refusals import OperationRefused
from api.running import Operation, stream
from api.sharing import Message
from schema import reads
from schema.context import Context

PING = 12.0
"""Seconds of silence after which a comment keeps the connection open."""

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
COMPLETE = b"event: complete\ndata: \n\n"


def response(operation: Operation, about: Context, last: str | None) -> Response:
    """A stream of the operation's answers; resumed after ``last``, the id of the event the client saw last."""
    if last is not None and last.isascii() and last.isdigit() and len(last) < 19:
        about.resume = int(last)
    return StreamingResponse(_events(operation, about), media_type=EVENTS, headers=HEADERS)


def refused(errors: list[dict[str, Any]]) -> Response:
    """One event that says why nothing runs, and the end."""
    return Response(_event({"errors": errors}, None) + COMPLETE, media_type=EVENTS, headers=HEADERS)


def _event(answer: dict[str, Any], position: int | None) -> bytes:
    return _framed(reads.encode(answer), position)


def _framed(body: bytes, position: int | None) -> bytes:
    mark = b"" if position is None else b"id: %d\n" % position
    return b"%sevent: next\ndata: %s\n\n" % (mark, body)


async def _events(operation: Operation, about: Context) -> AsyncIterator[bytes]:
    # nothing is read from the log before the client has taken what came before: no buffer can grow
    answers = stream(operation, about)
    coming = asyncio.ensure_future(anext(answers, None))
    yield b":\n\n"
    try:
        while True:
            await asyncio.wait({coming}, timeout=PING)
            if not coming.done():
                yield b":\n\n"
                continue
            answer = coming.result()
            if answer is None:
                break
            if isinstance(answer, Message):
                yield _framed(answer.body, answer.position)
            else:
                yield _event(answer, about.position)
            coming = asyncio.ensure_future(anext(answers, None))
        yield COMPLETE
    except OperationRefused as refusal:
        yield _event({"errors": refusal.errors}, None) + COMPLETE
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await coming
        await answers.aclose()
