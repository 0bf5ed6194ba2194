"""Which deadline of a case people on the other side should see."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise import connections

from domain.sla.clocks import OPEN_STATES
from domain.sla.filters import STATE_NOW
from domain.sla.models import SlaClock

CLOCK = "sla_clock"
"""The subject a clock's own news is about."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The earliest due moment among the open clocks, and that clock's state; both None where none is open."""

    due_at: datetime | None = None
    state: str | None = None


async def deadline(case_id: UUID) -> Deadline:
    """One query. A clock without a due moment, paused for example, counts after those that have one."""
    state = STATE_NOW.format(row="c")
    rows = await connections.get("default").execute_query_dict(
        f"SELECT c.due_at, {state} AS state FROM sla_clock c WHERE c.subject_type = 'case' AND c.subject_id = $1"
        " AND c.state = ANY($2) ORDER BY c.due_at NULLS LAST, c.id LIMIT 1",
        [case_id, [state.value for state in OPEN_STATES]],
    )
    return Deadline(rows[0]["due_at"], rows[0]["state"]) if rows else Deadline()


async def case_of(clock_id: UUID) -> UUID | None:
    """The case a clock runs on; None where it runs on something else."""
    clock = await SlaClock.filter(id=clock_id, subject_type="case").first()
    return clock.subject_id if clock else None
