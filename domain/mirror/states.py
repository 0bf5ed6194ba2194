"""What the mirror's rows can be."""

from enum import StrEnum


class MirrorConnectionState(StrEnum):
    """Whether a tracker answers."""

    OK = "OK"
    DEGRADED = "DEGRADED"
    """Failing; tried again at `retry_at`."""
    OPEN = "OPEN"
    """Nothing is sent: the credentials were refused. One cheap call is tried at `retry_at`."""


class MirrorPause(StrEnum):
    """Why nothing is sent until a person says so."""

    ASKED = "ASKED"
    REWOUND = "REWOUND"
    """The tracker holds something we sent and know nothing of: our database went back to an earlier state."""


class MirrorLinkState(StrEnum):
    """How a case stands with its issue."""

    PENDING = "PENDING"
    IN_DOUBT = "IN_DOUBT"
    LINKED = "LINKED"
    BLOCKED = "BLOCKED"
    REMOTE_GONE = "REMOTE_GONE"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    DETACHED = "DETACHED"


class MirrorOperationKind(StrEnum):
    """What is to be done. SYNC makes both sides equal, whatever changed; NOTE and COMMENT are written once each."""

    CREATE = "CREATE"
    SYNC = "SYNC"
    COMMENT = "COMMENT"
    NOTE = "NOTE"


class MirrorOperationState(StrEnum):
    """Where an operation stands. IN_DOUBT: it was sent and may have happened."""

    PENDING = "PENDING"
    IN_DOUBT = "IN_DOUBT"
    DONE = "DONE"
    BLOCKED = "BLOCKED"
    DEAD = "DEAD"
    SKIPPED = "SKIPPED"


DUE_STATES = (MirrorOperationState.PENDING, MirrorOperationState.IN_DOUBT)


class InboxState(StrEnum):
    """What became of a delivery."""

    RECEIVED = "RECEIVED"
    DONE = "DONE"
    IGNORED = "IGNORED"
    QUARANTINED = "QUARANTINED"


class MirrorConflictState(StrEnum):
    """OPEN waits for a person; SETTLED kept one side by policy; BOUNCED was refused by the desk and moved back."""

    OPEN = "OPEN"
    SETTLED = "SETTLED"
    BOUNCED = "BOUNCED"
    RESOLVED = "RESOLVED"


class MirrorWinner(StrEnum):
    """Whose value stays when both sides changed one field."""

    CASE = "CASE"
    TRACKER = "TRACKER"
    NOBODY = "NOBODY"
    """A person decides; both sides keep their own value until then."""
