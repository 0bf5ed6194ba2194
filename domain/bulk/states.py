"""What a batch does, and where it and each of its rows stand."""

from enum import StrEnum


class BulkAction(StrEnum):
    """What a batch does to each of its cases."""

    QUEUE = "QUEUE"
    HOLD = "HOLD"
    RESUME = "RESUME"
    RELEASE = "RELEASE"
    CLAIM = "CLAIM"
    ESCALATE = "ESCALATE"
    RESOLVE = "RESOLVE"
    CLOSE = "CLOSE"
    REOPEN = "REOPEN"
    CANCEL = "CANCEL"
    ASSIGN = "ASSIGN"
    PRIORITIZE = "PRIORITIZE"
    COMMENT = "COMMENT"
    DECIDE = "DECIDE"
    UNDO = "UNDO"


class BulkErrorPolicy(StrEnum):
    """What the refusal of one case means for the others."""

    ALL_OR_NOTHING = "ALL_OR_NOTHING"
    SKIP_FAILED = "SKIP_FAILED"


class BulkState(StrEnum):
    """Where a batch stands."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"
    STOPPED = "STOPPED"


OPEN = frozenset({BulkState.PENDING, BulkState.RUNNING})


class BulkOutcome(StrEnum):
    """What became of one case of a batch."""

    APPLIED = "APPLIED"
    UNCHANGED = "UNCHANGED"
    SKIPPED = "SKIPPED"
