"""What a contact method and a notification can be."""

from enum import StrEnum


class ContactKind(StrEnum):
    """The way a person can be reached."""

    EMAIL = "EMAIL"
    CONSOLE = "CONSOLE"


class Urgency(StrEnum):
    """How a page is sent: HIGH rather twice than never, LOW never twice."""

    HIGH = "HIGH"
    LOW = "LOW"


class NotificationState(StrEnum):
    """Where a notification stands. UNKNOWN: it may have been sent, and nobody can tell."""

    PENDING = "PENDING"
    SENDING = "SENDING"
    ACCEPTED = "ACCEPTED"
    DELIVERED = "DELIVERED"
    READ = "READ"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


OPEN = frozenset({NotificationState.PENDING, NotificationState.SENDING})
"""Not settled yet: the sender may still act on it."""
