"""What review made of the signals of a case."""

from uuid import UUID

from domain.cases.events import SignalJudged
from domain.cases.models import CaseSignal, Signal
from domain.cases.record import locked
from domain.cases.states import SignalOutcome
from domain.core import events
from domain.core.actor import Actor
from domain.core.transaction import Ref, atomic


@atomic
async def judge_signals(case_id: UUID, *, by: Actor, outcome: SignalOutcome) -> int:
    """Gives every signal attached to the case its outcome; says how many changed. Called by the review capability.

    INVALID ones keep theirs: they never counted.
    """
    by.ensure("case.decide")
    await locked(case_id, by)
    attached = await CaseSignal.filter(case_id=case_id, detached_at=None).values_list("signal_id", flat=True)
    judged = await (
        Signal.filter(id__in=attached).exclude(outcome__in=[outcome, SignalOutcome.INVALID])
        .order_by("id").select_for_update()
    )  # fmt: skip
    for signal in judged:
        (entry,) = await events.append(Ref("signal", signal.id), SignalJudged(outcome=outcome), by=by)
        signal.outcome, signal.version = outcome, entry.seq
        await signal.save(update_fields=["outcome", "version"])
    return len(judged)
