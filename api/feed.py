"""The log read once for all lists that are followed, however many; each group takes what concerns it when it can."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from types import MappingProxyType
from uuid import UUID

import structlog

from domain.core import log
from domain.core.transaction import Ref
from schema.context import Bell
from schema.lists import Change, Look, Overrun, Sieve, Taken

told = structlog.get_logger(__name__)

GATHERED = 0.01
"""Seconds the feed waits after a ring: what is written together is told together."""
READ = 1000
WAITING = 5000
"""Subjects and rows that may wait for one group to look at them."""
NOTHING: Mapping[object, Look] = MappingProxyType({})
NOBODY: Mapping[UUID, tuple[int, bool]] = MappingProxyType({})


class Inbox:
    """What happened since the last look, each subject or row once, at its newest position. Holds at most WAITING."""

    whole = True

    def __init__(self, kinds: Collection[str], position: int) -> None:
        self.kinds = frozenset(kinds)
        self.after = position
        self.telling: tuple[Change, UUID] | None = None
        self.sieve: Sieve | None = None
        self.only: Ref | None = None
        self._upto = self._begun = self._taken = position
        self._touched: dict[Ref, int] = {}
        self._judged: dict[UUID, tuple[int, bool]] = {}
        self._judging = False
        self._full = False
        self._idle = False
        self._came = asyncio.Event()

    @property
    def position(self) -> int:
        """Up to where nothing is left to look at; what is being looked at now comes after it."""
        return self._upto if self._idle and not self._waiting else self._begun

    @property
    def _waiting(self) -> int:
        return len(self._touched) + len(self._judged)

    def put(self, touched: Mapping[Ref, int], upto: int, looks: Mapping[object, Look] = NOTHING) -> None:
        """Adds what the log has got up to a position. Who listens hears of it only if something concerns them."""
        sieve = self.sieve
        look = None if sieve is None or self._unjudged else looks.get(sieve.kind)
        concerned = NOBODY if sieve is None or look is None else sieve.concerned(look, self._judged)
        if self._idle and not self._waiting:
            self._begun = self._upto
        self._upto = upto
        if look is not None and not concerned:
            return  # what almost every change is to almost every list
        if look is not None:
            self._judged.update(concerned)
        else:
            self._touched.update({ref: position for ref, position in touched.items() if self._is_about(ref)})
        self._full = self._full or self._waiting > WAITING
        if self._full:
            self._touched.clear()
            self._judged.clear()
        if self._waiting or self._full:
            self._came.set()

    @property
    def _unjudged(self) -> bool:
        # as long as it is not known whether the list holds a row, nobody can tell whether what becomes of it matters
        return self._judging or bool(self._touched)

    def _is_about(self, ref: Ref) -> bool:
        return ref.type in self.kinds if self.only is None else ref == self.only

    async def take(self) -> Taken:
        """What waits; OVERRUN where more came than could be looked at."""
        self._idle, self._judging, self._begun = True, False, self._taken
        await self._came.wait()
        self._came.clear()
        self._idle = False
        if self._full:
            raise Overrun
        found = Taken(self._upto, self._touched, self._judged)
        self._judging, self._touched, self._judged, self._taken = bool(found.touched), {}, {}, self._upto
        return found


class Past:
    """What happened between two positions, once: for who comes back."""

    whole = False

    def __init__(self, kinds: Collection[str], after: int, upto: int) -> None:
        self.after = after
        self.telling: tuple[Change, UUID] | None = None
        self.sieve: Sieve | None = None
        self.only: Ref | None = None
        self._kinds = sorted(kinds)
        self._upto: int | None = upto

    async def take(self) -> Taken | None:
        """All of it; then None."""
        if self._upto is None:
            return None
        upto, self._upto = self._upto, None
        if self.only is not None:
            return Taken(upto, {self.only: upto})
        return Taken(upto, await log.touched(self._kinds, after=self.after, upto=upto))


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
                    await self._tell({each.ref: each.position for each in found}, found[-1].position)
            except Exception as error:  # noqa: BLE001 - the runner of a reading that outlives a database's absence
                told.warning("feed_lost", error=type(error).__name__)
            await self._bell.wait()
            await asyncio.sleep(GATHERED)

    async def _tell(self, touched: Mapping[Ref, int], upto: int) -> None:
        """Who opens an inbox meanwhile hears of it too: they begin at the position before."""
        looks: dict[object, Look] = {}
        sieves = {inbox.sieve.kind: inbox.sieve for inbox in self._inboxes if inbox.sieve is not None}
        for kind, sieve in sieves.items():
            looks[kind] = await sieve.look(touched, upto)
        self._position = upto
        for inbox in self._inboxes:
            inbox.put(touched, upto, looks)
