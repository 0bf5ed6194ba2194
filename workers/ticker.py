"""The ticker: the only loop there is, and it needs PostgreSQL only.

It positions the log, fires timers, and rings the workers through Redis. Whatever still waits a tick after it was rung
for, it does itself: so losing Redis, or every worker, delays work by a tick and loses none.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog
from tortoise import connections

from domain.core import timers
from domain.core.pooled import GONE, is_lost
from domain.core.timers import Due
from domain.core.transaction import atomic
from workers import sequencer
from workers.drains import DRAINS, Drains
from workers.firing import TIMERS
from workers.sweeping import Kept, sweep

log = structlog.get_logger(__name__)

TICK = 1.0
"""Seconds that work may wait for a rung worker before the ticker does it."""

PACE = 0.03
"""Seconds between two looks at what waits, and between two looks at the log while nobody writes to it."""

BUSY_PACE = 0.008
"""Seconds between two looks at the log for as long as events come: what they wait for their position."""

BUSY_FOR = 1.0
"""Seconds after its last event for which the log counts as busy."""

HOUR = 3600.0

FIRING_ATTEMPTS = 3

_WAITING = """
SELECT
    coalesce((SELECT c.position FROM consumer c WHERE c.name = 'reactions'), 0) < (SELECT s.position FROM sequencer s)
        AS reactions,
    EXISTS (SELECT 1 FROM dirty_subject d WHERE NOT EXISTS (SELECT 1 FROM parked_subject p
        WHERE p.consumer = d.consumer AND p.subject_type = d.subject_type AND p.subject_id = d.subject_id))
        AS projections,
    EXISTS (SELECT 1 FROM effect WHERE state = 'PENDING' AND not_before <= app_clock()
        AND (lease_until IS NULL OR lease_until <= app_clock())) AS effects,
    EXISTS (SELECT 1 FROM timer WHERE due_at <= app_clock() AND parked_at IS NULL) AS timers
"""

_SIGN_OF_LIFE = """
INSERT INTO ticker VALUES (1, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET ticked_at = excluded.ticked_at
"""

Ring = Callable[[str], Awaitable[bool]]


@dataclass(slots=True)
class Ticker:
    """One ticker. ``ring`` tells a worker to drain something and says whether the bell was heard; what is not ``kept``
    any longer is deleted."""

    drains: Drains
    ring: Ring
    kept: Sequence[Kept] = ()
    _since: dict[str, float] = field(default_factory=dict)
    _rung: dict[str, float] = field(default_factory=dict)
    _here: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _failures: dict[str, int] = field(default_factory=dict)
    _looked: float = 0.0
    _busy: float = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Ticks until told to stop. A database that is away is waited for."""
        down = 0
        last_partitions = last_sign = next_sweep = 0.0
        while not stop.is_set():
            try:
                if time.monotonic() - last_partitions > HOUR:
                    await connections.get("default").execute_query("SELECT ensure_event_partitions(2)")
                    last_partitions = time.monotonic()
                if time.monotonic() >= next_sweep:
                    more = await sweep(self.kept)
                    next_sweep = time.monotonic() + (TICK if more else HOUR)
                if time.monotonic() - last_sign > TICK:
                    await connections.get("default").execute_query(_SIGN_OF_LIFE)
                    last_sign = time.monotonic()
                await (self.tick() if time.monotonic() - self._looked >= PACE else self._position())
                down = 0
            except GONE as error:
                down += 1
                log.warning("database_away", error=type(error).__name__, attempt=down)
            await _pause(stop, self._pace() if not down else min(5.0, 0.2 * 2**down))
        await asyncio.gather(*self._here.values(), return_exceptions=True)

    def _pace(self) -> float:
        return BUSY_PACE if time.monotonic() - self._busy < BUSY_FOR else PACE

    async def _position(self) -> None:
        while taken := await sequencer.sequence():
            self._busy = time.monotonic()
            if taken < sequencer.BATCH:
                return

    async def tick(self) -> None:
        """One look: position the log, fire what is due, ring for what waits, do what was not heard."""
        await self._position()
        self._looked = time.monotonic()
        waiting = (await connections.get("default").execute_query_dict(_WAITING))[0]
        if waiting["timers"]:
            await self.fire()
        for drain in DRAINS:
            if waiting[drain]:
                await self._call(drain)
            else:
                self._since.pop(drain, None)

    async def fire(self) -> None:
        """Fires everything that is due, each timer in a transaction of its own."""
        while True:
            taken: list[Due] = []
            try:
                if not await _fire_one(taken):
                    return
            except Exception as error:
                if not taken or is_lost(error):
                    raise
                # The rolled back transaction gave the timer back; one that keeps failing is set aside.
                log.exception("timer_failed", timers=[f"{due.kind} {due.ref.id}" for due in taken])
                for due in taken:
                    key = str(due.id)
                    self._failures[key] = self._failures.get(key, 0) + 1
                    if self._failures[key] >= FIRING_ATTEMPTS:
                        del self._failures[key]
                        await timers.park(due.id, f"{type(error).__name__}: {error}")

    async def _call(self, drain: str) -> None:
        now = time.monotonic()
        since = self._since.setdefault(drain, now)
        if now - self._rung.get(drain, 0.0) >= TICK / 4:
            self._rung[drain] = now
            heard = await self.ring(drain)
            if not heard:
                since = self._since[drain] = min(since, now - TICK)
        running = self._here.get(drain)
        if now - since >= TICK and (running is None or running.done()):
            self._here[drain] = asyncio.create_task(self._drain_here(drain))

    async def _drain_here(self, drain: str) -> None:
        try:
            await self.drains[drain]()
        except Exception:
            log.exception("drain_failed", drain=drain)
        finally:
            self._since.pop(drain, None)


@atomic
async def _fire_one(taken: list[Due]) -> bool:
    due = await timers.take_due()
    if due is None:
        return False
    taken[:] = [due]
    firing = TIMERS.get(due.kind)
    if firing is None:
        message = f"This worker does not know the timer {due.kind}."
        raise LookupError(message)
    await firing(due)
    if due.late_by_s > TICK * 2:
        log.info("timer_late", kind=due.kind, subject=str(due.ref.id), late_by_s=round(due.late_by_s, 1))
    return True


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
