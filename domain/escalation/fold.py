"""A page is the fold of its events: the same function writes its row and rebuilds it. Pure.

How far a run is (``PageRun``) is operational: it follows from timers, and its steps are told as events of the page.
"""

from collections.abc import Sequence

from domain.core.events import ContentErased, Event, Recorded
from domain.core.tables import Row, Rows, Table
from domain.escalation import events as happened
from domain.escalation.states import PageStatus

PAGE = (Table("page"),)


def changes(event: Event, recorded: Recorded) -> Row:
    """The columns of a page that an event sets."""
    columns: Row = {"version": recorded.seq, "updated_at": recorded.recorded_at}
    match event:
        case happened.PageRaised():
            columns |= _raised(event, recorded)
        case happened.PageRepeated():
            columns |= {"occurrences": event.occurrences, "urgency": event.urgency}
        case happened.PageExhausted():
            columns |= {"status": PageStatus.EXHAUSTED}
        case happened.PageAcknowledged():
            owner = {"owner_id": event.person_id, "acknowledged_at": recorded.recorded_at}
            columns |= {"status": PageStatus.ACKNOWLEDGED, **owner}
        case happened.PageAcknowledgementLapsed():
            columns |= {"status": PageStatus.TRIGGERED, "owner_id": None, "acknowledged_at": None}
        case happened.PageResolved():
            columns |= {"status": PageStatus.RESOLVED, "resolved_at": recorded.recorded_at}
        case ContentErased():
            return {}
        case _:
            pass
    return columns


def _raised(event: happened.PageRaised, recorded: Recorded) -> Row:
    told = {"number", "policy_key", "subject_type", "subject_id", "dedup_key", "urgency"}
    return {
        **event.model_dump(include=told),
        "title_id": event.title.id,
        "status": PageStatus.TRIGGERED,
        "owner_id": None,
        "occurrences": 1,
        "opened_at": recorded.recorded_at,
        "acknowledged_at": None,
        "resolved_at": None,
    }


def rows(history: Sequence[Recorded]) -> Rows:
    """A page's row by all of its events."""
    row: Row = {"id": history[0].ref.id}
    for recorded in history:
        row |= changes(recorded.event(), recorded)
    return {"page": [row]}
