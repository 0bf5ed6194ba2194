"""What follows from an event: one dictionary. Each reaction runs once per event, in log order, in a transaction."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast
from uuid import UUID

import structlog
from tortoise import connections

from domain.core import gates, projections, transaction
from domain.core.actor import system
from domain.core.events import COLUMNS, KINDS, Recorded
from domain.core.pooled import is_lost
from domain.core.transaction import Ref
from domain.core.upcasting import UnknownKind
from domain.escalation import actions as pages
from domain.files import actions as files
from workers import batches, following, kinds

log = structlog.get_logger(__name__)

Reaction = Callable[[Recorded], Awaitable[None]]


async def _contact_failed(happened: Recorded) -> None:
    if happened.payload["subject_type"] == "page":
        await pages.contact_failed(
            UUID(happened.payload["subject_id"]),
            by=system().caused_by(happened.id),
            batch=happened.payload["batch"],
        )


async def _texts_erased(happened: Recorded) -> None:
    await files.follow_erasure([UUID(text) for text in happened.payload["content_ids"]], by=system())


REACTIONS: dict[str, list[Reaction]] = {
    "ContentErased": [_texts_erased],
    "NotificationFailed": [_contact_failed],
    "BulkEffectsLetGo": [batches.let_go],
    "BulkEnded": [batches.ended],
    "ActorReinstated": [batches.reinstated],
    "ActorCapped": [batches.capped],
    "SlaPolicyPublished": [following.configuration_changed],
    "CalendarPublished": [following.configuration_changed],
    "SlaWarned": [following.clock_alarmed],
    "SlaBreached": [following.clock_alarmed],
    "SlaOverran": [following.clock_alarmed],
    "SlaVoided": [following.clock_ended],
    "SlaStopped": [following.clock_ended],
}

kinds.load()

CONSUMER = "reactions"
BATCH = 200
ATTEMPTS = 3

FOLLOWED = "(p.kind = ANY ({kinds}) OR p.kind <> ALL ({known})) AND e.origin = 'LIVE'"
"""Events with reactions, and those of kinds this release does not know: a newer one may have reactions to them."""

_NEXT = f"""
SELECT p.position, {COLUMNS}
FROM event_position p JOIN event e ON e.id = p.event_id AND e.recorded_at = p.recorded_at
WHERE p.position > $1 AND p.position <= $2 AND {FOLLOWED.format(kinds="$3", known="$4")}
ORDER BY p.position
"""


async def drain() -> int:
    """Runs the reactions of everything positioned so far; says how many events had any."""
    reacted = 0
    while True:
        start, end = await _window()
        if start == end:
            return reacted
        rows = await connections.get("default").execute_query_dict(_NEXT, [start, end, list(REACTIONS), list(KINDS)])
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
    """One event's reactions and the cursor's step, together; an event that fails three times parks its subject.

    A database that is away is no fault of the event's.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await _once(row)
        except UnknownKind as unknown:
            log.warning("reaction_unknown", kind=row["kind"], event_id=row["id"])
            await _set_aside(row, str(unknown))
            return False
        except Exception as error:
            if is_lost(error):
                raise
            log.exception("reaction_failed", kind=row["kind"], event_id=row["id"], attempt=attempt)
            if attempt == ATTEMPTS:
                await _set_aside(row, f"{type(error).__name__}: {error}")
    return False


@transaction.atomic
async def _once(row: Mapping[str, Any]) -> bool:
    recorded = Recorded.of_row(row)
    if not await _take(row["position"]) or await projections.is_parked(CONSUMER, recorded.ref):
        return False
    await follow(recorded)
    return True


async def follow(recorded: Recorded) -> None:
    """Runs an event's reactions in the transaction under way. UnknownKind where a newer release must.

    What they do outside waits where the subject waits for a batch.
    """
    happened = recorded.current()
    about = happened.payload
    subject = Ref(about["subject_type"], UUID(about["subject_id"])) if "subject_type" in about else happened.ref
    if reactions := REACTIONS.get(happened.kind):
        async with gates.under(await gates.before(subject)):
            for reaction in reactions:
                await reaction(happened)


@transaction.atomic
async def _set_aside(row: Mapping[str, Any], error: str) -> None:
    """Parks the subject and steps over its event, together: nobody else can have followed it meanwhile."""
    if await _take(row["position"]):
        ref = Ref(row["subject_type"], row["subject_id"])
        await projections.park(CONSUMER, ref, error, position=row["position"])


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
