"""An inquiry is the fold of its events: the same functions write its rows and rebuild them. Pure."""

from collections.abc import Sequence
from typing import Any

from domain.core.actor import ActorKind
from domain.core.content import ContentRef
from domain.core.events import ContentErased, Event, Recorded
from domain.core.tables import Row, Rows, Table
from domain.inquiries import events as happened
from domain.inquiries.states import CaseRelation, InquiryState, MessageDirection

INQUIRY = (
    Table("inquiry"),
    Table("inquiry_message", owner="inquiry_id"),
    Table("inquiry_case", key=("inquiry_id", "case_id", "linked_at"), owner="inquiry_id"),
)

TEXTS = (
    "SELECT id AS subject_id, title_id AS content_id FROM inquiry"
    " UNION ALL SELECT inquiry_id, body_id FROM inquiry_message"
)
"""The texts by which whoever may see an inquiry finds it."""


def changes(event: Event, recorded: Recorded) -> Row:
    """The columns of an inquiry that an event sets."""
    columns: Row = {"version": recorded.seq, "updated_at": recorded.recorded_at}
    match event:
        case happened.InquiryFiled():
            columns |= _filed(event, recorded)
        case happened.MessageReceived():
            columns |= {"state": event.to_state, "closed_at": None, "resolution": None}
        case happened.InquiryReplied():
            columns |= {"state": event.to_state} | ({"first_replied_at": recorded.occurred_at} if event.first else {})
        case happened.InquiryAssigned():
            columns |= {"assignee_id": event.assignee_id, "team_id": event.team_id}
        case happened.InquiryClosed():
            ended = {"closed_at": recorded.occurred_at, "resolution": event.resolution}
            columns |= {"state": InquiryState.CLOSED, **ended}
        case ContentErased():
            return {}
        case _:
            pass
    return columns


def _filed(event: happened.InquiryFiled, recorded: Recorded) -> Row:
    return {
        "number": event.number,
        "kind": event.inquiry_kind,
        "state": event.state,
        "channel": event.channel,
        "external_id": event.external_id,
        "filed_by_id": recorded.actor_id,
        "requester_id": event.requester_id,
        "title_id": event.title.id,
        "team_id": event.team_id,
        "assignee_id": None,
        "language": event.language,
        "resolution": None,
        "opened_at": recorded.occurred_at,
        "first_replied_at": None,
        "closed_at": None,
        "origin": recorded.origin,
    }


def message_row(event: Event, recorded: Recorded) -> Row | None:
    """The row of what was said, where something was. The requester's own words have no author."""
    match event:
        case happened.InquiryFiled() | happened.MessageReceived():
            inbound = _message(recorded, MessageDirection.INBOUND, event.message_id, event.body)
            return {**inbound, "external_id": event.external_id, "author_id": None, "author_kind": None}
        case happened.InquiryReplied():
            return _message(recorded, MessageDirection.OUTBOUND, event.message_id, event.body)
        case happened.InquiryNoted():
            return _message(recorded, MessageDirection.NOTE, event.message_id, event.body)
        case _:
            return None


def _message(recorded: Recorded, direction: MessageDirection, message_id: Any, body: ContentRef) -> Row:
    return {
        "id": message_id,
        "inquiry_id": recorded.ref.id,
        "direction": direction,
        "author_id": recorded.actor_id,
        "author_kind": ActorKind(recorded.actor_kind),
        "body_id": body.id,
        "external_id": None,
        "sent_at": recorded.occurred_at,
    }


def rows(history: Sequence[Recorded]) -> Rows:
    """An inquiry's row, its messages and its cases by all of its events."""
    row: Row = {"id": history[0].ref.id}
    messages: list[Row] = []
    links: list[Row] = []
    for recorded in history:
        event = recorded.event()
        row |= changes(event, recorded)
        if (message := message_row(event, recorded)) is not None:
            messages.append(message)
        match event:
            case happened.InquiryLinked():
                links.append(_link(recorded, event.case_id, CaseRelation.LINKED))
            case happened.InquiryConverted():
                links.append(_link(recorded, event.case_id, CaseRelation.CONVERTED))
            case happened.InquiryUnlinked():
                open_ = [link for link in links if link["case_id"] == event.case_id and link["unlinked_at"] is None]
                open_[-1]["unlinked_at"] = recorded.occurred_at
            case _:
                pass
    return {"inquiry": [row], "inquiry_message": messages, "inquiry_case": links}


def _link(recorded: Recorded, case_id: Any, relation: CaseRelation) -> Row:
    linked = {"linked_at": recorded.occurred_at, "unlinked_at": None}
    return {"inquiry_id": recorded.ref.id, "case_id": case_id, "relation": relation, **linked}
