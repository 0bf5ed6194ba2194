"""The emulator's own interface, without a lock: rooms come and go, orders fail on demand."""

import asyncio
from typing import Literal

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.platform.emulator.callbacks import Caller
from integrations.platform.emulator.store import Room, Store, now


class Fault(BaseModel):
    """What goes wrong with the next ``times`` orders.

    REFUSE answers 422 with ``code``; UNAVAILABLE 503 and does nothing; BROKEN 500 and does nothing; LOST carries the
    order out and answers 504; LATE answers 202 and sends the receipt after ``seconds``; SILENT answers 202 and
    applies nothing until POST /control/release; SLOW carries it out and answers after ``seconds``.
    """

    mode: Literal["REFUSE", "UNAVAILABLE", "BROKEN", "LOST", "LATE", "SILENT", "SLOW"]
    times: int = Field(default=1, ge=1)
    code: str = "NOT_POSSIBLE"
    seconds: float = Field(default=0, ge=0)


class Change(BaseModel):
    """News of a room; what is left out stays."""

    title: str | None = None
    viewers: int | None = Field(default=None, ge=0)
    live: bool | None = None


class Control:
    """Belongs on a loopback address."""

    def __init__(self, store: Store, caller: Caller) -> None:
        self.store, self.caller = store, caller
        self.faults: list[Fault] = []

    def next_fault(self) -> Fault | None:
        """The fault the order at hand meets, used up."""
        if not self.faults:
            return None
        fault = self.faults[0]
        fault.times -= 1
        if fault.times == 0:
            self.faults.pop(0)
        return fault

    def routes(self) -> list[Route]:
        return [
            Route("/faults", self.change_faults, methods=["GET", "POST", "DELETE"]),
            Route("/rooms/{ref}", self.change_room, methods=["PUT"]),
            Route("/release", self.release, methods=["POST"]),
            Route("/callbacks", self.callbacks, methods=["PUT"]),
            Route("/reset", self.reset, methods=["POST"]),
        ]

    async def change_faults(self, request: Request) -> Response:
        if request.method == "POST":
            self.faults.append(Fault.model_validate(await request.json()))
        if request.method == "DELETE":
            self.faults.clear()
        return JSONResponse([fault.model_dump() for fault in self.faults])

    async def change_room(self, request: Request) -> Response:
        """A room starts, ends, or has more or fewer viewers."""
        change = Change.model_validate(await request.json())
        ref = request.path_params["ref"]
        room = self.store.world.rooms.setdefault(ref, Room(ref=ref, title=ref))
        if change.live is not None and change.live is not room.live:
            room.live, room.ended_at = change.live, None if change.live else now()
            room.started_at = now() if change.live else room.started_at
        room.title = change.title or room.title
        room.viewers = room.viewers if change.viewers is None else change.viewers
        self.store.save()
        return JSONResponse(room.model_dump(mode="json"))

    async def release(self, _request: Request) -> Response:
        """Carries out every order still ACCEPTED and sends the receipts now."""
        waiting = [order for order in self.store.world.orders.values() if order.state == "ACCEPTED"]
        for order in waiting:
            self.caller.owe(order, due=now())
        await asyncio.sleep(0)
        return JSONResponse({"released": len(waiting)})

    async def callbacks(self, request: Request) -> Response:
        """``{"twice": true}`` sends each receipt two times; ``{"url"}`` sends them elsewhere."""
        body = await request.json()
        self.caller.twice = bool(body.get("twice", self.caller.twice))
        self.caller.url = body.get("url", self.caller.url)
        return JSONResponse({"twice": self.caller.twice, "url": self.caller.url})

    async def reset(self, _request: Request) -> Response:
        """The platform as it was at the start of the evening."""
        self.faults.clear()
        self.store.seed()
        self.store.save()
        return JSONResponse({})
