"""Speaks ASGI to the application without a socket in between: bytes no well-behaved client library would send."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette

PATIENCE = 60.0
"""Seconds after which a request without an end counts as one that hangs."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request. ``gone_after`` is after how many seconds its client hangs up; None stays for the answer."""

    method: str = "POST"
    path: str = "/graphql"
    query: bytes = b""
    headers: Sequence[tuple[bytes, bytes]] = ()
    body: Sequence[bytes] = (b"",)
    gone_after: float | None = None


@dataclass(slots=True)
class Told:
    """What came back; ``status`` 0 where nothing did, because the client left."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    failed: str = ""
    """What escaped from the application."""


async def ask(app: Starlette, state: Mapping[str, Any], asked: Asked) -> Told:
    """The answer to one request; what the application raises is part of it."""
    told, done, parts = Told(), asyncio.Event(), list(asked.body)

    async def receive() -> dict[str, Any]:
        if parts:
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts)}
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), asked.gone_after)
        return {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            told.status = message["status"]
            told.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]}
        elif message["type"] == "http.response.body":
            told.body += message.get("body", b"")
            if not message.get("more_body"):
                done.set()

    scope = _scope("http", asked.path, asked.query, asked.headers, state) | {"method": asked.method}
    await _through(app(scope, receive, send), told)
    return told


async def converse(
    app: Starlette,
    state: Mapping[str, Any],
    headers: Sequence[tuple[bytes, bytes]],
    frames: Sequence[Mapping[str, Any]],
) -> Told:
    """One WebSocket: every frame is sent whatever comes back, then the client leaves. ``body`` has a line an answer."""
    told, left = Told(), [{"type": "websocket.connect"}, *frames]

    async def receive() -> Mapping[str, Any]:
        if left:
            if len(left) < len(frames):
                await asyncio.sleep(0.01)
            return left.pop(0)
        await asyncio.sleep(0.15)
        return {"type": "websocket.disconnect", "code": 1001}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "websocket.send":
            told.body += (message.get("text") or "").encode() + b"\n"
        told.status = message.get("code", told.status)

    scope = _scope("websocket", "/graphql", b"", headers, state) | {"subprotocols": ["graphql-transport-ws"]}
    await _through(app(scope, receive, send), told)
    return told


async def _through(running: Any, told: Told) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await running
    except TimeoutError:
        told.failed = f"no end after {PATIENCE:g} s"
    except Exception as error:  # noqa: BLE001 - whatever escapes is what is looked for
        told.failed = repr(error)


def _scope(
    kind: str, path: str, query: bytes, headers: Sequence[tuple[bytes, bytes]], state: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "raw_path": path.encode("utf-8", "surrogatepass"),
        "root_path": "",
        "query_string": query,
        "headers": [(b"host", b"desk.example"), *headers],
        "client": ("192.0.2.1", 4711),
        "server": ("desk.example", 80),
        "state": dict(state),
    }
