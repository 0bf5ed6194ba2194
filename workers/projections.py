"""Projections that follow the log: who recomputes which subjects."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from domain.core import projections
from domain.core.pooled import is_lost
from domain.core.projections import Recompute
from domain.core.transaction import Ref
from domain.mirror import projection as mirror
from domain.sla import worklist
from domain.sla.recording import CONSUMER as CLOCKS
from workers import kinds, ranking

log = structlog.get_logger(__name__)

kinds.load()

BATCH = 64
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Consumer:
    """A projection: its name, the subject types it watches, and how it recomputes one subject, or many at a time."""

    name: str
    subject_types: Sequence[str]
    recompute: Callable[[Ref], Awaitable[None]]
    together: Recompute | None = None


CONSUMERS: list[Consumer] = [
    Consumer(ranking.CONSUMER, ranking.SUBJECTS, ranking.recompute, ranking.recompute_all),
    Consumer(mirror.CONSUMER, mirror.SUBJECTS, mirror.recompute),
    Consumer(CLOCKS, (), worklist.project_with_clocks, worklist.project_all_with_clocks),
]


async def subscribe() -> None:
    """Tells the sequencer who watches what. Harmless to repeat."""
    for consumer in CONSUMERS:
        await projections.subscribe(consumer.name, consumer.subject_types)


async def drain() -> int:
    """Recomputes every subject that waits; says how many."""
    done = 0
    for consumer in CONSUMERS:
        while waiting := await projections.waiting(consumer.name, BATCH):
            found = await _all(consumer, waiting)
            done += found
            if not found:
                break
    return done


async def _all(consumer: Consumer, waiting: Sequence[Ref]) -> int:
    """Recomputes subjects in one transaction where the projection can, else, or where one of them fails, each alone."""
    if consumer.together is not None and len(waiting) > 1:
        try:
            return await projections.recompute(consumer.name, waiting, run=consumer.together)
        except Exception as error:
            if is_lost(error):
                raise
            log.warning("projection_falls_apart", consumer=consumer.name, subjects=len(waiting), error=repr(error))
    return sum([await _one(consumer, ref) for ref in waiting])


async def _one(consumer: Consumer, ref: Ref) -> int:
    """Recomputes a subject; one that fails three times in a row is parked alone and holds up nobody."""

    async def run(refs: Sequence[Ref]) -> None:
        for each in refs:
            await consumer.recompute(each)

    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await projections.recompute(consumer.name, [ref], run=run)
        except Exception as error:
            if is_lost(error):
                raise
            log.exception("projection_failed", consumer=consumer.name, subject=str(ref.id), attempt=attempt)
            if attempt == ATTEMPTS:
                await projections.park(consumer.name, ref, f"{type(error).__name__}: {error}")
    return 1
