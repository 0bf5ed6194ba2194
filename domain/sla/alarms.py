"""Which moments of a clock somebody must be told of, and which of them is next. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.sla.clocks import Clock, TransitionType
from domain.sla.policies import Threshold
from domain.sla.taking_back import UNDONE
from domain.sla.thresholds import rungs

BREACH = -1
# Met iff stopped at or before due: only the next instant is late.
INSTANT = timedelta(microseconds=1)


class AlarmKind(StrEnum):
    """What an alarm says."""

    WARNING = "WARNING"
    BREACH = "BREACH"
    OVERRUN = "OVERRUN"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A moment to act on from ``from_`` on, unique by clock, threshold (BREACH or its number) and revision."""

    kind: AlarmKind
    threshold: int
    revision: int
    at: datetime
    from_: datetime
    actions: tuple[dict[str, Any], ...]

    @property
    def key(self) -> tuple[int, int]:
        """Unique among the alarms of one clock."""
        return self.threshold, self.revision


def alarms(clock: Clock) -> list[Alarm]:
    """Every alarm of an open clock, past ones included, in order. None of a clock that is closed."""
    if not clock.is_open:
        return []
    found = [*_breach(clock)]
    for rung in rungs(clock):
        if rung.number is None or rung.threshold is None or _is_breach(rung.threshold):
            continue
        kind = AlarmKind.OVERRUN if _is_overrun(rung.threshold) else AlarmKind.WARNING
        found.append(Alarm(kind, rung.number, rung.revision, rung.at, rung.at, rung.threshold.actions))
    return sorted(found, key=lambda alarm: (alarm.at, alarm.kind is AlarmKind.OVERRUN, alarm.threshold != BREACH))


def outstanding(
    clock: Clock, *, done: Collection[tuple[int, int]], live_from: datetime | None
) -> Iterable[Alarm]:  # fmt: skip
    """Those neither acted on nor part of an imported past; none of what was imported whole."""
    if live_from is None:
        return []
    return [alarm for alarm in alarms(clock) if alarm.key not in done and alarm.from_ >= live_from]


def broken(clock: Clock | None) -> frozenset[int]:
    """The revisions of the promise whose breach stands."""
    if clock is None or any(step.type is TransitionType.VOID and step.cause != UNDONE for step in clock.transitions):
        return frozenset()
    return frozenset(step.revision for step in clock.transitions if step.type is TransitionType.BREACH)


def _breach(clock: Clock) -> Iterable[Alarm]:
    actions = tuple(action for threshold in clock.thresholds if _is_breach(threshold) for action in threshold.actions)
    if clock.breached_at is not None:
        revision = max(broken(clock), default=clock.revision)
        since = clock.breached_at + INSTANT
        yield Alarm(AlarmKind.BREACH, BREACH, revision, clock.breached_at, since, actions)
    elif clock.due_at is not None and clock.running_since is not None:
        yield Alarm(AlarmKind.BREACH, BREACH, clock.revision, clock.due_at, clock.due_at + INSTANT, actions)


def _is_breach(threshold: Threshold) -> bool:
    return threshold.overdue == 0 or threshold.percent == 100


def _is_overrun(threshold: Threshold) -> bool:
    return bool(threshold.overdue) or (threshold.percent or 0) > 100
