"""Letting parked subjects be tried again: what was missed is made up for, in order, before anything new is followed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from domain.core import projections, transaction
from domain.core.actor import Actor
from domain.core.events import COLUMNS, KINDS, Recorded
from domain.core.projections import Parked
from domain.core.transaction import Ref
from workers.reactions import CONSUMER as REACTIONS_CONSUMER
from workers.reactions import FOLLOWED, REACTIONS, follow

log = structlog.get_logger(__name__)

_LOCK = """
SELECT k.position FROM parked_subject k
WHERE k.consumer = $1 AND k.subject_type = $2 AND k.subject_id = $3 FOR UPDATE
"""

_MISSED = f"""
SELECT p.position, {COLUMNS}
FROM event_position p JOIN event e ON e.id = p.event_id AND e.recorded_at = p.recorded_at
WHERE p.subject_type = $1 AND p.subject_id = $2 AND p.position >= $3 AND p.position <= $4
    AND {FOLLOWED.format(kinds="$5", known="$6")}
ORDER BY p.position LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """What became of a parked subject. ``error`` None: it is followed again, after ``made_up`` missed events."""

    parked: Parked
    made_up: int
    error: str | None


async def retry(parked: Parked, *, by: Actor) -> Retried:
    """Tries a parked subject again. A projection's waits to be recomputed; the events a subject's reactions missed run
    now, each in a transaction of its own, and one that fails leaves it parked from there."""
    by.ensure("system.operate")
    if parked.consumer != REACTIONS_CONSUMER:
        await _release(parked)
        return Retried(parked=parked, made_up=0, error=None)
    made_up = 0
    try:
        while await _make_up_one(parked.ref):
            made_up += 1
    except Exception as error:
        log.exception("retry_failed", consumer=parked.consumer, subject=str(parked.ref.id))
        told = f"{type(error).__name__}: {error}"
        await projections.park(parked.consumer, parked.ref, told, position=parked.position)
        return Retried(parked=parked, made_up=made_up, error=told)
    return Retried(parked=parked, made_up=made_up, error=None)


@transaction.atomic
async def _release(parked: Parked) -> None:
    if await projections.unpark(parked.consumer, parked.ref):
        await projections.mark_dirty(parked.consumer, parked.ref)


@transaction.atomic
async def _make_up_one(ref: Ref) -> bool:
    """Runs the next missed event; with none left the subject is followed again. The cursor stands still meanwhile, so
    no event is left between the two."""
    connection = transaction.current().connection
    cursor = await connection.execute_query_dict(
        "SELECT position FROM consumer WHERE name = $1 FOR UPDATE", [REACTIONS_CONSUMER]
    )
    held = await connection.execute_query_dict(_LOCK, [REACTIONS_CONSUMER, ref.type, ref.id])
    if not held or not cursor:
        return False
    missed: list[Mapping[str, Any]] = await connection.execute_query_dict(
        _MISSED, [ref.type, ref.id, held[0]["position"], cursor[0]["position"], list(REACTIONS), list(KINDS)]
    )
    if not missed:
        await projections.unpark(REACTIONS_CONSUMER, ref)
        return False
    await follow(Recorded.of_row(missed[0]))
    await connection.execute_query(
        "UPDATE parked_subject SET position = $4 WHERE consumer = $1 AND subject_type = $2 AND subject_id = $3",
        [REACTIONS_CONSUMER, ref.type, ref.id, missed[0]["position"] + 1],
    )
    return True
