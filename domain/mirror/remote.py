"""What a tracker holds, in the mirror's own words: issues, their fields, comments and changes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias


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
class ChangedIssue:
    """Enough of an issue to tell whether it must be read."""

    id: str
    key: str
    updated: datetime


@dataclass(frozen=True, slots=True)
class ChangePage:
    """One page of changes, oldest first; it may repeat some of the page before.

    The mark may move only after the last page (`next_page` is None).
    """

    changes: tuple[ChangedIssue, ...]
    next_page: str | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """Who changed which of our fields, by the tracker's own history and clock."""

    author: RemotePerson
    at: datetime
    fields: frozenset[Field]


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
