"""Following the log by position: nothing is missed, nothing repeated."""

from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class Touched:
    """A position, and whom its event is about."""

    position: int
    ref: Ref


async def last_position() -> int:
    """The position given last. One round trip."""
    rows = await connections.get("default").execute_query_dict("SELECT position FROM sequencer WHERE id = 1")
    return cast("int", rows[0]["position"])


async def committed_position() -> int:
    """Where all that is committed by now has its position, given or about to be; what got its id before and is
    committed later may move it on by one. One round trip.
    """
    rows = await connections.get("default").execute_query_dict(
        "SELECT position + (SELECT count(*) FROM event_unsequenced) AS position FROM sequencer WHERE id = 1"
    )
    return cast("int", rows[0]["position"])


async def after(ref: Ref, position: int, *, limit: int = 100) -> list[Placed]:
    """The subject's next events after a position, in order. One round trip."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT position, event_id, kind FROM event_position"
        " WHERE subject_type = $1 AND subject_id = $2 AND position > $3 ORDER BY position LIMIT $4",
        [ref.type, ref.id, position, limit],
    )
    return [Placed(**row) for row in rows]


async def following(position: int, *, limit: int) -> list[Touched]:
    """Whatever comes after a position, in order. One round trip."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT position, subject_type, subject_id FROM event_position WHERE position > $1 ORDER BY position LIMIT $2",
        [position, limit],
    )
    return [Touched(row["position"], Ref(row["subject_type"], row["subject_id"])) for row in rows]


async def touched(kinds: Sequence[str], *, after: int, upto: int) -> dict[Ref, int]:
    """The subjects of these types with events between two positions (the second one's included), each with that of its
    last. One round trip; it reads every event between them.
    """
    rows = await connections.get("default").execute_query_dict(
        "SELECT subject_type, subject_id, max(position) AS position FROM event_position"
        " WHERE position > $1 AND position <= $2 AND subject_type = ANY ($3) GROUP BY 1, 2",
        [after, upto, list(kinds)],
    )
    return {Ref(row["subject_type"], row["subject_id"]): row["position"] for row in rows}
