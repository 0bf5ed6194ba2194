"""What follows from an event: one dictionary. Each reaction runs once per event, in log order, in a transaction."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast
from uuid import UUID

import structlog
from tortoise import connections

from domain.core import projections, transaction
from domain.core.actor import Origin, system
from domain.core.events import Recorded
from domain.core.transaction import Ref
from domain.escalation import actions as pages
from workers import following

log = structlog.get_logger(__name__)

Reaction = Callable[[Recorded], Awaitable[None]]


async def _contact_failed(happened: Recorded) -> None:
    if happened.payload["subject_type"] == "page":
        await pages.contact_failed(
            UUID(happened.payload["subject_id"]),
            by=system().caused_by(happened.id),
            batch=happened.payload["batch"],
        )


REACTIONS: dict[str, list[Reaction]] = {
    "NotificationFailed": [_contact_failed],
    "SlaPolicyPublished": [following.configuration_changed],
    "CalendarPublished": [following.configuration_changed],
    "SlaWarned": [following.clock_alarmed],
    "SlaBreached": [following.clock_alarmed],
    "SlaOverran": [following.clock_alarmed],
    "SlaVoided": [following.clock_ended],
    "SlaStopped": [following.clock_ended],
}

CONSUMER = "reactions"
BATCH = 200
ATTEMPTS = 3

_NEXT = """
SELECT p.position, e.id, e.subject_type, e.subject_id, e.seq, e.kind, e.occurred_at, e.recorded_at, e.actor_id,
    e.origin, e.payload
FROM event_position p JOIN event e ON e.id = p.event_id AND e.recorded_at = p.recorded_at
WHERE p.position > $1 AND p.position <= $2 AND p.kind = ANY ($3) AND e.origin = $4
ORDER BY p.position
"""


async def drain() -> int:
    """Runs the reactions of everything positioned so far; says how many events had any."""
    reacted = 0
    while True:
        start, end = await _window()
        if start == end:
            return reacted
        rows = await connections.get("default").execute_query_dict(
            _NEXT, [start, end, list(REACTIONS), Origin.LIVE.value]
        )
        for row in rows:
            reacted += await _react(row)
        await _advance(end)


async def _window() -> tuple[int, int]:
    """The positions after the cursor, up to a batch and no further than the log."""
    rows = await connections.get("default").execute_query_dict(
        "INSERT INTO consumer (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name"
        " RETURNING position, (SELECT s.position FROM sequencer s) AS newest",
        [CONSUMER],
    )
    start = cast("int", rows[0]["position"])
    return start, min(start + BATCH, cast("int", rows[0]["newest"]))


async def _react(row: Mapping[str, Any]) -> bool:
    """One event's reactions and the cursor's step, together; an event that fails three times parks its subject."""
    ref = Ref(row["subject_type"], row["subject_id"])
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await _once(row, ref)
        except Exception as error:
            log.exception("reaction_failed", kind=row["kind"], event_id=row["id"], attempt=attempt)
            if attempt == ATTEMPTS:
                await projections.park(CONSUMER, ref, f"{type(error).__name__}: {error}", position=row["position"])
    return False


@transaction.atomic
async def _once(row: Mapping[str, Any], ref: Ref) -> bool:
    if not await _take(row["position"]) or await projections.is_parked(CONSUMER, ref):
        return False
    recorded = Recorded(
        ref=ref, **{name: row[name] for name in Recorded.__slots__ if name != "ref"}
    )  # fmt: skip
    for reaction in REACTIONS[recorded.kind]:
        await reaction(recorded)
    return True


async def _take(position: int) -> bool:
    """Moves the cursor over one position under its lock; False where another drain has passed it."""
    count, _ = await transaction.current().connection.execute_query(
        "UPDATE consumer SET position = $2 WHERE name = $1 AND position < $2", [CONSUMER, position]
    )
    return cast("int", count) > 0


async def _advance(position: int) -> None:
    await connections.get("default").execute_query(
        "UPDATE consumer SET position = $2 WHERE name = $1 AND position < $2", [CONSUMER, position]
    )
