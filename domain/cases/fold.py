"""A case is the fold of its events: the same function writes its row and rebuilds it."""

from typing import Any, get_args

from domain.cases import events as happened
from domain.cases.states import CaseState
from domain.core.events import ContentErased, Event, Recorded

ENDED = frozenset({CaseState.RESOLVED, CaseState.CLOSED, CaseState.MERGED, CaseState.CANCELLED})
OPEN = frozenset(CaseState) - ENDED
RESTORED: tuple[happened.Restorable, ...] = get_args(happened.Restorable)


def changes(event: Event, recorded: Recorded) -> dict[str, Any]:
    """The columns of a case that an event sets, ``version`` and ``updated_at`` included. An erasure sets none: nothing
    about the case changed."""
    if isinstance(event, ContentErased):
        return {}
    columns: dict[str, Any] = {"version": recorded.seq, "updated_at": recorded.recorded_at}
    match event:
        case happened.CaseOpened():
            columns |= _opened(event, recorded)
        case happened.CaseAssigned():
            columns["assignee_id"] = event.assignee_id
        case happened.CaseDetailsChanged():
            columns["details"] = event.details
        case happened.CasePrioritized():
            columns |= {"severity": event.severity, "priority": event.priority}
        case happened.Moved():
            columns |= _moved(event, recorded)
        case happened.CaseRestored():
            columns |= {name: getattr(event, name) for name in RESTORED}
        case _:
            pass
    return columns


def _opened(event: happened.CaseOpened, recorded: Recorded) -> dict[str, Any]:
    return {
        "number": event.number,
        "kind": event.case_kind,
        "workflow": event.workflow,
        "state": event.state,
        "subject_id": event.subject_id,
        "title_id": event.title.id,
        "severity": event.severity,
        "priority": event.priority,
        "sensitivity": event.sensitivity,
        "queue_id": event.queue_id,
        "team_id": event.team_id,
        "assignee_id": event.assignee_id,
        "hold_reason": event.hold_reason,
        "resolution": event.resolution,
        "reason_code": event.reason_code,
        "language": event.language,
        "region": event.region,
        "details": event.details,
        "opened_at": recorded.occurred_at,
        "resolved_at": recorded.occurred_at if event.state is CaseState.RESOLVED else None,
        "origin": recorded.origin,
    }


def _moved(event: happened.Moved, recorded: Recorded) -> dict[str, Any]:
    columns: dict[str, Any] = {"state": event.to_state, "hold_reason": None, "hold_until": None}
    if event.to_state is CaseState.RESOLVED:
        columns["resolved_at"] = recorded.occurred_at
    elif event.to_state in OPEN:
        columns |= {"resolved_at": None, "resolution": None}
    match event:
        case happened.CaseQueued():
            columns |= {"queue_id": event.queue_id, "team_id": event.team_id}
        case happened.CaseClaimed():
            columns["assignee_id"] = event.assignee_id
        case happened.CaseHeld():
            columns |= {"hold_reason": event.hold_reason, "hold_until": event.hold_until}
        case happened.CaseEscalated():
            columns["tier"] = event.tier
        case happened.CaseResolved():
            columns["resolution"] = event.resolution
        case happened.CaseMoved():
            columns |= {"hold_reason": event.hold_reason, "resolution": event.resolution}
            columns |= {"assignee_id": event.assignee_id} if event.assignee_id else {}
            columns |= {"details": event.details} if event.details is not None else {}
        case _:
            pass
    return columns


def reopens(event: Event) -> int:
    """How much an event adds to ``reopen_count``: every move out of RESOLVED or CLOSED into open work counts."""
    if not isinstance(event, happened.Moved):
        return 0
    return int(event.from_state in {CaseState.RESOLVED, CaseState.CLOSED} and event.to_state in OPEN)
