"""GraphQL over WebSocket: graphql-transport-ws, text frames. An operation's error never closes its neighbours."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
from graphql import OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.auth import authenticated
from api.desk import Desk
from api.negotiation import parsed
from api.refusals import RETRYABLE, HttpRefusal, logged
from api.running import OperationRefused, context, prepare, stream
from schema import reads

PROTOCOL = "graphql-transport-ws"
MOST = 100
"""Operations one connection may have under way."""

INIT = 10.0
PING = 20.0
PATIENCE = 30.0
"""Seconds a client may take to accept one frame."""


class _Close(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


async def endpoint(socket: WebSocket) -> None:
    """WebSocket /graphql. Pages of other sites are refused unless their origin is allowed."""
    desk: Desk = socket.state.desk
    if not _is_welcome(socket, desk):
        await socket.close(4403, "This origin is not allowed.")
        return
    if PROTOCOL not in socket.scope.get("subprotocols", ()):
        await socket.accept()
        await socket.close(4406, f"The subprotocol {PROTOCOL} is needed.")
        return
    await socket.accept(subprotocol=PROTOCOL)
    connection = _Connection(socket, desk)
    try:
        await connection.serve()
    except _Close as closing:
        with contextlib.suppress(RuntimeError):
            await socket.close(closing.code, closing.reason)
    except WebSocketDisconnect:
        pass
    finally:
        await connection.end()


def _is_welcome(socket: WebSocket, desk: Desk) -> bool:
    origin = socket.headers.get("origin")
    return origin is None or origin in desk.settings.cors_origins or urlsplit(origin).netloc == socket.headers["host"]


class _Connection:
    def __init__(self, socket: WebSocket, desk: Desk) -> None:
        self._socket = socket
        self._desk = desk
        self._token = ""
        self._running: dict[str, asyncio.Task[None]] = {}
        self._sending = asyncio.Lock()

    async def serve(self) -> None:
        try:
            async with asyncio.timeout(INIT):
                first = await self._receive()
        except TimeoutError:
            raise _Close(4408, "Connection initialisation timeout") from None
        if first["type"] != "connection_init":
            raise _Close(4401, "Unauthorized")
        await self._init(first)
        pings = asyncio.create_task(self._ping())
        try:
            while True:
                await self._take(await self._receive())
        finally:
            pings.cancel()

    async def end(self) -> None:
        """Stops everything under way."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _init(self, message: Mapping[str, Any]) -> None:
        payload = message.get("payload") or {}
        header = self._socket.headers.get("authorization")
        if isinstance(payload, Mapping):
            said = {str(name).lower(): value for name, value in payload.items()}
            header = header or said.get("authorization") or (f"Bearer {said['token']}" if "token" in said else None)
        try:
            self._token, _ = await authenticated(self._desk.tokens, header if isinstance(header, str) else None)
        except HttpRefusal as refusal:
            raise _Close(4403, refusal.message) from None
        await self._send({"type": "connection_ack"})

    async def _take(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                self._start(message)
            case "complete":
                task = self._running.pop(str(message.get("id")), None)
                if task is not None:
                    task.cancel()
            case "connection_init":
                raise _Close(4429, "Too many initialisation requests")
            case _:
                raise _Close(4400, "Unknown message type")

    def _start(self, message: Mapping[str, Any]) -> None:
        name = message.get("id")
        if not isinstance(name, str) or not name:
            raise _Close(4400, "A subscribe message needs an id")
        if name in self._running:
            raise _Close(4409, f"Subscriber for {name} already exists")
        if len(self._running) >= MOST:
            raise _Close(4400, f"At most {MOST} operations at once")
        self._running[name] = asyncio.create_task(self._run(name, message.get("payload")))

    async def _run(self, name: str, payload: Any) -> None:
        try:
            await self._answers(name, payload)
        except (OperationRefused, HttpRefusal) as refused:
            await self._send({"id": name, "type": "error", "payload": _errors(refused)})
        except WebSocketDisconnect:
            pass
        except Exception as error:  # noqa: BLE001 - the runner of a connection's operations: one never ends another
            told = {"code": "INTERNAL", "retryable": False, "errorId": logged(error)}
            failed = {"message": "Something went wrong on our side. Tell us the errorId.", "extensions": told}
            await self._send({"id": name, "type": "error", "payload": [failed]})
        finally:
            if self._running.get(name) is asyncio.current_task():
                del self._running[name]

    async def _answers(self, name: str, payload: Any) -> None:
        operation = prepare(self._desk, parsed(payload))
        writes = operation.kind is OperationType.MUTATION
        _, viewer = await authenticated(self._desk.tokens, f"Bearer {self._token}", fresh=writes)
        about = context(self._desk, operation, viewer, self._token, self._socket.state.request_id)
        key = operation.request.extensions.get("idempotencyKey")
        about.idempotency_key = key if isinstance(key, str) else None
        answers = stream(operation, about)
        try:
            async for answer in answers:
                if "data" not in answer:
                    await self._send({"id": name, "type": "error", "payload": answer["errors"]})
                    return
                await self._send({"id": name, "type": "next", "payload": answer})
            await self._send({"id": name, "type": "complete"})
        finally:
            await answers.aclose()

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING)
            await self._send({"type": "ping"})

    async def _send(self, message: dict[str, Any]) -> None:
        # a client that takes nothing is let go: what it missed it gets when it comes back with its position
        async with self._sending:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._socket.send_text(reads.encode_text(message))
            except (TimeoutError, RuntimeError):
                raise WebSocketDisconnect(1011) from None

    async def _receive(self) -> dict[str, Any]:
        received = await self._socket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1005))
        try:
            message = orjson.loads(received.get("text") or b"")
        except orjson.JSONDecodeError:
            raise _Close(4400, "Messages are JSON in text frames") from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise _Close(4400, "Message is missing the 'type' property")
        return message


def _errors(refused: OperationRefused | HttpRefusal) -> list[dict[str, Any]]:
    if isinstance(refused, OperationRefused):
        return refused.errors
    told = {"code": refused.code, "retryable": refused.status in RETRYABLE}
    return [{"message": refused.message, "extensions": told}]
