"""A decision for many cases at once. Giving them back undecided goes case by case, each taken back alone where it is
refused."""

from collections.abc import Sequence
from dataclasses import fields
from uuid import UUID

from domain.bulk.asking import Decide
from domain.cases.many import Judged
from domain.core import transaction
from domain.core.actor import Actor
from domain.core.errors import Refusal
from domain.core.transaction import Ref
from domain.review import actions as review
from domain.review import many
from domain.review.many import Verdict
from domain.review.states import DecisionKind


async def decide_all(
    case_ids: Sequence[UUID], asked: Decide, *, by: Actor, whole: bool = False, look_only: bool = False
) -> list[Judged]:
    """Decides each case that allows it, in a few statements however many they are. REQUEUE costs what single
    ones cost."""
    if asked.kind is not DecisionKind.REQUEUE:
        verdict = Verdict(**{each.name: getattr(asked, each.name) for each in fields(Verdict)})
        return await many.decide_all(case_ids, verdict, by=by, whole=whole, look_only=look_only)
    async with transaction.savepoint() as point:
        judged = [await _decide(case_id, asked, by=by) for case_id in sorted(case_ids)]
        if look_only or (whole and any(one.refusal for one in judged)):
            point.take_back()
            seqs = [0] if look_only else None
            judged = [Judged(one.case_ids, one.refusal, None if one.refusal else seqs) for one in judged]
    return judged


async def _decide(case_id: UUID, asked: Decide, *, by: Actor) -> Judged:
    try:
        async with transaction.savepoint():
            await review.decide(
                case_id,
                by=by,
                kind=asked.kind,
                reasoning=asked.reasoning,
                policy_keys=asked.policy_keys,
                actions=asked.actions,
                private_note=asked.private_note,
                automation=asked.automation,
            )
    except Refusal as refusal:
        return Judged([case_id], refusal)
    return Judged([case_id], seqs=[transaction.current().touched[Ref("case", case_id)]])
