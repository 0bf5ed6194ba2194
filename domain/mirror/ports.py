"""The tracker on the other side of the mirror. Every operation answers with a value, never with an exception."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.mirror.outcomes import Outcome
from domain.mirror.remote import (
    Account,
    BulkRead,
    ChangePage,
    FieldChange,
    FieldValues,
    IssueDraft,
    LinkProof,
    RemoteComment,
    RemoteIssue,
)
from domain.mirror.written import Blocked, Created, Moved, Updated


class Tracker(Protocol):
    """One connection to one tracker under one version of a mapping. Raises nothing the far side can cause."""

    @property
    def projects(self) -> tuple[str, ...]:
        """Every project our issues may be in: the ones to ask for changes."""

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
        """Issues of a project changed at or after `since`, oldest first; one page per call.

        Search lags behind writes. A `page` that is no longer good is refused as INVALID: begin again at `since`.
        """

    async def history(self, issue_id: str) -> Outcome[tuple[FieldChange, ...]]:
        """The latest changes of fields, newest first; at least the last hundred. One request."""

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
