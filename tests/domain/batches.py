"""What the tests of batches start from."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.bulk.choosing import Choice
from domain.bulk.models import BulkItem, BulkOperation
from domain.cases import actions as cases
from domain.cases.events import CaseOpened
from domain.cases.models import Case, Queue
from domain.cases.opening import opening
from domain.cases.record import folded, ref
from domain.cases.states import CaseKind, CaseState, Severity
from domain.core.actor import Actor
from domain.core.events import Entry, append_entries
from domain.core.ids import new_id
from domain.core.models import Event
from domain.core.transaction import transaction
from domain.people.roles import Role
from tests.builders import SYSTEM, a_person, a_queue, a_team

KEPT = ("state", "queue_id", "assignee_id", "severity", "priority", "hold_reason", "hold_until", "tier", "resolution",
        "reopen_count")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Floor:
    """A team with two queues, a reviewer and a lead."""

    queue: Queue
    other: Queue
    ada: Actor
    bo: Actor


async def a_floor() -> Floor:
    team = await a_team()
    queue, other = await a_queue(team=team.id), await a_queue("other", team=team.id, position=2)
    ada, bo = await a_person("Ada", team=team.id), await a_person("Bo", Role.LEAD, team=team.id, lead=True)
    return Floor(queue, other, ada, bo)


async def some_cases(by: Actor, number: int, *, kind: CaseKind = CaseKind.SERVICE) -> list[UUID]:
    return [(await cases.open_case(f"Case {each}", by=by, kind=kind)).id for each in range(number)]


def named(ids: Sequence[UUID]) -> Choice:
    return Choice(ids=ids)


async def told(operation: BulkOperation) -> dict[UUID | str | None, tuple[str, str | None]]:
    """By case, or the name given: what became of it and why."""
    return {
        item.case_id or item.given: (item.outcome.value, item.code)
        for item in await BulkItem.filter(operation_id=operation.id)
    }


async def standing(ids: Sequence[UUID]) -> list[dict[str, object]]:
    """Where cases stand, in this order; moments and versions left out."""
    rows = {row.id: row for row in await Case.filter(id__in=list(ids))}
    return [{name: getattr(rows[each], name) for name in KEPT} for each in ids]


async def histories(ids: Sequence[UUID]) -> list[list[str]]:
    """The kinds of what happened to each case, in order."""
    return [[event.kind for event in await Event.filter(subject_id=each).order_by("seq")] for each in ids]


async def many_cases(queue: Queue, number: int) -> list[UUID]:
    """So many waiting cases, by their events and in a few statements."""
    ids: list[UUID] = []
    for first in range(0, number, 500):
        async with transaction():
            made = [Case(id=new_id(), reopen_count=0, tier=0) for _ in range(first, min(number, first + 500))]
            entries = [Entry(ref(case.id), await _opening(case.id, queue)) for case in made]
            recorded = await append_entries(entries, by=SYSTEM)
            for case, entry, one in zip(made, entries, recorded, strict=True):
                folded(case, [(entry.event, one)])
            await Case.bulk_create(made)
            ids += [case.id for case in made]
    return sorted(ids)


async def _opening(case_id: UUID, queue: Queue) -> CaseOpened:
    opened = await opening(
        case_id,
        "Spam",
        kind=CaseKind.REACTIVE,
        severity=Severity.SEV3,
        priority=None,
        state=CaseState.QUEUED,
    )
    return opened.model_copy(update={"queue_id": queue.id, "team_id": queue.team_id})
