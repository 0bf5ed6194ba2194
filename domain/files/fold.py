"""Evidence is what a case's events say it is: the same function writes its rows and rebuilds them. Pure."""

from collections.abc import Sequence

from domain.cases.events import EvidenceAdded
from domain.core.events import Recorded
from domain.core.tables import Row, Rows, Table

EVIDENCE = (Table("evidence", owner="case_id", sealed=True),)


def evidence_row(event: EvidenceAdded, recorded: Recorded) -> Row:
    """The row of one piece."""
    return {
        "id": event.evidence_id,
        "case_id": recorded.ref.id,
        "file_id": event.file.id,
        "kind": event.evidence_kind,
        "note_id": event.note.id if event.note else None,
        "source_id": event.source.id if event.source else None,
        "captured_at": event.captured_at,
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "added_by_id": recorded.actor_id,
        "added_at": recorded.recorded_at,
    }


def rows(history: Sequence[Recorded]) -> Rows:
    """A case's evidence by all of its events."""
    told = [(recorded.event(), recorded) for recorded in history if recorded.kind == EvidenceAdded.kind]
    return {"evidence": [evidence_row(event, entry) for event, entry in told if isinstance(event, EvidenceAdded)]}
