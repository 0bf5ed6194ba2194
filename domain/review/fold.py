"""Decisions and enforcements as the folds of their events: actions write by them, a rebuild compares. Pure.

``Enforcement.attempts`` is no part of it: it counts tries at sending, most of which are no event.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.core.actor import ActorKind
from domain.core.events import Event, Recorded
from domain.core.tables import Row, Rows, Table
from domain.review import events as happened
from domain.review.rules import key_of
from domain.review.states import EnforcementState

DECISION = (
    Table("decision", sealed=True),
    Table("decision_policy", key=("decision_id", "version_id"), owner="decision_id", sealed=True),
)
ENFORCEMENT = (Table("enforcement"),)


def changes(event: Event, recorded: Recorded, before: Mapping[str, Any]) -> Row:
    """The columns of an enforcement that an event sets, given those that stood ``before``."""
    columns = (
        _planned(event, recorded)
        if isinstance(event, happened.EnforcementPlanned)
        else _changes(event, recorded, before)
    )
    return {} if columns is None else columns | {"version": recorded.seq, "updated_at": recorded.recorded_at}


def _changes(event: Event, recorded: Recorded, before: Mapping[str, Any]) -> Row | None:
    match event:
        case happened.EnforcementDispatched():
            return {"state": EnforcementState.DISPATCHED}
        case happened.EnforcementAccepted():
            return {"external_id": event.external_id}
        case happened.EnforcementApplied():
            return {
                "state": EnforcementState.APPLIED,
                "receipt": event.receipt,
                "failure_code": None,
                "external_id": event.external_id or before["external_id"],
                "applied_at": recorded.occurred_at,
                "ends_at": recorded.occurred_at + before["lasting"] if before["lasting"] else None,
            }
        case happened.EnforcementFailed():
            return {"state": EnforcementState.FAILED, "failure_code": event.code}
        case happened.EnforcementRetried():
            again = {"key": event.key, "failure_code": None, "rounds": before["rounds"] + 1}
            return {"state": EnforcementState.PLANNED, **again}
        case happened.EnforcementWaived():
            return {"waived_at": recorded.occurred_at}
        case happened.EnforcementExpired():
            return {"state": EnforcementState.EXPIRED}
        case _:
            return None


def _planned(event: happened.EnforcementPlanned, recorded: Recorded) -> Row:
    return {
        "decision_id": event.decision_id,
        "case_id": event.case_id,
        "subject_id": event.subject_id,
        "action": event.action,
        "lasting": event.lasting,
        "state": EnforcementState.PLANNED,
        "key": key_of(recorded.ref.id, 1),
        "rounds": 1,
        "external_id": None,
        "receipt": None,
        "failure_code": None,
        "planned_at": recorded.occurred_at,
        "applied_at": None,
        "ends_at": None,
        "waived_at": None,
    }


def enforcement_rows(history: Sequence[Recorded]) -> Rows:
    """An enforcement's row by all of its events."""
    row: Row = {"id": history[0].ref.id}
    for recorded in history:
        row |= changes(recorded.event(), recorded, row)
    return {"enforcement": [row]}


def decision_row(made: happened.DecisionMade, recorded: Recorded) -> Row:
    """A decision's row."""
    return {
        "id": recorded.ref.id,
        "case_id": made.case_id,
        "kind": made.decision_kind,
        "reasoning_id": made.reasoning.id,
        "private_note_id": made.private_note.id if made.private_note else None,
        "decided_by_id": recorded.actor_id,
        "person_id": made.person_id,
        "actor_kind": ActorKind(recorded.actor_kind),
        "automation": made.automation,
        "approval": made.approval,
        "override_of_id": made.override_of,
        "decided_at": recorded.occurred_at,
    }


def decision_rows(history: Sequence[Recorded]) -> Rows:
    """A decision's row and the policies it stands on by its events."""
    decisions: list[Row] = []
    policies: list[Row] = []
    for recorded in history:
        made = recorded.event()
        if isinstance(made, happened.DecisionMade):
            decisions.append(decision_row(made, recorded))
            policies += [
                {"decision_id": recorded.ref.id, "version_id": policy.version_id, "policy_key": policy.key}
                for policy in made.policies
            ]
    return {"decision": decisions, "decision_policy": policies}
