"""What a decision and an enforcement can be. The words are the glossary's."""

from enum import StrEnum


class DecisionKind(StrEnum):
    """What a review came to."""

    VIOLATION = "VIOLATION"
    NO_VIOLATION = "NO_VIOLATION"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    DUPLICATE = "DUPLICATE"
    INSUFFICIENT_INFO = "INSUFFICIENT_INFO"
    REQUEUE = "REQUEUE"


class Automation(StrEnum):
    """How much of a decision was taken without a person: not at all, in part, or wholly."""

    NOT = "NOT"
    PARTIALLY = "PARTIALLY"
    FULLY = "FULLY"


class ApprovalNeed(StrEnum):
    """Whether a second person must agree before a decision stands."""

    NOT_REQUIRED = "NOT_REQUIRED"


class EnforcementAction(StrEnum):
    """What the platform is told to do: WARN the owner, MUTE the stream, LIMIT_REACH, END_STREAM, REMOVE the thing, or
    SUSPEND its owner's account."""

    WARN = "WARN"
    MUTE = "MUTE"
    LIMIT_REACH = "LIMIT_REACH"
    END_STREAM = "END_STREAM"
    REMOVE = "REMOVE"
    SUSPEND = "SUSPEND"


class EnforcementState(StrEnum):
    """Where an enforcement stands with the platform."""

    PLANNED = "PLANNED"
    HELD = "HELD"
    DISPATCHED = "DISPATCHED"
    APPLIED = "APPLIED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    REVERSING = "REVERSING"
    REVERSED = "REVERSED"


class ReceiptState(StrEnum):
    """What a platform's receipt says: it was done, or it will not be."""

    APPLIED = "APPLIED"
    FAILED = "FAILED"
