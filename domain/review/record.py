"""Locking an enforcement, writing what happened to it, sending it, and settling its case."""

from datetime import datetime
from uuid import UUID

from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.record import is_visible
from domain.cases.states import CaseState
from domain.core import effects, events
from domain.core.actor import Actor
from domain.core.errors import NotFound
from domain.core.events import Event, Recorded
from domain.core.transaction import Ref
from domain.review import fold, rules
from domain.review.models import Enforcement
from domain.review.queries import unsettled
from domain.review.states import DecisionKind

DISPATCH = "enforce.dispatch"


def ref(enforcement_id: UUID) -> Ref:
    """The enforcement as a subject of the log."""
    return Ref("enforcement", enforcement_id)


async def locked(enforcement_id: UUID, by: Actor) -> tuple[Case, Enforcement]:
    """The case first, then the enforcement: the order in which a decision locks them, and what makes the last two
    receipts take turns. NOT_FOUND where the actor may not see the case."""
    found = await Enforcement.filter(id=enforcement_id).first()
    case = await Case.filter(id=found.case_id).select_for_update().first() if found else None
    if case is None or not is_visible(case, by):
        raise NotFound("enforcement", enforcement_id)
    return case, await Enforcement.filter(id=enforcement_id).select_for_update().get()


async def record(enforcement: Enforcement, event: Event, *, by: Actor, at: datetime | None = None) -> Recorded:
    """Appends an event about an enforcement and brings its row to their fold."""
    (entry,) = await events.append(ref(enforcement.id), event, by=by, occurred_at=at)
    columns = fold.changes(event, entry, vars(enforcement))
    enforcement.update_from_dict(columns)
    await enforcement.save(update_fields=list(columns))
    return entry


async def send(enforcement: Enforcement) -> None:
    """Has a worker send it: one effect a round, under the key the platform is to know it by."""
    effect_key = rules.key_of(enforcement.id, enforcement.rounds)
    await effects.plan(DISPATCH, key=effect_key, ref=ref(enforcement.id), payload={"key": enforcement.key})


async def settle(case: Case, enforcement: Enforcement, *, by: Actor) -> None:
    """Resolves the case once nothing more is expected of any enforcement of the decision."""
    if case.state is CaseState.ENFORCING and not await unsettled(enforcement.decision_id):
        await cases.mark_resolved(case.id, by=by, resolution=DecisionKind.VIOLATION.value)
