"""Rows of folded clocks into their tables: of any number of subjects in one statement."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from domain.core import transaction
from domain.core.transaction import Ref
from domain.sla.rows import ClockRows, dumped

_SEGMENT = "id, clock_id, number, started_at, ended_at, mode, reason, team_id, business, seq"
_TRANSITION = "id, clock_id, number, type, at, detected_at, revision, cause, seq"
_CLOCK = (
    "id, subject_type, subject_id, policy_kind, metric, holder, cycle, policy_key, policy_rev, target_key, instead_of,"
    " calendar, goal, goal_unit, state, started_at, running_since, elapsed_base, due_at, stopped_at, breached_at,"
    " cancelled_at, cancel_reason, revision, digest"
)


def _put(table: str, columns: str, place: int) -> str:
    """Inserts or overwrites the rows of a JSON array, by id."""
    told = ", ".join(f"{name} = excluded.{name}" for name in columns.split(", ") if name != "id")
    return (
        f"INSERT INTO {table} ({columns}) SELECT {columns}"
        f" FROM jsonb_populate_recordset(NULL::{table}, ${place}::jsonb)"
        f" ON CONFLICT (id) DO UPDATE SET {told}"
    )


# A row beyond the last number was of an earlier fold; deleting and writing never meet in one row.
_WRITE = f"""
WITH shorter AS (SELECT * FROM jsonb_to_recordset($4::jsonb) AS s (id uuid, segments int, transitions int)),
    no_segments AS (DELETE FROM sla_segment g USING shorter s WHERE g.clock_id = s.id AND g.number >= s.segments),
    no_transitions AS (
        DELETE FROM sla_transition t USING shorter s WHERE t.clock_id = s.id AND t.number >= s.transitions),
    clocks AS ({_put("sla_clock", _CLOCK, 1)}),
    segments AS ({_put("sla_segment", _SEGMENT, 2)})
{_put("sla_transition", _TRANSITION, 3)}
"""

_FORGET = """
DELETE FROM sla_clock c USING unnest($1::text[], $2::uuid[]) AS s (type, id)
WHERE c.subject_type = s.type AND c.subject_id = s.id
"""


async def write(rows: Iterable[ClockRows], stored: Mapping[UUID, str]) -> None:
    """Brings the tables to these rows where they differ by digest. ``stored``: the digests that are there, of all
    clocks of the same subjects; what is no longer among the rows goes. One round trip, one more where clocks go."""
    connection = transaction.current().connection
    folded = {row.id: row for row in rows}
    if gone := stored.keys() - folded.keys():
        await connection.execute_query("DELETE FROM sla_clock WHERE id = ANY($1::uuid[])", [list(gone)])
    changed = [row for id, row in folded.items() if stored.get(id) != row.digest]  # noqa: A001
    if changed:
        lengths = [
            {"id": row.id, "segments": len(row.segments), "transitions": len(row.transitions)}
            for row in changed
            if row.id in stored
        ]
        await connection.execute_query(
            _WRITE,
            [
                dumped([row.clock for row in changed]),
                dumped([segment for row in changed for segment in row.segments]),
                dumped([step for row in changed for step in row.transitions]),
                dumped(lengths),
            ],
        )


async def forget(refs: Sequence[Ref]) -> None:
    """Empties the tables of the clocks of these subjects."""
    await transaction.current().connection.execute_query(
        _FORGET, [[ref.type for ref in refs], [ref.id for ref in refs]]
    )
