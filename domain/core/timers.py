"""The one timer table: one pending row per (kind, subject), the next thing that can happen to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise import connections

from domain.core import transaction
from domain.core.ids import new_id
from domain.core.transaction import Ref


@dataclass(frozen=True, slots=True)
class Due:
    """A timer that has come due; ``late_by_s`` says by how many seconds it is late."""

    id: UUID
    kind: str
    ref: Ref
    due_at: datetime
    late_by_s: float


async def arm(kind: str, ref: Ref, due_at: datetime) -> None:
    """Makes ``due_at`` the subject's one pending moment of this kind, whatever was pending before."""
    await transaction.current().connection.execute_query(
        "SELECT arm_timer($1, $2, $3, $4)", [kind, ref.type, ref.id, due_at]
    )


async def disarm(kind: str, ref: Ref) -> None:
    """Forgets what was pending. Harmless where nothing is."""
    await transaction.current().connection.execute_query(
        "DELETE FROM timer WHERE kind = $1 AND subject_type = $2 AND subject_id = $3", [kind, ref.type, ref.id]
    )


async def set_next(kind: str, ref: Ref, due_at: datetime | None) -> None:
    """Arms, or disarms where nothing can happen any more."""
    if due_at is None:
        await disarm(kind, ref)
    else:
        await arm(kind, ref, due_at)


async def set_all(kind: str, due: Mapping[Ref, datetime | None]) -> None:
    """``set_next`` for many subjects of one kind of moment, in two statements at most."""
    connection = transaction.current().connection
    armed = [(ref, at) for ref, at in due.items() if at is not None]
    if gone := [ref for ref, at in due.items() if at is None]:
        await connection.execute_query(
            "DELETE FROM timer t USING unnest($2::text[], $3::uuid[]) AS s (type, id)"
            " WHERE t.kind = $1 AND t.subject_type = s.type AND t.subject_id = s.id",
            [kind, [ref.type for ref in gone], [ref.id for ref in gone]],
        )
    if armed:
        await connection.execute_query(
            "INSERT INTO timer (id, kind, subject_type, subject_id, due_at, armed_at)"
            " SELECT s.id, $1, s.type, s.subject, s.at, app_clock()"
            " FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[]) AS s (id, type, subject, at)"
            " ON CONFLICT (kind, subject_type, subject_id) DO UPDATE"
            " SET due_at = excluded.due_at, armed_at = excluded.armed_at",
            [kind, [new_id() for _ in armed], [ref.type for ref, _ in armed], [ref.id for ref, _ in armed],
             [at for _, at in armed]],
        )  # fmt: skip


async def take_due() -> Due | None:
    """Takes the most overdue timer out of the table, in the transaction under way; None where none is due.

    Two takers never get the same one; if the transaction fails, the timer is there again.
    """
    rows = await transaction.current().connection.execute_query_dict(
        "DELETE FROM timer WHERE id = (SELECT id FROM timer WHERE due_at <= app_clock() AND parked_at IS NULL"
        " ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)"
        " RETURNING id, kind, subject_type, subject_id, due_at,"
        " extract(epoch FROM app_clock() - due_at)::float8 AS late_by_s"
    )
    if not rows:
        return None
    row = rows[0]
    return Due(row["id"], row["kind"], Ref(row["subject_type"], row["subject_id"]), row["due_at"], row["late_by_s"])


async def park(timer_id: UUID, error: str) -> None:
    """Sets a timer aside whose firing keeps failing, so that it holds up no other. A person sees it and lets it go."""
    await connections.get("default").execute_query(
        "UPDATE timer SET parked_at = app_clock(), error = $2 WHERE id = $1", [timer_id, error]
    )
