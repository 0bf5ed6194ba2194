"""The tracker on the other side of the mirror, in the mirror's own words.

Every operation answers with a value, never with an exception: what happened on the far side decides what may be
done next, and a lost reply to a create must not look like a refused one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Protocol, TypeAlias, TypeVar

T = TypeVar("T")


class Field(StrEnum):
    """The fields of a case that can have a counterpart in a tracker."""

    SUMMARY = "summary"
    DESCRIPTION = "description"
    PRIORITY = "priority"
    ASSIGNEE = "assignee"
    DUE = "due"
    CLOCK_STATE = "clock_state"
    RANK = "rank"
    LABELS = "labels"
    STATUS = "status"
    POLICY = "policy"
    DECISION = "decision"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class RemotePerson:
    """Somebody the tracker knows. `person` is our id for them, None when the mapping names nobody."""

    account: str
    name: str
    person: str | None = None


FieldValue: TypeAlias = str | datetime | date | Decimal | tuple[str, ...] | RemotePerson | None
"""PRIORITY `P1`…`P5`; ASSIGNEE our person id outward and `RemotePerson` inward; DUE aware UTC; RANK Decimal; LABELS
sorted strings; STATUS a state of a case; the rest text. None clears."""

FieldValues: TypeAlias = Mapping[Field, FieldValue]


@dataclass(frozen=True, slots=True)
class LinkProof:
    """Which case an issue belongs to, as written on the issue where a clone does not copy it."""

    case: str
    connection: str
    marker: str


@dataclass(frozen=True, slots=True)
class IssueDraft:
    """An issue to be made. `proof.marker` becomes its label, which is how a lost reply is found again."""

    proof: LinkProof
    fields: FieldValues
    case_url: str | None = None


@dataclass(frozen=True, slots=True)
class RemoteStatus:
    """A status as the tracker has it; mapped by `id`, `name` is for display."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class RemoteComment:
    """`marker` is set when we wrote it. `internal` comments are hidden from requesters."""

    id: str
    author: RemotePerson
    body: str
    created: datetime
    updated: datetime
    internal: bool = False
    marker: str | None = None


@dataclass(frozen=True, slots=True)
class RemoteIssue:
    """One issue as read.

    `states` are the case states its status stands for (empty: an unmapped status, never guess), `state` the one
    meant when a person moves it there. `marker` is the label, which clones copy; `proof` they do not. `unread` are
    fields whose value had no meaning under the mapping, with the raw value as text. `in_scope` is false when it was
    moved to a project outside the allowed ones.
    """

    id: str
    key: str
    project: str
    status: RemoteStatus
    state: str | None
    states: frozenset[str]
    fields: FieldValues
    updated: datetime
    url: str
    marker: str | None = None
    proof: LinkProof | None = None
    in_scope: bool = True
    unread: Mapping[Field, str] = field(default_factory=dict)
    comments: tuple[RemoteComment, ...] = ()


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


@dataclass(frozen=True, slots=True)
class ChangedIssue:
    """Enough of an issue to tell whether it must be read."""

    id: str
    key: str
    updated: datetime


@dataclass(frozen=True, slots=True)
class ChangePage:
    """One page of changes, oldest first. The mark may move only after the last page (`next_page` is None)."""

    changes: tuple[ChangedIssue, ...]
    next_page: str | None


