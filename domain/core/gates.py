"""Gates: what follows outside from a batch waits, subject by subject, so that the batch can be called back whole."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import cast
from uuid import UUID

from tortoise import connections

from domain.core import transaction
from domain.core.ids import new_id
from domain.core.transaction import Gate, Ref

_CLOSE = """
INSERT INTO effect_gate (id, batch_id, subject_type, subject_id, until)
SELECT s.id, $1, s.type, s.subject, $2 FROM unnest($3::uuid[], $4::text[], $5::uuid[]) AS s (id, type, subject)
ON CONFLICT (subject_type, subject_id, batch_id) DO UPDATE SET until = excluded.until
"""


@asynccontextmanager
async def under(gate: Gate | None) -> AsyncIterator[None]:
    """What is planned inside waits for the gate, in the transaction under way; None waits for nothing."""
    unit = transaction.current()
    before, unit.gate = unit.gate, gate
    try:
        yield
    finally:
        unit.gate = before


async def close(gate: Gate, refs: Sequence[Ref]) -> None:
    """Has everything that follows outside from these subjects wait until the gate's moment."""
    await transaction.current().connection.execute_query(
        _CLOSE,
        [gate.batch_id, gate.until, [new_id() for _ in refs], [ref.type for ref in refs], [ref.id for ref in refs]],
    )


async def before(ref: Ref) -> Gate | None:
    """The gate a subject waits for: the last to open. It holds until it is lifted, however late that is."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT batch_id, until FROM effect_gate WHERE subject_type = $1 AND subject_id = $2"
        " ORDER BY until DESC LIMIT 1",
        [ref.type, ref.id],
    )
    return Gate(rows[0]["batch_id"], cast("datetime", rows[0]["until"])) if rows else None


async def lift(batch_id: UUID, *, subjects: Sequence[UUID] | None = None) -> list[Ref]:
    """Opens a batch's gates, or those of some subjects; says before which subjects they stood."""
    rows = await transaction.current().connection.execute_query_dict(
        "DELETE FROM effect_gate WHERE batch_id = $1 AND ($2::uuid[] IS NULL OR subject_id = ANY ($2))"
        " RETURNING subject_type, subject_id",
        [batch_id, None if subjects is None else list(subjects)],
    )
    return [Ref(row["subject_type"], row["subject_id"]) for row in rows]
