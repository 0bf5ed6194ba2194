"""One clock while it is being folded: its stretches, its due, and what each kind of step does to them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.sla.book import Terms
from domain.sla.clocks import NOTHING, Clock, ClockState, Mode, Segment, Transition, TransitionType, reached
from domain.sla.policies import Retarget


class CancelOrigin(StrEnum):
    """What cancelled: a lasting STATE or the loss of SCOPE may pass again, an EVENT or a VOID may not."""

    STATE = "STATE"
    SCOPE = "SCOPE"
    EVENT = "EVENT"
    VOID = "VOID"


@dataclass(slots=True)
class _Stretch:
    start: datetime
    end: datetime | None
    mode: Mode
    reason: str | None
    team: str | None
    seq: int | None
    business: timedelta = NOTHING


class Tally:
    """Steps must come in order of time, and `observe` before each; then the clock depends on nothing else."""

    def __init__(
        self, terms: Terms, *, cycle: int, holder: str | None, at: datetime, team: str | None, seq: int
    ) -> None:
        """Starts running at `at`."""
        self.terms = terms
        self.cycle = cycle
        self.holder = holder
        self.started_at = at
        self.revision = 1
        self.stretches = [_Stretch(at, None, Mode.RUN, None, team, seq)]
        self.transitions: list[Transition] = []
        self.counted = NOTHING
        self.closed: ClockState | None = None
        # Closed before its target applied: remembered so that a first response stays the first, but no clock.
        self.hidden = False
        self.stopped_at: datetime | None = None
        self.breached_at: datetime | None = None
        self.cancelled_at: datetime | None = None
        self.cancel_reason: str | None = None
        self.origin: CancelOrigin | None = None
        self._aim(at)
        self.note(TransitionType.ACTIVATE, at, "START", seq)
        self.due = self._reach(self.goal)

    # -- what is so ---------------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether it has neither a verdict nor been cancelled."""
        return self.closed is None

    @property
    def is_paused(self) -> bool:
        """Whether it is open and time does not count."""
        return self.closed is None and self.stretches[-1].mode is Mode.PAUSE

    def observe(self, at: datetime) -> None:
        """Records the breach of a due that passed before `at`, dated at the due itself."""
        if self.closed is None and self.breached_at is None and self.due is not None and self.due < at:
            self.breached_at = self.due
            self.note(TransitionType.BREACH, self.due, "DUE", None)

    def note(
        self, kind: TransitionType, at: datetime, cause: str, seq: int | None, detected: datetime | None = None
    ) -> None:
        """Adds to the record of what the clock went through."""
        self.transitions.append(Transition(kind, at, detected or at, self.revision, cause, seq))

    # -- steps --------------------------------------------------------------------------------------------------------

    def hold(self, at: datetime, reason: str | None, team: str | None, seq: int | None) -> None:
        """Pauses for a reason, resumes for None, and splits the ledger where the reason or the team changes."""
        last = self.stretches[-1]
        mode = Mode.RUN if reason is None else Mode.PAUSE
        if (last.mode, last.reason, last.team) == (mode, reason, team):
            return
        self._turn(at, mode, reason, team, seq)
        if last.mode is mode:
            return
        self.note(TransitionType.RESUME if reason is None else TransitionType.PAUSE, at, reason or "RESUME", seq)
        if self.breached_at is None:
            self.due = self._reach(self.goal)

    def stop(self, at: datetime, cause: str, seq: int | None) -> None:
        """Gives the verdict: met iff not past due. A stop on hold is met, and due as if resumed then."""
        if self.due is None:
            self.due = None if self.unreachable else self.terms.measure.add(at, max(NOTHING, self.goal - self.counted))
        self._close(at)
        self.stopped_at = at
        self.closed = ClockState.MET if self.breached_at is None else ClockState.BREACHED
        self.note(TransitionType.FULFIL, at, cause, seq)

    def cancel(self, at: datetime, reason: str, origin: CancelOrigin, seq: int | None) -> None:
        """Takes the clock out of the count; a void also takes back its breach."""
        if self.closed is None:
            self._close(at)
        self.closed = ClockState.CANCELLED
        self.cancelled_at, self.cancel_reason, self.origin = at, reason, origin
        if origin is CancelOrigin.VOID:
            self.breached_at = None
            self.note(TransitionType.VOID, at, reason, seq)
        else:
            self.note(TransitionType.CANCEL, at, reason, seq)

    def reopen(self, at: datetime, team: str | None, seq: int | None) -> None:
        """Leaves its verdict or its cancellation; the time in between counts as a pause."""
        last = self.stretches[-1]
        since = self.stopped_at or self.cancelled_at or at
        if last.start == last.end:
            self.stretches.pop()
        if since < at:
            self.stretches.append(_Stretch(since, at, Mode.PAUSE, self.closed and self.closed.value, last.team, seq))
            self._count(self.stretches[-1])
        self.stretches.append(_Stretch(at, None, Mode.RUN, None, team, seq))
        cause = "REOPENED" if self.stopped_at else "REINSTATED"
        self.hidden = False
        self.closed = self.stopped_at = self.cancelled_at = self.cancel_reason = self.origin = None
        self.note(TransitionType.REOPEN, at, cause, seq)
        if self.breached_at is None:
            self.due = self._reach(self.goal)

    def attach(self, at: datetime, terms: Terms, seq: int | None) -> None:
        """Makes what was counted before the subject came into scope the first revision of a clock."""
        self.transitions.clear()
        self.revision, self.breached_at = 0, None
        self.retarget(at, terms, seq, kind=TransitionType.ATTACH)

    def retarget(
        self, at: datetime, terms: Terms, seq: int | None, *, kind: TransitionType = TransitionType.RETARGET
    ) -> None:
        """Sets another promise; one that was already due is breached now, unless a grace is left."""
        afresh = terms.target.retarget is Retarget.FROM_CHANGE
        self.terms = terms
        if afresh:
            self._disregard(at, "RETARGET")
        for stretch in self.stretches:
            self._count(stretch)
        self._aim(at if afresh else self.started_at)
        self.revision += 1
        self.note(kind, at, f"{terms.policy.key}/{terms.target.key}@{terms.rev}", seq)
        self._settle(at, "RETARGET", seq, grace=terms.target.grace)

    def reset(self, at: datetime, seq: int | None) -> None:
        """Counts the same goal afresh; a breach before stays on record."""
        self._disregard(at, "RESET")
        self._aim(at)
        self.revision += 1
        self.note(TransitionType.RESET, at, "RESET", seq)
        self._settle(at, "RESET", seq, grace=NOTHING)

    def inherit(self, since: datetime, at: datetime, seq: int | None) -> None:
        """Takes over an earlier start; nothing happens if it is not earlier."""
        if since >= self.started_at:
            return
        first = _Stretch(since, self.started_at, Mode.RUN, "INHERITED", self.stretches[0].team, seq)
        self.stretches.insert(0, first)
        self._count(first)
        self.started_at = since
        self._aim(since)
        self.revision += 1
        self.note(TransitionType.INHERIT, at, "INHERITED", seq)
        self._settle(at, "INHERITED", seq, grace=NOTHING)

    def clock(self) -> Clock:
        """The clock as it stands."""
        policy, target = self.terms.policy, self.terms.target
        last = self.stretches[-1]
        running = self.closed is None and last.mode is Mode.RUN
        return Clock(
            kind=policy.kind,
            metric=target.metric,
            holder=self.holder,
            cycle=self.cycle,
            policy_key=policy.key,
            policy_rev=self.terms.rev,
            target_key=target.key,
            calendar=target.calendar,
            state=self._state(),
            started_at=self.started_at,
            running_since=last.start if running else None,
            elapsed_base=self.counted,
            goal=self.goal,
            due_at=self.due,
            stopped_at=self.stopped_at,
            breached_at=self.breached_at,
            cancelled_at=self.cancelled_at,
            cancel_reason=self.cancel_reason,
            revision=self.revision,
            segments=tuple(
                Segment(s.start, s.end, s.mode, s.reason, s.team, s.business, s.seq) for s in self.stretches
            ),
            transitions=tuple(self.transitions),
            thresholds=target.thresholds,
            measure=self.terms.measure,
        )

    # -- how --------------------------------------------------------------------------------------------------------

    def _state(self) -> ClockState:
        if self.closed is not None:
            return self.closed
        if self.breached_at is not None:
            return ClockState.BREACHING
        if self.is_paused:
            return ClockState.PAUSED
        return ClockState.UNSCHEDULABLE if self.due is None else ClockState.RUNNING

    def _aim(self, since: datetime) -> None:
        """The goal in counted time, and for working days the moment before which it is never due."""
        goal, measure = self.terms.target.goal, self.terms.measure
        self.floor: datetime | None = None
        self.unreachable = False
        if goal.business_days is None:
            self.goal = timedelta(seconds=goal.business_seconds or goal.calendar_seconds or 0)
            return
        self.floor = measure.add_days(since, goal.business_days, at=goal.at)
        self.unreachable = self.floor is None
        self.goal = NOTHING if self.floor is None else measure.between(since, self.floor)

    def _reach(self, level: timedelta) -> datetime | None:
        """The first instant at which `level` has been counted, not on hold; None while that is open."""
        if self.unreachable:
            return None
        last = self.stretches[-1]
        if level > self.counted:
            # Nothing that ended has reached it.
            at = self.terms.measure.add(last.start, level - self.counted) if last.mode is Mode.RUN else None
        else:
            at = reached(self.stretches, level, self.terms.measure)
        return at if at is None or self.floor is None else max(at, self.floor)

    def _settle(self, at: datetime, cause: str, seq: int | None, *, grace: timedelta) -> None:
        """After the promise changed: late or not, by the new due."""
        self.due = self._reach(self.goal)
        late_before = self.breached_at is not None
        if self.due is None or self.due >= at:
            self.breached_at = None
        elif grace and not late_before:
            running = self.stretches[-1].mode is Mode.RUN
            elapsed = self.counted + (self.terms.measure.between(self.stretches[-1].start, at) if running else NOTHING)
            self.goal, self.floor = elapsed + grace, None
            self.due = self._reach(self.goal)
        elif not late_before:
            self.breached_at = at
            self.note(TransitionType.BREACH, self.due, cause, seq, detected=at)

    def _disregard(self, at: datetime, reason: str) -> None:
        last = self.stretches[-1]
        self._turn(at, last.mode, last.reason, last.team, last.seq)
        for stretch in self.stretches[:-1]:
            if stretch.mode is Mode.RUN:
                stretch.mode, stretch.reason = Mode.DISREGARDED, reason
        self.counted = NOTHING

    def _turn(self, at: datetime, mode: Mode, reason: str | None, team: str | None, seq: int | None) -> None:
        """Ends the open stretch and opens the next; one of no length is replaced."""
        self._close(at)
        if self.stretches[-1].start == at:
            self.stretches.pop()
        self.stretches.append(_Stretch(at, None, mode, reason, team, seq))

    def _close(self, at: datetime) -> None:
        last = self.stretches[-1]
        last.end = at
        if last.start == at and len(self.stretches) > 1:
            self.stretches.pop()
        else:
            self._count(last)

    def _count(self, stretch: _Stretch) -> None:
        if stretch.end is None:
            return
        before = stretch.business
        stretch.business = self.terms.measure.between(stretch.start, stretch.end)
        if stretch.mode is Mode.RUN:
            self.counted += stretch.business - before
