"""What came of a write that the tracker understood. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from domain.mirror.remote import Field, RemoteIssue, RemoteStatus


@dataclass(frozen=True, slots=True)
class Created:
    """`skipped` are fields that could not be sent (an unmapped assignee, for one)."""

    issue_id: str
    key: str
    skipped: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Updated:
    """`issue` is read back after the write: its values are the next baseline."""

    issue: RemoteIssue
    skipped: tuple[Field, ...] = ()
    ignored: tuple[Field, ...] = ()
    """Accepted by the tracker and yet unchanged when read back."""


@dataclass(frozen=True, slots=True)
class Moved:
    """`hops` are the statuses passed through, the target last; empty when it was there already."""

    status: RemoteStatus
    hops: tuple[RemoteStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class ScreenField:
    """A field a transition's screen demands and nobody has a value for."""

    id: str
    name: str
    allowed: tuple[str, ...] = ()


class BlockedBy(StrEnum):
    """Why a status cannot be reached."""

    UNMAPPED_STATE = "UNMAPPED_STATE"
    FORBIDDEN_STATUS = "FORBIDDEN_STATUS"
    NO_PATH = "NO_PATH"
    MISSING_FIELDS = "MISSING_FIELDS"
    REFUSED = "REFUSED"
    KEEPS_CHANGING = "KEEPS_CHANGING"


@dataclass(frozen=True, slots=True)
class Blocked:
    """The workflow does not allow the move now. Retry when the remote status or the mapping changes, not by time."""

    reason: BlockedBy
    status: RemoteStatus | None = None
    available: tuple[RemoteStatus, ...] = ()
    missing: tuple[ScreenField, ...] = ()
    hops: tuple[RemoteStatus, ...] = ()
    messages: tuple[str, ...] = ()
