"""Following the log by position: nothing is missed, nothing repeated."""

from dataclasses import dataclass
from typing import cast

from tortoise import connections

from domain.core.transaction import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An event's place in the log."""

    position: int
    event_id: int
    kind: str


async def last_position() -> int:
    """The position given last. One round trip."""
    rows = await connections.get("default").execute_query_dict("SELECT position FROM sequencer WHERE id = 1")
    return cast("int", rows[0]["position"])


async def after(ref: Ref, position: int, *, limit: int = 100) -> list[Placed]:
    """The subject's next events after a position, in order. One round trip."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT position, event_id, kind FROM event_position"
        " WHERE subject_type = $1 AND subject_id = $2 AND position > $3 ORDER BY position LIMIT $4",
        [ref.type, ref.id, position, limit],
    )
    return [Placed(**row) for row in rows]
