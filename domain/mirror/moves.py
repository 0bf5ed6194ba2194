"""What a person's move of an issue means for the case: the action it asks for."""

from uuid import UUID

from domain.cases import actions as cases
from domain.cases import workflows
from domain.cases.errors import DecisionNeeded
from domain.cases.models import Case
from domain.cases.states import CaseState, Priority
from domain.core.actor import Actor
from domain.mirror.deciding import Form, decide
from domain.mirror.remote import Field

REASON = "TRACKER"
NOTHING = Form()


async def apply(field: Field, case: Case, value: str | None, *, by: Actor, form: Form = NOTHING) -> None:
    """Runs the action with the actor's own rights; raises what the action refuses."""
    match field:
        case Field.PRIORITY if value is not None:
            await cases.prioritize(case.id, by=by, priority=Priority(value))
        case Field.ASSIGNEE:
            await cases.assign(case.id, by=by, assignee_id=UUID(value) if value else None)
        case Field.STATUS if value is not None:
            await move(case, CaseState(value), by=by, form=form)
        case _:
            pass


async def move(case: Case, to: CaseState, *, by: Actor, form: Form = NOTHING) -> None:
    """The verb a person at the desk would have used. A review case is done by a decision: the filled-in form."""
    match to:
        case CaseState.IN_REVIEW:
            await cases.claim(case.id, by=by)
        case CaseState.QUEUED:
            await _back_to_queue(case, by=by)
        case CaseState.ON_HOLD:
            await cases.hold(case.id, by=by, reason=REASON)
        case CaseState.ESCALATED:
            await cases.escalate(case.id, by=by, reason="Escalated in the tracker.")
        case CaseState.RESOLVED:
            if case.workflow == "review":
                await decide(case, form, by=by)
            else:
                await cases.resolve(case.id, by=by, resolution=REASON)
        case CaseState.CANCELLED:
            await cases.cancel(case.id, by=by, reason=REASON)
        case CaseState.CLOSED:
            await cases.close(case.id, by=by)
        case _:
            workflows.ensure_move(case.workflow, case.state, to)
            raise DecisionNeeded


async def _back_to_queue(case: Case, *, by: Actor) -> None:
    match case.state:
        case CaseState.IN_REVIEW:
            await cases.release(case.id, by=by)
        case CaseState.ON_HOLD:
            await cases.resume(case.id, by=by)
        case CaseState.RESOLVED | CaseState.CLOSED:
            await cases.reopen(case.id, by=by, reason=REASON)
        case _ if case.queue_id is not None:
            await cases.queue(case.id, by=by, queue_id=case.queue_id)
        case _:
            workflows.ensure_move(case.workflow, case.state, CaseState.QUEUED)