@dataclass(frozen=True, slots=True)
class BulkRead:
    """`missing` are ids that answered as absent or not visible; the two cannot be told apart."""

    issues: tuple[RemoteIssue, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are over there."""

    id: str
    name: str
    time_zone: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Ok(Generic[T]):
    """Done, and the answer was read."""

    value: T


class RejectedBy(StrEnum):
    """What kind of refusal: only CONFLICT is worth re-reading and trying again."""

    INVALID = "INVALID"
    FORBIDDEN = "FORBIDDEN"
    CONFLICT = "CONFLICT"
    TOO_LARGE = "TOO_LARGE"


@dataclass(frozen=True, slots=True)
class Rejected:
    """The tracker understood and refused; nothing changed. `text_limit` is a limit it named, in UTF-16 units."""

    reason: RejectedBy
    field_errors: Mapping[str, str] = field(default_factory=dict)
    messages: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    """Those of `field_errors` that are ours to name."""
    text_limit: int | None = None


class ThrottleScope(StrEnum):
    """How much has to wait."""

    ENDPOINT = "ENDPOINT"
    ISSUE = "ISSUE"
    CONNECTION = "CONNECTION"


@dataclass(frozen=True, slots=True)
class Throttled:
    """Nothing was done. `until` is None when the tracker named no time: back off yourself."""

    scope: ThrottleScope
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Nothing was done and a plain retry is safe. `connected` tells an outage from a wrong address."""

    connected: bool
    status: int | None = None


class AuthLostBy(StrEnum):
    """What is wrong with the credentials."""

    REFUSED = "REFUSED"
    CAPTCHA = "CAPTCHA"


@dataclass(frozen=True, slots=True)
class AuthLost:
    """Stop every call on this connection at once: further attempts may lock the account."""

    reason: AuthLostBy


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The write was sent and its reply was lost: it may have happened. Never resend before looking."""

    status: int | None = None


@dataclass(frozen=True, slots=True)
class NotVisible:
    """Absent, or hidden from our account; the tracker answers the same for both."""


class ProtocolFaultBy(StrEnum):
    """What stood where an answer should be."""

    HTML = "HTML"
    REDIRECT = "REDIRECT"
    UNREADABLE = "UNREADABLE"
    SHAPE = "SHAPE"
    REMOVED = "REMOVED"


@dataclass(frozen=True, slots=True)
class ProtocolFault:
    """Something other than the tracker answered (a sign-in page, a proxy), or it no longer speaks as it did.

    `maybe_done` is true for a write answered with success in a form we could not read: look before resending.
    """

    reason: ProtocolFaultBy
    status: int | None = None
    maybe_done: bool = False


Failure: TypeAlias = Rejected | Throttled | Unavailable | AuthLost | Ambiguous | NotVisible | ProtocolFault
Outcome: TypeAlias = Ok[T] | Failure


class Tracker(Protocol):
    """One connection to one tracker under one version of a mapping. Raises nothing the far side can cause."""

    async def check(self) -> Outcome[Account]:
        """One cheap read that proves the credentials; what a half-open breaker tries."""

    async def create(self, draft: IssueDraft) -> Outcome[Created]:
        """Sends exactly once. After `Ambiguous`, or `ProtocolFault.maybe_done`, use `find_by_marker`."""

    async def find_by_marker(self, marker: str) -> Outcome[tuple[RemoteIssue, ...]]:
        """Every issue labelled with the marker, oldest id first, clones included: adopt only one whose `proof` agrees.

        Search lags behind writes by seconds to minutes, so an empty answer proves nothing on its own.
        """

    async def prove(self, issue_id: str, proof: LinkProof) -> Outcome[None]:
        """Write the proof on the issue; for trackers that take none with a create. Idempotent."""

    async def link_back(self, issue_id: str, *, case: str, url: str, title: str) -> Outcome[None]:
        """Show a link to the case on the issue; repeating it replaces it."""

    async def read(self, issue_id: str, *, with_comments: bool = False) -> Outcome[RemoteIssue]:
        """The issue now, wherever it was moved to. Two requests with comments, else one."""

    async def read_many(self, issue_ids: Sequence[str]) -> Outcome[BulkRead]:
        """At most 100 ids; one request."""

    async def changed_since(
        self, project: str, since: datetime, *, page: str | None = None, size: int = 100
    ) -> Outcome[ChangePage]:
        """Issues of a project changed at or after `since`, oldest first; one page per call."""

    async def update(
        self, issue_id: str, diff: FieldValues, *, cause: str | None = None, case_url: str | None = None
    ) -> Outcome[Updated]:
        """One write of the given fields only, then one read back; idempotent by value.

        STATUS is skipped: use `transition`. `cause` goes into the tracker's history where it has a place for it,
        `case_url` into the note under a text that had to be cut.
        """

    async def transition(
        self, issue_id: str, target: str, *, fields: FieldValues | None = None
    ) -> Outcome[Moved] | Blocked:
        """Walk the workflow to the status that stands for the case state `target`, re-reading after every hop.

        `fields` fill what a transition's screen asks for. Idempotent: being there already costs one read.
        """

    async def comment(
        self, issue_id: str, body: str, *, marker: str, case_url: str | None = None
    ) -> Outcome[RemoteComment]:
        """Sends exactly once. After `Ambiguous`, look for the marker with `comments_since`."""

    async def comments_since(self, issue_id: str, after_id: str | None) -> Outcome[tuple[RemoteComment, ...]]:
        """Comments with an id greater than `after_id` (all when None), oldest first."""

    async def close(self) -> None:
        """Release sockets; the tracker must not be used afterwards."""
