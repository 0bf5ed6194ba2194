"""Who takes what a shared subscription tells: each at its own pace, what waits for them bounded."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from uuid import UUID

from schema import reads
from schema.lists import Change, Overrun

WAITING = 1000
"""Messages that may wait for one member."""
SILENCE = 12.0
"""Seconds after which a member that hears nothing is woken: its rights are read again, its connection is kept open."""
LOOKS = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One answer, encoded: ``body`` is its JSON. ``of`` is the row it tells of, whose older messages it replaces;
    ``seen`` what has to be noted of it.

    An answer without data is ``last``.
    """

    body: bytes
    position: int | None
    of: tuple[Change, UUID] | None
    seen: tuple[reads.Seen, ...] = ()
    document: str = ""
    last: bool = False


class Member:
    """Takes a group's messages: those after ``floor``. All up to ``joined`` had been told before."""

    def __init__(self, floor: int, joined: int) -> None:
        self.joined = joined
        self.since = time.monotonic()
        self._floor = floor
        self._waiting: OrderedDict[Hashable, Message] = OrderedDict()
        self._came = asyncio.Event()
        self._overrun = False

    def put(self, message: Message) -> None:
        """Keeps a message until it is taken; it replaces what an older one said of the same row."""
        if message.position is not None and message.position <= self._floor:
            return
        if message.of is not None:
            change, row = message.of
            for gone in Change if change is Change.LEFT else (change,):
                self._waiting.pop((gone, row), None)
        self._overrun = self._overrun or len(self._waiting) >= WAITING
        if self._overrun:
            self._waiting.clear()
        else:
            self._waiting[message.of or message] = message
        self._came.set()

    def wake(self) -> None:
        """Has it look, though nothing came."""
        self._came.set()

    async def take(self) -> Message | None:
        """The next; None where it was woken for nothing. OVERRUN where too much has come."""
        if not self._waiting and not self._overrun:
            self._came.clear()
            self.since = time.monotonic()
            await self._came.wait()
        if self._overrun:
            raise Overrun
        return self._waiting.popitem(last=False)[1] if self._waiting else None


class Wheel:
    """One clock for all members: whoever has heard nothing for SILENCE is woken."""

    def __init__(self) -> None:
        self._members: set[Member] = set()
        self._turning: asyncio.Task[None] | None = None

    def add(self, member: Member) -> None:
        """Turns as long as there is anybody."""
        self._members.add(member)
        if self._turning is None:
            self._turning = asyncio.create_task(self._turn())

    def remove(self, member: Member) -> None:
        """The last one stops it."""
        self._members.discard(member)
        if not self._members and self._turning is not None:
            self._turning.cancel()
            self._turning = None

    async def _turn(self) -> None:
        while True:
            await asyncio.sleep(LOOKS)
            now = time.monotonic()
            for member in self._members:
                if now - member.since >= SILENCE:
                    member.wake()
