"""Doers: each kind of effect, carried out outside any transaction. A doer may run twice for one effect."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from domain.bulk.execution import WORK
from domain.core import effects, leases
from domain.core.effects import Effect, GiveUp, TryAgain
from domain.files.ports import StoreAway
from domain.files.record import REMOVE
from domain.mirror import draining as mirror
from domain.mirror import polling
from domain.mirror.links import LANE
from domain.notify import actions as notify
from domain.notify import sending
from domain.review import record as review
from domain.review import sending as enforcing
from integrations import Adapters
from workers import batches

log = structlog.get_logger(__name__)

Doer = Callable[[Effect, Adapters], Awaitable[None]]


async def _notify(effect: Effect, adapters: Adapters) -> None:
    await sending.deliver(effect, notifier=adapters.notifier)


async def _enforce(effect: Effect, adapters: Adapters) -> None:
    await enforcing.deliver(effect, enforcer=adapters.enforcer)


async def _drain_lane(effect: Effect, adapters: Adapters) -> None:
    await mirror.drain_link(effect.ref.id, adapters.trackers)


async def _poll(effect: Effect, adapters: Adapters) -> None:
    """What a poll alone came upon is told: deliveries of the tracker get lost, or are not set up."""
    for polled in await polling.poll(effect.ref.id, adapters.trackers):
        if polled.missed:
            log.warning("deliveries_missed", project=polled.project, missed=polled.missed)
        if polled.found or polled.error:
            log.info("tracker_polled", project=polled.project, found=polled.found, error=polled.error)


async def _do_batch(effect: Effect, _adapters: Adapters) -> None:
    await batches.work(effect)


async def _remove_bytes(effect: Effect, adapters: Adapters) -> None:
    try:
        await adapters.blobs.remove(effect.payload["key"])
    except StoreAway as error:
        raise TryAgain(str(error)) from error


DOERS: dict[str, Doer] = {
    WORK: _do_batch,
    LANE: _drain_lane,
    polling.EFFECT: _poll,
    REMOVE: _remove_bytes,
    notify.SEND: _notify,
    review.DISPATCH: _enforce,
}

LANES = 8
"""How many effects one drain carries out side by side: a slow tracker must not hold up a page."""
LONGEST = 30.0
"""Seconds after which a drain begins nothing more: the answer to a ring is ended at 60, and what waits is rung for."""


async def drain(adapters: Adapters, *, longest: float = LONGEST) -> int:
    """Carries out what is due until nothing is, or ``longest`` seconds are over; says how many were tried."""
    ends = time.monotonic() + longest
    return sum(await asyncio.gather(*(_lane(adapters, ends) for _ in range(LANES))))


async def _lane(adapters: Adapters, ends: float) -> int:
    tried = 0
    while claimed := await effects.claim(1):
        await carry_out(claimed[0], adapters)
        tried += 1
        if time.monotonic() >= ends:
            break
    return tried


async def carry_out(effect: Effect, adapters: Adapters) -> None:
    """Does one effect and records how it went. An unforeseen failure is logged whole and tried again."""
    doer = DOERS.get(effect.kind)
    if doer is None:
        await effects.put_off(effect, f"This worker does not know {effect.kind}; a newer one will.")
        return
    try:
        async with leases.kept(lambda: effects.extend(effect)):
            await doer(effect, adapters)
    except TryAgain as again:
        log.info("effect_put_off", kind=effect.kind, key=effect.key, attempt=effect.attempt, error=again.error)
        await effects.put_off(effect, again.error, after=again.after)
    except GiveUp as stop:
        log.warning("effect_dead", kind=effect.kind, key=effect.key, error=stop.error)
        await effects.bury(effect, stop.error)
    except Exception as error:
        log.exception("effect_failed", kind=effect.kind, key=effect.key, attempt=effect.attempt)
        await effects.put_off(effect, type(error).__name__)
    else:
        await effects.finish(effect)
