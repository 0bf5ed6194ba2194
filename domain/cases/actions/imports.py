"""Bringing in a case with its whole history from elsewhere: the same events and rules as opening and moving it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from domain.cases.events import CaseAssigned, CaseDetailsChanged, CaseMoved
from domain.cases.models import Case
from domain.cases.opening import opening
from domain.cases.record import folded, locked, ref
from domain.cases.states import CaseKind, CaseState, Priority, Severity
from domain.core import events
from domain.core.actor import Actor, Tool
from domain.core.errors import Forbidden
from domain.core.events import Entry, Event, Source
from domain.core.ids import new_id
from domain.core.transaction import atomic

Details = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one foreign fact changed; None leaves what was. A step into the state the case is in already is no move:
    then only a change of assignee or details is written."""

    occurred_at: datetime
    source: Source
    to: CaseState
    hold_reason: str | None = None
    resolution: str | None = None
    assignee_id: UUID | None = None
    details: Details | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A case from elsewhere: how it was opened, and every later step in order of time."""

    title: str
    kind: CaseKind
    priority: Priority
    opened: Step
    severity: Severity = Severity.SEV3
    steps: Sequence[Step] = field(default=())


@atomic
async def bring_in(history: History, *, by: Actor) -> Case:
    """Opens a case in the state of its first fact and writes all that followed, in one transaction and one round trip
    for all events. Nothing is routed. A live actor's import arms timers as if it had happened here; an IMPORT's arms
    none. Raises IntegrityError where a fact came before."""
    _ensure_import(by)
    first = history.opened
    case = Case(id=new_id(), reopen_count=0, tier=0)
    opened = await opening(
        case.id,
        history.title,
        kind=history.kind,
        severity=history.severity,
        priority=history.priority,
        state=first.to,
        hold_reason=first.hold_reason,
        resolution=first.resolution,
        assignee_id=first.assignee_id,
        details=dict(first.details or {}),
    )
    entries = [Entry(ref(case.id), opened, first.occurred_at, first.source)]
    entries += _entries(case.id, first.to, first.assignee_id, history.steps)
    recorded = await events.append_entries(entries, by=by)
    folded(case, ((entry.event, one) for entry, one in zip(entries, recorded, strict=True)))
    await case.save(force_create=True)
    return case


@atomic
async def bring_on(case_id: UUID, *, by: Actor, steps: Sequence[Step]) -> Case:
    """Writes what has happened elsewhere since to a case brought in before."""
    _ensure_import(by)
    case, _facts = await locked(case_id, by)
    if entries := _entries(case.id, case.state, case.assignee_id, steps):
        recorded = await events.append_entries(entries, by=by)
        columns = folded(case, ((entry.event, one) for entry, one in zip(entries, recorded, strict=True)))
        await case.save(update_fields=list(columns))
    return case


def _ensure_import(by: Actor) -> None:
    by.ensure("case.import")
    if by.tool is not Tool.IMPORT:
        raise Forbidden("Only an import may write a history. Use the actions that say what happens.")


def _entries(case_id: UUID, state: CaseState, assignee_id: UUID | None, steps: Sequence[Step]) -> list[Entry]:
    entries = []
    for step in steps:
        assignee_id = step.assignee_id or assignee_id
        first, *rest = _happened(state, assignee_id, step)
        # A source is accepted once, so of several facts of one step the first carries it.
        entries.append(Entry(ref(case_id), first, step.occurred_at, step.source))
        entries += [Entry(ref(case_id), event, step.occurred_at) for event in rest]
        state = step.to
    return entries


def _happened(state: CaseState, assignee_id: UUID | None, step: Step) -> list[Event]:
    details = None if step.details is None else dict(step.details)
    if step.to is not state:
        return [
            CaseMoved(
                from_state=state,
                to_state=step.to,
                hold_reason=step.hold_reason,
                resolution=step.resolution,
                assignee_id=assignee_id,
                details=details,
            )
        ]
    found: list[Event] = [] if details is None else [CaseDetailsChanged(details=details)]
    if step.assignee_id is not None or not found:
        found.append(CaseAssigned(assignee_id=assignee_id))
    return found
