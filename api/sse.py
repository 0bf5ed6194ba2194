"""Answers as server-sent events: graphql-sse, distinct connections. The default way to subscribe.

Each event's id is its position in the log; a client that comes back with Last-Event-ID misses nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import Any

from graphql import OperationType
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.budget import BudgetSpent, limits, limits_of
from api.media import EVENTS
from api.members import Message
from api.refusals import OperationRefused
from api.running import Operation, opened, stream
from api.showing import refused as told
from schema import reads
from schema.context import Context
from schema.following import PositionRefused

PING = 12.0
"""Seconds of silence after which a comment keeps the connection of a query or mutation open."""

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
COMPLETE = b"event: complete\ndata: \n\n"
SILENT = b":\n\n"


async def response(operation: Operation, about: Context, last: str | None) -> Response:
    """A stream of the operation's answers; resumed after ``last``, the id of the event the client saw last.
    INVALID_POSITION where that is none; BudgetSpent where a subscription cannot be paid for.
    """
    if last and operation.kind is OperationType.SUBSCRIPTION:
        if not (last.isascii() and last.isdigit() and len(last) < 19):
            raise OperationRefused([told(PositionRefused(), {})])
        about.resume = int(last)
    return Events(operation, about, await opened(operation, about))


def refused(errors: list[dict[str, Any]]) -> Response:
    """One event that says why nothing runs, and the end."""
    return Response(_event({"errors": errors}, None) + COMPLETE, media_type=EVENTS, headers=HEADERS)


def spent(refusal: BudgetSpent) -> Response:
    """The same of a budget, with the headers that say when there will be enough."""
    return Response(_of(refusal) + COMPLETE, media_type=EVENTS, headers=HEADERS | refusal.headers)


class Events(Response):
    """Written by one task while the request's own waits for its client to leave: two for each that follows.

    A subscription's head is sent at once, with what is left after its ``cost``; that of a query or mutation with its
    answer, which tells so, or after PING of silence without.
    """

    def __init__(self, operation: Operation, about: Context, cost: Mapping[str, Any]) -> None:
        super().__init__(media_type=EVENTS, headers=HEADERS | limits(cost))
        del self.headers["content-length"]
        self._answers = _kept_open(operation, about, cost)
        self._about = about
        self._follows = operation.kind is OperationType.SUBSCRIPTION

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        writing = asyncio.create_task(self._write(send))
        try:
            # whoever has been answered to the end counts as gone too
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing

    async def _write(self, send: Send) -> None:
        begun = False
        try:
            async with aclosing(self._answers) as answers:
                first = SILENT if self._follows else await self._first()
                begun = True
                await self._begin(send)
                # nothing more is taken before the client has taken what came before: no buffer can grow
                await _send(send, first)
                async for answer in answers:
                    await _send(send, self._framed(answer))
            await _send(send, COMPLETE)
        except OperationRefused as refusal:
            await _send(send, _of(refusal) + COMPLETE)
        finally:
            if not begun:
                await self._begin(send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _begin(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})

    async def _first(self) -> bytes:
        """The first event, and into the head what it tells of the budget."""
        try:
            answer = await anext(self._answers)
        except OperationRefused as refusal:
            self.headers.update(refusal.headers if isinstance(refusal, BudgetSpent) else {})
            return _of(refusal)
        self.headers.update(limits_of(answer) if isinstance(answer, dict) else {})
        return self._framed(answer)

    def _framed(self, answer: dict[str, Any] | Message | None) -> bytes:
        match answer:
            case None:
                return SILENT
            case Message(body, position):
                return _framed(body, position)
        return _event(answer, self._about.position)


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def _event(answer: dict[str, Any], position: int | None) -> bytes:
    return _framed(reads.encode(answer), position)


def _of(refusal: OperationRefused) -> bytes:
    cost = {"extensions": {"cost": dict(refusal.told)}} if isinstance(refusal, BudgetSpent) else {}
    return _event({"errors": refusal.errors} | cost, None)


def _framed(body: bytes, position: int | None) -> bytes:
    mark = b"" if position is None else b"id: %d\n" % position
    return b"%sevent: next\ndata: %s\n\n" % (mark, body)


def _kept_open(
    operation: Operation, about: Context, cost: Mapping[str, Any]
) -> AsyncGenerator[dict[str, Any] | Message | None, None]:
    """The operation's answers; None after every PING of silence."""
    answers = stream(operation, about, cost)
    return answers if operation.kind is OperationType.SUBSCRIPTION else _pinged(answers)


async def _pinged(answers: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    coming = asyncio.ensure_future(anext(answers, None))
    try:
        while True:
            await asyncio.wait({coming}, timeout=PING)
            if not coming.done():
                yield None
                continue
            if (answer := coming.result()) is None:
                return
            yield answer
            coming = asyncio.ensure_future(anext(answers, None))
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await coming
        await answers.aclose()
