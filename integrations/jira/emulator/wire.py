"""Connections the emulator can cut, requests it remembers, and the faults it commits on demand."""

import asyncio
import json
from collections import deque
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

OPEN: dict[tuple[Any, Any], asyncio.Transport] = {}
"""(server address, client address) -> the connection; the only way from an ASGI scope to its socket."""

REST_ROOTS = ("/rest/api/2", "/rest/api/3", "/rest/api/latest")


class CuttableProtocol(H11Protocol):
    """uvicorn's own protocol, with its transport where a fault can find it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        OPEN[self.server, self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        OPEN.pop((self.server, self.client), None)
        super().connection_lost(exc)


FaultKind = Literal["drop-before", "commit-then-drop", "delay", "delay-after", "status", "html", "truncate", "redirect"]


class Fault(BaseModel):
    """What goes wrong for the `nth` matching request and the `times - 1` after it.

    `path` is a glob without the API root (`/issue`, `/issue/*/comment`). `status`, `html` and `redirect` answer in
    place of the site; `commit` lets the site do its work first. `seconds` belongs to the delays.
    """

    method: str = "*"
    path: str = "*"
    nth: int = 1
    times: int = 1
    kind: FaultKind
    status: int = 503
    headers: dict[str, str] = Field(default_factory=dict)
    reason: str | None = None
    body: Any = None
    seconds: float = 0.0
    commit: bool = False
    seen: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Counts a matching request and says whether it is one to be hit."""
        if self.method not in {"*", method} or not fnmatchcase(path, self.path):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


class Seen(BaseModel):
    """One request as it arrived. `status` is None when no answer was sent."""

    method: str
    path: str
    query: str
    body: Any
    status: int | None = None
    fault: FaultKind | None = None


class FaultyWire:
    """ASGI middleware between the socket and the site's REST interface."""

    def __init__(self, site: ASGIApp) -> None:
        self.site = site
        self.faults: list[Fault] = []
        self.seen: deque[Seen] = deque(maxlen=20_000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = rest_path(scope["path"]) if scope["type"] == "http" else None
        if path is None:
            await self.site(scope, receive, send)
            return
        body = await _whole_body(receive)
        seen = Seen(method=scope["method"], path=path, query=scope["query_string"].decode(), body=_loaded(body))
        self.seen.append(seen)
        struck = [fault for fault in self.faults if fault.strikes(seen.method, path)]
        exchange = _Exchange(self.site, scope, receive, send, body=body, seen=seen)
        if struck:
            seen.fault = struck[0].kind
            await exchange.fail(struck[0])
        else:
            await exchange.answer()


class _Exchange:
    """One request and what becomes of it."""

    def __init__(self, site: ASGIApp, scope: Scope, receive: Receive, send: Send, *, body: bytes, seen: Seen) -> None:
        self.site, self.scope, self.receive, self.send, self.body, self.seen = site, scope, receive, send, body, seen

    async def answer(self) -> None:
        status, headers, body = await self._work()
        await self._reply(status, headers, body)

    async def fail(self, fault: Fault) -> None:
        match fault.kind:
            case "drop-before":
                await self._cut()
            case "commit-then-drop":
                await self._work()
                await self._cut()
            case "delay":
                await asyncio.sleep(fault.seconds)
                await self.answer()
            case "delay-after":
                status, headers, body = await self._work()
                await asyncio.sleep(fault.seconds)
                await self._reply(status, headers, body)
            case "truncate":
                status, headers, body = await self._work()
                await self._reply(status, headers, body[: len(body) // 2])
            case "status" | "html" | "redirect":
                if fault.commit:
                    await self._work()
                answer = _instead(fault)
                self.seen.status = answer.status_code
                await answer(self.scope, self.receive, self.send)

    async def _work(self) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """The site's own answer, held back."""
        sent: list[Message] = []
        delivered = False

        async def receive() -> Message:
            nonlocal delivered
            if delivered:
                return await self.receive()
            delivered = True
            return {"type": "http.request", "body": self.body, "more_body": False}

        async def hold(message: Message) -> None:
            sent.append(message)

        await self.site(self.scope, receive, hold)
        start = next(message for message in sent if message["type"] == "http.response.start")
        body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
        return start["status"], list(start["headers"]), body

    async def _reply(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.seen.status = status
        kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
        if status != 204:
            kept.append((b"content-length", str(len(body)).encode()))
        await self.send({"type": "http.response.start", "status": status, "headers": kept})
        await self.send({"type": "http.response.body", "body": b"" if status == 204 else body})

    async def _cut(self) -> None:
        """Ends the connection without a byte of answer, as a crashed proxy would."""
        transport = OPEN.get((self.scope.get("server"), self.scope.get("client")))
        if transport is None:
            raise ConnectionResetError("the emulator dropped this connection")
        transport.abort()
        while (await self.receive())["type"] != "http.disconnect":
            pass


def rest_path(path: str) -> str | None:
    """The path without the API root; None when it is not the site's REST interface."""
    return next((path[len(root) :] or "/" for root in REST_ROOTS if path.startswith(root + "/")), None)


def _instead(fault: Fault) -> Response:
    headers = dict(fault.headers)
    if fault.reason is not None:
        headers["RateLimit-Reason"] = fault.reason
    if fault.kind == "html":
        status = fault.status if fault.status != 503 else 200
        return HTMLResponse("<!doctype html><title>Sign in</title><h1>Sign in</h1>", status, headers)
    if fault.kind == "redirect":
        return Response(status_code=302, headers={"Location": "/login.jsp", **headers})
    body = fault.body if fault.body is not None else {"errorMessages": [f"Emulated {fault.status}."], "errors": {}}
    return JSONResponse(body, fault.status, headers)


async def _whole_body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _loaded(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode("utf-8", "replace")
