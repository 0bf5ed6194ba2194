"""What an inquiry and its messages can be."""

from enum import StrEnum


class InquiryKind(StrEnum):
    """What somebody outside wants."""

    QUESTION = "QUESTION"
    FEEDBACK = "FEEDBACK"
    COMPLAINT = "COMPLAINT"
    REQUEST = "REQUEST"


class InquiryState(StrEnum):
    """Whose turn it is: ours while OPEN, the requester's while ANSWERED, nobody's once CLOSED."""

    OPEN = "OPEN"
    ANSWERED = "ANSWERED"
    CLOSED = "CLOSED"


class MessageDirection(StrEnum):
    """INBOUND from the requester, OUTBOUND to them, or a NOTE that never leaves the desk."""

    INBOUND = "INBOUND"
    OUTBOUND = "OUTBOUND"
    NOTE = "NOTE"


class CaseRelation(StrEnum):
    """Whether an inquiry was linked to a case that was there, or became one."""

    LINKED = "LINKED"
    CONVERTED = "CONVERTED"
