"""The emulator put together, and how it is run."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from integrations.platform.emulator.callbacks import Caller
from integrations.platform.emulator.control import Control, Fault
from integrations.platform.emulator.store import Order, Store, Wish, now
from integrations.platform.signing import IDEMPOTENCY, SIGNATURE, TIMESTAMP, is_genuine

PAGE: Final = Path(__file__).with_name("page.html")
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"


@dataclass(frozen=True, slots=True)
class EmulatorOptions:
    """``factor`` shortens the waits between tries of a receipt."""

    secret: str = ""
    callback: str | None = None
    state: Path | None = None
    factor: float = 1.0


class Platform:
    """The platform's side of the contract in ``integrations.platform``."""

    def __init__(self, options: EmulatorOptions) -> None:
        self.secret = options.secret
        self.store = Store(options.state)
        self.caller = Caller(self.store, url=options.callback, secret=options.secret, factor=options.factor)
        self.control = Control(self.store, self.caller)

    async def order(self, request: Request) -> Response:
        """Takes an order. A key known already is answered with what became of it, faults or not."""
        body = await request.body()
        if not self._genuine(request, body):
            return JSONResponse({"code": "BAD_SIGNATURE"}, 401)
        key = request.headers.get(IDEMPOTENCY, "")
        wish = Wish.model_validate_json(body)
        if not key:
            return JSONResponse({"code": "KEY_MISSING"}, 400)
        known = self.store.world.orders.get(key)
        if known is None:
            return await self._first(key, wish)
        known.received += 1
        self.store.save()
        return JSONResponse({"code": "KEY_REUSED"}, 409) if known.wish != wish else _told(known)

    async def lookup(self, request: Request) -> Response:
        """What became of a key."""
        body = await request.body()
        if not self._genuine(request, body):
            return JSONResponse({"code": "BAD_SIGNATURE"}, 401)
        known = self.store.world.orders.get(str((await request.json()).get("key")))
        return JSONResponse(known.told() if known else {"state": "UNKNOWN"})

    async def board(self, _request: Request) -> Response:
        """What the page polls."""
        world = self.store.world.model_dump(mode="json")
        return JSONResponse(world | {"faults": [fault.model_dump() for fault in self.control.faults]})

    async def room(self, request: Request) -> Response:
        """One room, as anybody may see it."""
        found = self.store.world.rooms.get(request.path_params["ref"])
        return JSONResponse(found.model_dump(mode="json")) if found else JSONResponse({"code": "ROOM_NOT_FOUND"}, 404)

    async def _first(self, key: str, wish: Wish) -> Response:
        fault = self.control.next_fault()
        if fault is not None and fault.mode in {"UNAVAILABLE", "BROKEN"}:
            return JSONResponse({}, 503 if fault.mode == "UNAVAILABLE" else 500, {"Retry-After": "1"})
        order = self.store.take(key, wish, "ACCEPTED")
        self._carry_out(order, fault)
        self.store.save()
        if fault is not None and fault.mode == "SLOW":
            await asyncio.sleep(fault.seconds)
        return JSONResponse({}, 504) if fault is not None and fault.mode == "LOST" else _told(order)

    def _carry_out(self, order: Order, fault: Fault | None) -> None:
        match fault.mode if fault else None:
            case "REFUSE" if fault:
                self.store.refuse(order, fault.code)
            case "LATE" if fault:
                self.caller.owe(order, due=now() + timedelta(seconds=fault.seconds))
            case "SILENT":
                pass
            case _:
                self.store.apply(order)

    def _genuine(self, request: Request, body: bytes) -> bool:
        timestamp, given = request.headers.get(TIMESTAMP), request.headers.get(SIGNATURE)
        return is_genuine(self.secret, timestamp, given, body, now=datetime.now(UTC))


def _told(order: Order) -> Response:
    return JSONResponse(order.told(), {"APPLIED": 200, "ACCEPTED": 202, "FAILED": 422}[order.state])


def create_emulator(options: EmulatorOptions) -> Starlette:
    """The ASGI application; its lifespan takes up receipts still owed."""
    platform = Platform(options)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        platform.caller.resume()
        yield
        await platform.caller.close()
        platform.store.save()

    return Starlette(
        routes=[
            Route("/enforcements", platform.order, methods=["POST"]),
            Route("/enforcements/lookup", platform.lookup, methods=["POST"]),
            Mount("/control", routes=platform.control.routes()),
            Route("/board.json", platform.board),
            Route("/rooms/{ref}", platform.room),
            Route("/", _page),
        ],
        exception_handlers={ValidationError: _unreadable, ValueError: _unreadable},
        lifespan=lifespan,
    )


def serve(options: EmulatorOptions, *, host: str, port: int) -> None:
    """Runs until told to stop."""
    uvicorn.run(
        create_emulator(options), host=host, port=port, ws="none", log_level="warning", timeout_graceful_shutdown=2
    )


async def _page(_request: Request) -> Response:
    return HTMLResponse(PAGE.read_text(encoding="utf-8"), headers={"Content-Security-Policy": POLICY})


async def _unreadable(_request: Request, error: Exception) -> Response:
    return JSONResponse({"code": "UNREADABLE", "error": str(error)[:500]}, 400)
