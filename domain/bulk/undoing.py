"""Taking back a batch, or what an actor did since a moment: case by case, as far as nothing was built upon it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.bulk.errors import EnforcementSent
from domain.cases.errors import NotPartOfIt
from domain.cases.many import Judged
from domain.cases.restoring import Whose, restore_all
from domain.cases.standing import stand
from domain.core import gates, transaction
from domain.core.actor import Actor
from domain.core.errors import Refusal
from domain.review.withdrawing import withdraw

_CHANGED_BY = """
SELECT DISTINCT subject_id FROM event
WHERE subject_type = 'case' AND actor_id = $1 AND recorded_at >= $2 ORDER BY subject_id LIMIT $3
"""


def whose(undoes: UUID | None, arguments: Mapping[str, Any]) -> Whose:
    """What is to be undone, as a batch's row says it."""
    if undoes is not None:
        return Whose(batch_id=undoes)
    return Whose(actor_id=UUID(str(arguments["actor_id"])), since=datetime.fromisoformat(str(arguments["since"])))


async def changed_by(actor_id: UUID, since: datetime, *, most: int) -> list[UUID]:
    """The cases an actor did something to since a moment, up to ``most``."""
    rows = await transaction.current().connection.execute_query_dict(_CHANGED_BY, [actor_id, since, most])
    return [row["subject_id"] for row in rows]


async def undo_all(case_ids: Sequence[UUID], what: Whose, *, by: Actor, look_only: bool = False) -> list[Judged]:
    """Takes back what can be. What was to follow outside and waits still does not happen; gates open."""
    await stand(case_ids, by=by, look_only=look_only)
    told = await withdraw(
        case_ids, by=by, batch_id=what.batch_id, actor_id=what.actor_id, since=what.since, look_only=True
    )
    blocked: dict[UUID, Refusal] = {id: EnforcementSent() for id in told}  # noqa: A001
    judged = await restore_all(case_ids, what, by=by, blocked=blocked, look_only=look_only)
    restored = [id for one in judged if one.seqs and any(one.seqs) for id in one.case_ids]  # noqa: A001
    if restored:
        await withdraw(restored, by=by, batch_id=what.batch_id, actor_id=what.actor_id, since=what.since)
    if what.batch_id is not None and not look_only:
        ours = [id for one in judged if not isinstance(one.refusal, NotPartOfIt) for id in one.case_ids]  # noqa: A001
        await gates.lift(what.batch_id, subjects=ours)
    return judged
