"""A clock as a table stores it and as an observer reads it at an instant."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.calendars.zones import utc
from domain.sla.measures import Measure
from domain.sla.policies import PolicyKind, Threshold

NOTHING = timedelta()


class ClockState(StrEnum):
    """Stored states; a RUNNING clock past its due is read as BREACHING whether or not anybody looked."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    MET = "MET"
    BREACHING = "BREACHING"
    BREACHED = "BREACHED"
    CANCELLED = "CANCELLED"
    UNSCHEDULABLE = "UNSCHEDULABLE"


OPEN_STATES = frozenset(
    {ClockState.PENDING, ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHING, ClockState.UNSCHEDULABLE}
)


class Mode(StrEnum):
    """What a segment does to elapsed: only RUN counts. DISREGARDED ran before a goal that counts from its change."""

    RUN = "RUN"
    PAUSE = "PAUSE"
    DISREGARDED = "DISREGARDED"


class TransitionType(StrEnum):
    """What a clock went through."""

    ATTACH = "ATTACH"
    ACTIVATE = "ACTIVATE"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    RETARGET = "RETARGET"
    RESET = "RESET"
    INHERIT = "INHERIT"
    FULFIL = "FULFIL"
    BREACH = "BREACH"
    VOID = "VOID"
    CANCEL = "CANCEL"
    REOPEN = "REOPEN"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch `[start, end)` of one mode under one team.

    `business` is its time in the goal's unit, zero while it is open; those of RUN segments sum to elapsed.
    """

    start: datetime
    end: datetime | None
    mode: Mode
    reason: str | None
    team: str | None
    business: timedelta
    seq: int | None


class Stretch(Protocol):
    """What a segment and its draft have in common."""

    @property
    def start(self) -> datetime:
        """Inclusive."""

    @property
    def end(self) -> datetime | None:
        """Exclusive; None while open."""

    @property
    def mode(self) -> Mode:
        """Whether it counts."""

    @property
    def business(self) -> timedelta:
        """Counted time, once it has ended."""


def reached(stretches: Iterable[Stretch], level: timedelta, measure: Measure) -> datetime | None:
    """The first instant, not on hold, at which `level` has been counted; None if it is not reached so far.

    Reaching it in the moment a hold begins is not reaching it: then it is the moment the hold ends.
    """
    for stretch in stretches:
        if stretch.mode is not Mode.RUN:
            continue
        at = measure.add(stretch.start, level)
        if stretch.end is None or (at is not None and at < stretch.end):
            return at
        level -= stretch.business
    return None


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of a clock's life. `at` is when it became true; `detected_at` differs for what came to light later."""

    type: TransitionType
    at: datetime
    detected_at: datetime
    revision: int
    cause: str
    seq: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A clock at an instant; `overdue` in the goal's unit, `overdue_wall` in plain time that was not paused."""

    state: ClockState
    elapsed: timedelta
    remaining: timedelta
    due: datetime | None
    overdue: timedelta
    overdue_wall: timedelta


@dataclass(frozen=True, slots=True)
class Clock:
    """One cycle of one promise, with everything needed to read it at any later instant without its events.

    `state` changes with events only, so the state at `now` is
    `CASE WHEN state = 'RUNNING' AND due_at < now THEN 'BREACHING' ELSE state END`.
    """

    kind: PolicyKind
    metric: str
    holder: str | None
    cycle: int
    policy_key: str
    policy_rev: int
    target_key: str
    calendar: str | None
    state: ClockState
    started_at: datetime
    running_since: datetime | None
    elapsed_base: timedelta
    goal: timedelta
    due_at: datetime | None
    stopped_at: datetime | None
    breached_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str | None
    revision: int
    segments: tuple[Segment, ...]
    transitions: tuple[Transition, ...]
    thresholds: tuple[Threshold, ...] = ()
    measure: Measure | None = field(default=None, repr=False, compare=False)

    @property
    def identity(self) -> tuple[str, str, str | None, int]:
        """Unique among the clocks of one subject, and the same after every fold."""
        return self.kind, self.metric, self.holder, self.cycle

    @property
    def is_open(self) -> bool:
        """Whether something can still happen to it."""
        return self.state in OPEN_STATES

    def at(self, instant: datetime) -> Reading:
        """What an observer sees at an instant after the last event folded."""
        instant = utc(instant)
        elapsed = self._elapsed(instant)
        late = self.breached_at is not None
        state = self.state
        if state is ClockState.RUNNING and self.due_at is not None and self.due_at < instant:
            state, late = ClockState.BREACHING, True
        overdue = max(NOTHING, elapsed - self.goal) if late else NOTHING
        remaining = max(NOTHING, self.goal - elapsed)
        return Reading(
            state, elapsed, remaining, self.due_at, overdue, self._overdue_wall(instant) if late else NOTHING
        )

    def _elapsed(self, instant: datetime) -> timedelta:
        if self.running_since is None or instant <= self.running_since or self.measure is None:
            return self.elapsed_base
        return self.elapsed_base + self.measure.between(self.running_since, instant)

    def _overdue_wall(self, instant: datetime) -> timedelta:
        if self.due_at is None:
            return NOTHING
        late = NOTHING
        for segment in self.segments:
            if segment.mode is Mode.RUN:
                end = max(instant, segment.start) if segment.end is None else segment.end
                late += max(NOTHING, end - max(segment.start, self.due_at))
        return late
