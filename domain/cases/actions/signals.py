"""What review made of the signals of a case."""

from uuid import UUID

from domain.cases.events import SignalJudged
from domain.cases.models import CaseSignal, Signal
from domain.cases.record import locked
from domain.cases.states import SignalOutcome
from domain.cases.tables import signal_columns
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
        verdict = SignalJudged(outcome=outcome)
        (entry,) = await events.append(Ref("signal", signal.id), verdict, by=by)
        columns = signal_columns(verdict, entry)
        signal.update_from_dict(columns)
        await signal.save(update_fields=list(columns))
    return len(judged)
