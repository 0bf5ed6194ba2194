"""The log read once for all lists that are followed, however many; each group takes what concerns it when it can."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

import structlog

from domain.core import log
from domain.core.log import Touched
from domain.core.transaction import Ref
from schema.context import Bell
from schema.lists import Change, Overrun

told = structlog.get_logger(__name__)

GATHERED = 0.01
"""Seconds the feed waits after a ring: what is written together is told together."""
READ = 1000
WAITING = 5000
"""Subjects that may wait for one group to look at them."""


class Inbox:
    """What happened since the last look, each subject once, at its newest position. Holds at most WAITING subjects."""

    whole = True

    def __init__(self, kinds: Collection[str], position: int) -> None:
        self.kinds = frozenset(kinds)
        self.telling: tuple[Change, UUID] | None = None
        self._upto = self._begun = self._taken = position
        self._waiting: dict[Ref, int] = {}
        self._full = False
        self._idle = False
        self._came = asyncio.Event()

    @property
    def position(self) -> int:
        """Up to where nothing is left to look at; what is being looked at now comes after it."""
        return self._upto if self._idle and not self._waiting else self._begun

    def put(self, found: Sequence[Touched]) -> None:
        """Adds what the log has got."""
        if self._idle and not self._waiting:
            self._begun = self._upto
        for each in found:
            if each.ref.type in self.kinds:
                self._waiting[each.ref] = each.position
        self._upto = found[-1].position
        self._full = self._full or len(self._waiting) > WAITING
        if self._full:
            self._waiting.clear()
        if self._waiting or self._full:
            self._came.set()

    async def take(self) -> tuple[Mapping[Ref, int], int]:
        """What waits and the position up to which it is all; OVERRUN where more came than could be looked at."""
        self._idle, self._begun = True, self._taken
        await self._came.wait()
        self._came.clear()
        self._idle = False
        if self._full:
            raise Overrun
        found, self._waiting, self._taken = self._waiting, {}, self._upto
        return found, self._upto


class Past:
    """What happened between two positions, once: for who comes back."""

    whole = False

    def __init__(self, kinds: Collection[str], after: int, upto: int) -> None:
        self._kinds = sorted(kinds)
        self._span: tuple[int, int] | None = (after, upto)
        self.telling: tuple[Change, UUID] | None = None

    async def take(self) -> tuple[Mapping[Ref, int], int] | None:
        """All of it; then None."""
        if self._span is None:
            return None
        (after, upto), self._span = self._span, None
        return await log.touched(self._kinds, after=after, upto=upto), upto


class Feed:
    """Reads the log as it grows, for as long as anybody follows a list."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._inboxes: set[Inbox] = set()
        self._opening = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None
        self._position = 0

    async def open(self, kinds: Collection[str]) -> Inbox:
        """An inbox of what happens from now on to subjects of these types; give it back to `close`."""
        async with self._opening:
            if self._reading is None or self._reading.done():
                self._position = await log.last_position()
                self._reading = asyncio.create_task(self._read())
            inbox = Inbox(kinds, self._position)
            self._inboxes.add(inbox)
            return inbox

    def close(self, inbox: Inbox) -> None:
        """Nothing is put into it any more; the last one ends the reading."""
        self._inboxes.discard(inbox)
        if not self._inboxes and self._reading is not None:
            self._reading.cancel()
            self._reading = None

    async def end(self) -> None:
        """Stops reading, whoever follows."""
        self._inboxes.clear()
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    async def _read(self) -> None:
        while True:
            try:
                while found := await log.following(self._position, limit=READ):
                    self._position = found[-1].position
                    for inbox in self._inboxes:
                        inbox.put(found)
            except Exception as error:  # noqa: BLE001 - the runner of a reading that outlives a database's absence
                told.warning("feed_lost", error=type(error).__name__)
            await self._bell.wait()
            await asyncio.sleep(GATHERED)
