"""What can happen next to a clock and when: one timer per clock is armed with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.sla.clocks import NOTHING, Clock, ClockState, reached
from domain.sla.policies import Threshold

_COUNTING = (ClockState.RUNNING, ClockState.BREACHING)


@dataclass(frozen=True, slots=True)
class Rung:
    """One threshold, or the due itself (`number` None), at the instant it is reached.

    Unique by clock, `number` and `revision`: the same one never fires twice, and a changed promise fires anew.
    """

    at: datetime
    number: int | None
    revision: int
    threshold: Threshold | None


def next_threshold(clock: Clock, after: datetime | None = None) -> Rung | None:
    """The earliest rung later than `after` (None: of all). None on hold, without a due, and once closed."""
    return next((rung for rung in rungs(clock) if after is None or rung.at > after), None)


def passed_thresholds(clock: Clock, after: datetime | None, until: datetime) -> list[Rung]:
    """The rungs of `(after, until]` in order, for a timer that fired late; the last one is the current rung."""
    return [rung for rung in rungs(clock) if rung.at <= until and (after is None or rung.at > after)]


def rungs(clock: Clock) -> list[Rung]:
    """All rungs of a clock that counts, in order; those of a past are where they were reached."""
    if clock.state not in _COUNTING or clock.running_since is None or clock.due_at is None:
        return []
    found = [] if clock.breached_at is not None else [Rung(clock.due_at, None, clock.revision, None)]
    for number, threshold in enumerate(clock.thresholds):
        at = _reached(clock, threshold, clock.due_at)
        if at is not None:
            found.append(Rung(at, number, clock.revision, threshold))
    return sorted(found, key=lambda rung: (rung.at, -1 if rung.number is None else rung.number))


def _reached(clock: Clock, threshold: Threshold, due: datetime) -> datetime | None:
    if threshold.lead_wall is not None:
        return max(clock.started_at, due - timedelta(seconds=threshold.lead_wall))
    if threshold.overdue == 0 or threshold.percent == 100:
        return due
    level = _level(clock, threshold)
    if clock.measure is None:
        return None
    at = reached(clock.segments, level, clock.measure)
    return at if at is None or level < clock.goal else max(at, due)


def _level(clock: Clock, threshold: Threshold) -> timedelta:
    """What must have been counted: whole microseconds, never a fraction of a float."""
    if threshold.percent is not None:
        return clock.goal * threshold.percent // 100
    if threshold.lead_business is not None:
        return max(NOTHING, clock.goal - timedelta(seconds=threshold.lead_business))
    return clock.goal + timedelta(seconds=threshold.overdue or 0)
