"""GraphQL over WebSocket: graphql-transport-ws, text frames. An operation's error never closes its neighbours."""

import asyncio
import contextlib
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from graphql import OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.auth import Door, Proof, Shown, authenticated
from api.budget import BudgetSpent
from api.desk import Desk
from api.guarding import is_ours
from api.members import Message
from api.negotiation import parsed
from api.refusals import RETRYABLE, HttpRefusal, OperationRefused, logged
from api.running import context, opened, ready, stream
from domain.core import clock
from domain.core.actor import Actor
from domain.people.queries import Login
from schema import reads

PROTOCOL = "graphql-transport-ws"
MOST = 100
"""Operations one connection may have under way."""

INIT = 10.0
PING = 20.0
RECHECK = 15.0
"""Seconds after which a silent connection's login is read again; an expiring one at its end."""

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
    return socket.headers.get("origin") is None or is_ours(socket, desk.settings)


class _Connection:
    def __init__(self, socket: WebSocket, desk: Desk) -> None:
        self._socket = socket
        self._desk = desk
        self._shown = Shown(Proof(Door.TOKEN, ""))
        self._account: UUID | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._sending = asyncio.Lock()
        self._lost = asyncio.Event()

    async def serve(self) -> None:
        try:
            async with asyncio.timeout(INIT):
                first = await self._receive()
        except TimeoutError:
            raise _Close(4408, "Connection initialisation timeout") from None
        if first["type"] != "connection_init":
            raise _Close(4401, "Unauthorized")
        await self._init(first)
        pings, watch = asyncio.create_task(self._ping()), asyncio.create_task(self._watch())
        receiving, lost = asyncio.create_task(self._take_all()), asyncio.create_task(self._lost.wait())
        try:
            done, _ = await asyncio.wait({watch, receiving, lost}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (pings, watch, receiving, lost):
                task.cancel()
            await asyncio.gather(pings, watch, receiving, lost, return_exceptions=True)

    async def _take_all(self) -> None:
        while True:
            await self._take(await self._receive())

    async def end(self) -> None:
        """Stops everything under way."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _init(self, message: Mapping[str, Any]) -> None:
        await self._log_in(self._socket.headers.get("authorization") or _told(message.get("payload")))
        await self._send({"type": "connection_ack"})

    async def _log_in(self, header: str | None) -> None:
        """Takes what is shown, now or later: a connection may renew its proof, never become somebody else."""
        try:
            proof = self._desk.logins.proof(header, self._socket.cookies)
            if proof.door is Door.SESSION and not is_ours(self._socket, self._desk.settings):
                raise _Close(4403, "This origin is not allowed.")
            login = await authenticated(self._desk.logins, proof)
        except HttpRefusal as refusal:
            raise _Close(4403, refusal.message) from None
        if self._account not in {None, login.actor.id}:
            raise _Close(4403, "This token is somebody else's. Open a connection of its own.")
        self._shown.proof, self._account = proof, login.actor.id

    async def _login(self, *, fresh: bool = False) -> Login:
        return await self._shown.by(partial(authenticated, self._desk.logins, fresh=fresh))

    async def _watch(self) -> None:
        """Ends when the login does: at its expiry, or moments after it was revoked."""
        while True:
            try:
                login = await self._login(fresh=True)
            except HttpRefusal as refusal:
                if refusal.status not in RETRYABLE:
                    raise _Close(4403, refusal.message) from None
                await asyncio.sleep(RECHECK)
                continue
            left = RECHECK if login.expires_at is None else (login.expires_at - await clock.now()).total_seconds()
            await asyncio.sleep(min(RECHECK, max(left, 0.05)))

    async def _renew(self) -> Actor:
        return await self._shown.by(self._desk.logins.actor)

    async def _take(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "ping":
                if (header := _told(message.get("payload"))) is not None:
                    await self._log_in(header)
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
        login = await self._login()
        operation = await ready(self._desk, parsed(payload), login)
        if operation.kind is OperationType.MUTATION:
            login = await self._login(fresh=True)
        about = context(self._desk, operation, login, self._shown.proof, self._socket.state.request_id)
        about.renew = self._renew
        key = operation.request.extensions.get("idempotencyKey")
        about.idempotency_key = key if isinstance(key, str) else None
        answers = stream(operation, about, await opened(operation, about))
        try:
            async for answer in answers:
                if answer is None:
                    continue
                if isinstance(answer, Message):
                    if answer.last:
                        payload = orjson.loads(answer.body)["errors"]
                        await self._send({"id": name, "type": "error", "payload": payload})
                        return
                    await self._send({"id": name, "type": "next", "payload": orjson.Fragment(answer.body)})
                    continue
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
        # a client that takes nothing is let go, with all it follows: one that was told less would not know of it. What
        # it missed it gets when it comes back with its position
        async with self._sending:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._socket.send_text(reads.encode_text(message))
            except (TimeoutError, RuntimeError, WebSocketDisconnect):
                self._lost.set()
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
    if isinstance(refused, BudgetSpent):
        (error,) = refused.errors
        return [error | {"extensions": error["extensions"] | {"cost": dict(refused.told)}}]
    if isinstance(refused, OperationRefused):
        return refused.errors
    told = {"code": refused.code, "retryable": refused.status in RETRYABLE}
    return [{"message": refused.message, "extensions": told}]


def _told(payload: Any) -> str | None:
    """The Authorization a client sends in a message, as a header or as a bare token."""
    if not isinstance(payload, Mapping):
        return None
    said = {str(name).lower(): value for name, value in payload.items()}
    header = said.get("authorization") or (f"Bearer {said['token']}" if "token" in said else None)
    return header if isinstance(header, str) else None
