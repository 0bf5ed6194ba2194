"""The rows that follow from the events of subjects, signals and cases: actions write them, a rebuild compares. Pure."""

from collections.abc import Sequence
from uuid import UUID

from domain.cases import fold
from domain.cases.events import (
    CaseCommented,
    CaseRestored,
    SignalAttached,
    SignalFiled,
    SignalJudged,
    SubjectChanged,
    SubjectSeen,
)
from domain.cases.states import SignalOutcome
from domain.core.events import Event, Recorded
from domain.core.tables import Row, Rows, Table

SUBJECT = (Table("subject"),)
SIGNAL = (Table("signal"),)
CASE = (
    Table("case"),
    Table("case_comment", owner="case_id"),
    Table("case_signal", key=("case_id", "signal_id", "attached_at"), owner="case_id"),
)

TEXTS = (
    'SELECT id AS subject_id, title_id AS content_id FROM "case" UNION ALL SELECT case_id, body_id FROM case_comment'
)
"""The texts by which whoever may see a case finds it."""


def subject_columns(event: Event, recorded: Recorded) -> Row:
    """The columns of a subject that an event sets."""
    columns: Row = {"version": recorded.seq, "updated_at": recorded.recorded_at}
    match event:
        case SubjectSeen():
            columns |= {
                "kind": event.subject_kind,
                "external_ref": event.external_ref,
                "parent_id": event.parent_id,
                "owner_ref": event.owner_ref,
                "live": event.live,
                "reach": event.reach,
                "started_at": recorded.recorded_at if event.live else None,
                "ended_at": None,
                "created_at": recorded.recorded_at,
            }
        case SubjectChanged():
            columns |= event.model_dump(include={"live", "reach", "started_at", "ended_at"})
        case _:
            return {}
    return columns


def signal_columns(event: Event, recorded: Recorded) -> Row:
    """The columns of a signal that an event sets."""
    match event:
        case SignalFiled():
            return {
                "subject_id": event.subject_id,
                "origin": event.signal_origin,
                "channel": event.channel,
                "reporter_id": event.reporter_id,
                "reporter_mark": event.reporter_mark,
                "reporter_agreed": event.reporter_agreed,
                "reporter_disagreed": event.reporter_disagreed,
                "filed_by_id": recorded.actor_id,
                "rule_version": event.rule_version,
                "reason_code": event.reason_code,
                "confidence": event.confidence,
                "detail_id": event.detail.id if event.detail else None,
                "dedupe_key": event.dedupe_key,
                "outcome": SignalOutcome.PENDING,
                "version": recorded.seq,
                "received_at": recorded.recorded_at,
            }
        case SignalJudged():
            return {"outcome": event.outcome, "version": recorded.seq}
        case _:
            return {}


def comment_row(event: CaseCommented, recorded: Recorded) -> Row:
    """A remark's row."""
    return {
        "id": event.comment_id,
        "case_id": recorded.ref.id,
        "author_id": recorded.actor_id,
        "body_id": event.body.id,
        "visibility": event.visibility,
        "source": recorded.source.system if recorded.source else None,
        "source_event_id": recorded.source.event_id if recorded.source else None,
        "created_at": recorded.occurred_at,
    }


def subject_rows(history: Sequence[Recorded]) -> Rows:
    """A subject's row by all of its events."""
    row: Row = {"id": history[0].ref.id}
    for recorded in history:
        row |= subject_columns(recorded.event(), recorded)
    return {"subject": [row]}


def signal_rows(history: Sequence[Recorded]) -> Rows:
    """A signal's row by all of its events."""
    row: Row = {"id": history[0].ref.id}
    for recorded in history:
        row |= signal_columns(recorded.event(), recorded)
    return {"signal": [row]}


def case_rows(history: Sequence[Recorded]) -> Rows:
    """A case's row, its remarks and its signals by all of its events. A lease is operational: no event makes it."""
    case_id: UUID = history[0].ref.id
    row: Row = {"id": case_id, "reopen_count": 0, "tier": 0, "hold_until": None}
    comments: list[Row] = []
    signals: list[Row] = []
    for recorded in history:
        event = recorded.event()
        row |= fold.changes(event, recorded)
        row["reopen_count"] += fold.reopens(event)
        match event:
            case CaseRestored():
                comments = [each for each in comments if each["id"] not in event.withdrawn_comments]
            case CaseCommented():
                comments.append(comment_row(event, recorded))
            case SignalAttached():
                attached = {"signal_id": event.signal_id, "attached_at": recorded.occurred_at, "detached_at": None}
                signals.append({"case_id": case_id, **attached})
            case _:
                pass
    return {"case": [row], "case_comment": comments, "case_signal": signals}
