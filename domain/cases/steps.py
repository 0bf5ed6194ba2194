"""What can be done to a case, as values: judged by the rules, whether for one case or for ten thousand. Pure.

A step says what would happen to a case as it stands, or refuses. The actions carry it out: ``record.take`` for one
case, ``many.take_all`` for many at once. There is no other judgement of these moves.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import ClassVar, Protocol
from uuid import UUID

from domain.cases import events as happened
from domain.cases import rules, workflows
from domain.cases.rules import CaseFacts
from domain.cases.states import CaseState, CommentVisibility, Priority, Severity
from domain.core import content
from domain.core.actor import Actor
from domain.core.codes import ensure_code
from domain.core.content import ContentRef
from domain.core.errors import invalid
from domain.core.events import Event
from domain.core.ids import new_id

S = CaseState


class LeaseFate(Enum):
    """What becomes of the case's living lease."""

    KEPT = auto()
    ENDED = auto()
    TAKEN = auto()


@dataclass(frozen=True, slots=True)
class Said:
    """A text that a step leaves on record. ``found``: the case is found by it."""

    ref: ContentRef
    text: str
    found: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step would do to a case. Without an event there is nothing to do: it is so already."""

    event: Event | None = None
    lease: LeaseFate = LeaseFate.KEPT
    said: Said | None = None


NOTHING = Outcome()


class Step(Protocol):
    """Something to be done to a case."""

    @property
    def permission(self) -> str:
        """What the actor must hold, whatever the case."""

    def ensure_sound(self, now: datetime, /) -> None:
        """Refuses with VALIDATION_FAILED what no case could be asked."""

    def judge(self, case: CaseFacts, by: Actor) -> Outcome:
        """What would happen, or the refusal that the single action gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Into this queue. Where it already waits nothing changes."""

    permission: ClassVar[str] = "case.work"
    queue_id: UUID
    team_id: UUID

    def ensure_sound(self, _now: datetime, /) -> None:
        pass

    def judge(self, case: CaseFacts, by: Actor) -> Outcome:
        rules.ensure_can_queue(case, by)
        if case.state is S.QUEUED and case.queue_id == self.queue_id:
            return NOTHING
        queued = happened.CaseQueued(
            from_state=case.state, to_state=S.QUEUED, queue_id=self.queue_id, team_id=self.team_id
        )
        return Outcome(queued, LeaseFate.ENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Set aside for a reason, until a moment at most a year away or until somebody resumes it."""

    permission: ClassVar[str] = "case.work"
    reason: str
    until: datetime | None = None
    token: UUID | None = None

    def ensure_sound(self, now: datetime, /) -> None:
        ensure_code(self.reason, path="reason", example="WAITING_FOR_PLATFORM")
        if self.until is not None and self.until <= now:
            raise invalid("until", "Choose a moment in the future.", code="IN_THE_PAST")
        if self.until is not None and self.until > now + rules.LONGEST_HOLD:
            raise invalid("until", "Choose a moment within a year, and hold it again then.", code="TOO_FAR")

    def judge(self, case: CaseFacts, by: Actor) -> Outcome:
        rules.ensure_can_move(case, by, S.ON_HOLD, token=self.token)
        self.ensure_sound(case.now)
        held = happened.CaseHeld(
            from_state=case.state, to_state=S.ON_HOLD, hold_reason=self.reason, hold_until=self.until
        )
        return Outcome(held, LeaseFate.ENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """From hold back into its queue."""

    permission: ClassVar[str] = "case.work"

    def ensure_sound(self, _now: datetime, /) -> None:
        pass

    def judge(self, case: CaseFacts, by: Actor) -> Outcome:
        rules.ensure_can_resume(case, by)
        return Outcome(happened.CaseResumed(from_state=case.state, to_state=S.QUEUED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Back into its queue; assignee and draft stay."""

    permission: ClassVar[str] = "case.work"
    token: UUID | None = None

    def ensure_sound(self, _now: datetime, /) -> None:
        pass

    def judge(self, case: CaseFacts, by: Actor) -> Outcome:
        rules.ensure_can_release(case, by, token=self.token)
        holder = case.lease.holder_id if case.lease else by.person_id or by.id
        released = happened.CaseReleased(from_state=case.state, to_state=S.QUEUED, holder_id=holder)
        return Outcome(released, LeaseFate.ENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """For the actor's person, with a lease of its own; a lead's take-over ends another's. Nobody's case becomes theirs;
    somebody's stays so."""

    permission: ClassVar[str] = "case.claim"
    take_over: bool = False
    reason: str | None = None

    def ensure_sound(self, _now: datetime, /) -> None:
        if self.reason is not None:
            ensure_code(self.reason, path="reason", example="SHIFT_END")

    def judge(self, case: CaseFacts, by: Actor) -> Outcome:
        holder = rules.ensure_claimant(by)
        rules.ensure_can_claim(case, by, take_over=self.take_over)
        self.ensure_sound(case.now)
        lease_id = new_id()
        if case.state is S.IN_REVIEW:
            taken_from = case.lease.holder_id if case.lease else holder
            taken = happened.LeaseTaken(
                lease_id=lease_id, holder_id=holder, taken_from=taken_from, reason=self.reason
            )  # fmt: skip
            return Outcome(taken, LeaseFate.TAKEN)
        claimed = happened.CaseClaimed(
            from_state=case.state,
            to_state=S.IN_REVIEW,
            lease_id=lease_id,
            holder_id=holder,
            assignee_id=case.assignee_id or holder,
        )
        return Outcome(claimed, LeaseFate.TAKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """To the next review tier, with the reason on record."""

    permission: ClassVar[str] = "case.work"
    reason: str
    token: UUID | None = None

    def ensure_sound(self, _now: datetime, /) -> None:
        content.checked(self.reason, path="reason")

    def judge(self, case: CaseFacts, by: Actor) -> Outcome:
        rules.ensure_can_move(case, by, S.ESCALATED, token=self.token)
        self.ensure_sound(case.now)
        why = ContentRef(id=new_id(), digest=content.digest(self.reason))
        escalated = happened.CaseEscalated(
            from_state=case.state, to_state=S.ESCALATED, tier=case.tier + 1, reason=why
        )  # fmt: skip
        return Outcome(escalated, LeaseFate.ENDED, Said(why, self.reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    """A service case is done. A review case is refused: it is resolved by a decision."""

    permission: ClassVar[str] = "case.work"
    resolution: str
    token: UUID | None = None

    def ensure_sound(self, _now: datetime, /) -> None:
        ensure_code(self.resolution, path="resolution", example="ANSWERED")

    def judge(self, case: CaseFacts, by: Actor) -> Outcome:
        rules.ensure_can_resolve(case, by, token=self.token)
        self.ensure_sound(case.now)
        resolved = happened.CaseResolved(from_state=case.state, to_state=S.RESOLVED, resolution=self.resolution)
        return Outcome(resolved, LeaseFate.ENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """A resolved case: nothing more is expected."""

    permission: ClassVar[str] = "case.work"

    def ensure_sound(self, _now: datetime, /) -> None:
        pass

    def judge(self, case: CaseFacts, by: Actor) -> Outcome:
        by.ensure(self.permission)
        workflows.ensure_move(case.workflow, case.state, S.CLOSED)
        return Outcome(happened.CaseClosed(from_state=case.state, to_state=S.CLOSED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """A resolved or closed case is taken up again, into its queue."""

    permission: ClassVar[str] = "case.reopen"
    reason: str

    def ensure_sound(self, _now: datetime, /) -> None:
        ensure_code(self.reason, path="reason", example="NEW_SIGNAL")

    def judge(self, case: CaseFacts, by: Actor) -> Outcome:
        rules.ensure_can_reopen(case, by)
        self.ensure_sound(case.now)
        return Outcome(happened.CaseReopened(from_state=case.state, to_state=S.QUEUED, reason=self.reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """A case that should not exist: spam, a duplicate, a test."""

    permission: ClassVar[str] = "case.cancel"
    reason: str

    def ensure_sound(self, _now: datetime, /) -> None:
        ensure_code(self.reason, path="reason", example="DUPLICATE")

    def judge(self, case: CaseFacts, by: Actor) -> Outcome:
        rules.ensure_can_cancel(case, by)
        self.ensure_sound(case.now)
        cancelled = happened.CaseCancelled(from_state=case.state, to_state=S.CANCELLED, reason=self.reason)
        return Outcome(cancelled, LeaseFate.ENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Whose case it is; None takes it from everybody. The lease is untouched."""

    permission: ClassVar[str] = "case.assign"
    assignee_id: UUID | None

    def ensure_sound(self, _now: datetime, /) -> None:
        pass

    def judge(self, case: CaseFacts, by: Actor) -> Outcome:
        rules.ensure_can_assign(case, by)
        if case.assignee_id == self.assignee_id:
            return NOTHING
        return Outcome(happened.CaseAssigned(assignee_id=self.assignee_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Prioritize:
    """Harm and order judged anew. A severity given alone brings its own priority."""

    permission: ClassVar[str] = "case.work"
    severity: Severity | None = None
    priority: Priority | None = None

    def ensure_sound(self, _now: datetime, /) -> None:
        rules.ensure_judged(self.severity, self.priority)

    def judge(self, case: CaseFacts, by: Actor) -> Outcome:
        rules.ensure_can_prioritize(case, by)
        self.ensure_sound(case.now)
        harm = self.severity or case.severity
        order = self.priority or (rules.PRIORITY_OF[harm] if self.severity else case.priority)
        if (harm, order) == (case.severity, case.priority):
            return NOTHING
        return Outcome(happened.CasePrioritized(severity=harm, priority=order))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A remark."""

    permission: ClassVar[str] = "case.comment"
    text: str
    visibility: CommentVisibility = CommentVisibility.INTERNAL

    def ensure_sound(self, _now: datetime, /) -> None:
        content.checked(self.text, path="text")

    def judge(self, case: CaseFacts, by: Actor) -> Outcome:
        rules.ensure_can_comment(case, by)
        self.ensure_sound(case.now)
        body = ContentRef(id=new_id(), digest=content.digest(self.text))
        said = happened.CaseCommented(comment_id=new_id(), body=body, visibility=self.visibility)
        return Outcome(said, said=Said(body, self.text, found=True))
