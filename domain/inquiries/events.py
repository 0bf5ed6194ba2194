"""What happens to inquiries. Texts are content; the requester is an id."""

from uuid import UUID

from domain.core.actor import ActorKind
from domain.core.content import ContentRef, FileRef
from domain.core.events import Event
from domain.inquiries.states import InquiryKind, InquiryState


class InquiryFiled(Event):
    """The first message is part of it: no MessageReceived is appended for that one."""

    number: int
    inquiry_kind: InquiryKind
    channel: str
    external_id: str
    state: InquiryState
    requester_id: UUID | None
    title: ContentRef
    message_id: UUID
    body: ContentRef
    team_id: UUID | None = None
    language: str | None = None


class MessageReceived(Event):
    """The requester wrote again; a closed or answered inquiry is open with it."""

    message_id: UUID
    body: ContentRef
    external_id: str | None = None
    from_state: InquiryState
    to_state: InquiryState = InquiryState.OPEN


class InquiryReplied(Event):
    """We wrote. ``by_kind`` tells a person's answer from a machine's; ``first`` marks the first by a person."""

    message_id: UUID
    body: ContentRef
    by_kind: ActorKind
    first: bool
    from_state: InquiryState
    to_state: InquiryState


class InquiryNoted(Event):
    message_id: UUID
    body: ContentRef


class InquiryFilesAttached(Event):
    """Files were added to a message by whoever wrote it or took it in."""

    message_id: UUID
    files: tuple[FileRef, ...]


class InquiryAssigned(Event):
    assignee_id: UUID | None
    team_id: UUID | None


class InquiryLinked(Event):
    case_id: UUID


class InquiryUnlinked(Event):
    case_id: UUID


class InquiryConverted(Event):
    case_id: UUID


class InquiryClosed(Event):
    """Nothing more is expected of either side."""

    from_state: InquiryState
    to_state: InquiryState = InquiryState.CLOSED
    resolution: str
