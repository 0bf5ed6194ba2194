"""Projections by dirty subject: a consumer learns which subjects changed and recomputes each from its events."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from tortoise import connections

from domain.core import transaction
from domain.core.transaction import Ref

Recompute = Callable[[Sequence[Ref]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """A subject set aside: for whom, since when, why, and from which position on its events are owed."""

    consumer: str
    ref: Ref
    error: str
    position: int | None
    parked_at: datetime


async def subscribe(consumer: str, subject_types: Sequence[str]) -> None:
    """Has the sequencer mark subjects of these types dirty for a consumer from now on. Harmless to repeat."""
    await connections.get("default").execute_query(
        "INSERT INTO consumer (name, subject_types) VALUES ($1, $2)"
        " ON CONFLICT (name) DO UPDATE SET subject_types = excluded.subject_types"
        " WHERE consumer.subject_types IS DISTINCT FROM excluded.subject_types",
        [consumer, list(subject_types)],
    )


async def mark_dirty(consumer: str, ref: Ref) -> None:
    """Asks for one recomputation, in the transaction under way."""
    await transaction.current().connection.execute_query(
        "INSERT INTO dirty_subject (consumer, subject_type, subject_id) VALUES ($1, $2, $3)",
        [consumer, ref.type, ref.id],
    )


async def mark_all(consumer: str, refs: Sequence[Ref]) -> None:
    """The same for many subjects, in one statement."""
    await transaction.current().connection.execute_query(
        "INSERT INTO dirty_subject (consumer, subject_type, subject_id)"
        " SELECT $1, s.type, s.id FROM unnest($2::text[], $3::uuid[]) AS s (type, id)",
        [consumer, [ref.type for ref in refs], [ref.id for ref in refs]],
    )


async def waiting(consumer: str, limit: int) -> list[Ref]:
    """Subjects that wait for a recomputation, oldest first, parked ones left out."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT d.subject_type, d.subject_id FROM dirty_subject d WHERE d.consumer = $1 AND NOT EXISTS"
        " (SELECT 1 FROM parked_subject p WHERE p.consumer = d.consumer AND p.subject_type = d.subject_type"
        " AND p.subject_id = d.subject_id) GROUP BY 1, 2 ORDER BY min(d.id) LIMIT $2",
        [consumer, limit],
    )
    return [Ref(row["subject_type"], row["subject_id"]) for row in rows]


@transaction.atomic
async def recompute(consumer: str, refs: Sequence[Ref], *, run: Recompute) -> int:
    """Recomputes subjects and clears their marks, all in one transaction. Those another is at right now are left to it;
    says how many were not."""
    connection = transaction.current().connection
    rows = await connection.execute_query_dict(
        "SELECT s.type, s.id FROM unnest($2::text[], $3::uuid[]) AS s (type, id)"
        " WHERE pg_try_advisory_xact_lock(hashtextextended(concat_ws('/', $1::text, s.type, s.id), 0))",
        [consumer, [ref.type for ref in refs], [ref.id for ref in refs]],
    )
    mine = [Ref(row["type"], row["id"]) for row in rows]
    if mine:
        await connection.execute_query(
            "DELETE FROM dirty_subject d USING unnest($2::text[], $3::uuid[]) AS s (type, id)"
            " WHERE d.consumer = $1 AND d.subject_type = s.type AND d.subject_id = s.id",
            [consumer, [ref.type for ref in mine], [ref.id for ref in mine]],
        )
        await run(mine)
    return len(mine)


async def park(consumer: str, ref: Ref, error: str, *, position: int | None = None) -> None:
    """Sets a subject aside that cannot be followed: it alone is out of date, and says so. ``position`` is where
    a consumer of single events stopped for it."""
    await connections.get("default").execute_query(
        "INSERT INTO parked_subject (consumer, subject_type, subject_id, error, position, parked_at)"
        " VALUES ($1, $2, $3, $4, $5, app_clock()) ON CONFLICT (consumer, subject_type, subject_id) DO UPDATE"
        " SET error = excluded.error, parked_at = excluded.parked_at",
        [consumer, ref.type, ref.id, error, position],
    )


async def is_parked(consumer: str, ref: Ref) -> bool:
    """Whether a subject is set aside for this consumer."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT EXISTS (SELECT 1 FROM parked_subject WHERE consumer = $1 AND subject_type = $2 AND subject_id = $3)"
        " AS parked",
        [consumer, ref.type, ref.id],
    )
    return cast("bool", rows[0]["parked"])


async def parked(consumer: str | None = None) -> list[Parked]:
    """What is set aside, for one consumer or for all, the longest waiting first."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT consumer, subject_type, subject_id, error, position, parked_at FROM parked_subject"
        " WHERE $1::text IS NULL OR consumer = $1 ORDER BY parked_at, id",
        [consumer],
    )
    return [
        Parked(
            consumer=row["consumer"],
            ref=Ref(row["subject_type"], row["subject_id"]),
            error=row["error"],
            position=row["position"],
            parked_at=row["parked_at"],
        )
        for row in rows
    ]


async def unpark(consumer: str, ref: Ref) -> bool:
    """Lets a parked subject be tried again; says whether it was parked."""
    count, _ = await connections.get("default").execute_query(
        "DELETE FROM parked_subject WHERE consumer = $1 AND subject_type = $2 AND subject_id = $3",
        [consumer, ref.type, ref.id],
    )
    return cast("int", count) > 0
