"""Enforcements of decisions that are taken back before the platform heard of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.core import effects, transaction
from domain.core.actor import Actor
from domain.review import events as happened
from domain.review.models import Enforcement
from domain.review.record import DISPATCH, record, ref
from domain.review.states import EnforcementState

_PLANNED = """
SELECT n.id, n.case_id, n.state, n.attempts FROM enforcement n JOIN event e
    ON e.subject_type = 'enforcement' AND e.subject_id = n.id AND e.kind = 'EnforcementPlanned'
WHERE n.case_id = ANY ($1::uuid[]) AND coalesce(e.batch_id = $2, e.actor_id = $3 AND e.recorded_at >= $4, false)
ORDER BY n.id
"""


async def withdraw(
    case_ids: Sequence[UUID],
    *,
    by: Actor,
    batch_id: UUID | None = None,
    actor_id: UUID | None = None,
    since: datetime | None = None,
    look_only: bool = False,
) -> set[UUID]:
    """Has what a batch, or an actor since a moment, planned for these cases expire unsent; their rows must be locked.

    The cases of which the platform was told something already are answered, and left alone.
    """
    rows = await transaction.current().connection.execute_query_dict(
        _PLANNED, [list(case_ids), batch_id, actor_id, since]
    )
    unsent = {EnforcementState.PLANNED, EnforcementState.EXPIRED}
    sent = {row["case_id"] for row in rows if row["attempts"] or row["state"] not in unsent}
    waiting = [
        row["id"] for row in rows if row["case_id"] not in sent and row["state"] == EnforcementState.PLANNED
    ]  # fmt: skip
    if not look_only:
        for enforcement in await Enforcement.filter(id__in=waiting).order_by("id").select_for_update():
            await record(enforcement, happened.EnforcementExpired(), by=by)
            await effects.cancel(ref(enforcement.id), [DISPATCH])
    return sent
