"""Events of one subject as moments: what happened at an instant, and what the subject was before and after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from domain.calendars.zones import utc
from domain.sla.conditions import Attributes, Condition

# Facts that tell an attribute of the subject under another name; every other fact tells the one of its own name.
ATTRIBUTE_OF = {
    "to": "state",
    "to_state": "state",
    "team_id": "team",
    "queue_id": "queue",
    "assignee_id": "assignee",
}
# Facts that tell what the subject no longer is, or nothing lasting.
PASSING = frozenset({"from", "from_state", "since", "cause", "reason"})
_TELLS: Mapping[str, str | None] = {**ATTRIBUTE_OF, **dict.fromkeys(PASSING)}


class FutureEventError(ValueError):
    """An event claims to have happened later than the tolerated skew allows."""

    code = "EVENT_IN_THE_FUTURE"


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """One event as clocks see it: kinds and facts are data, no class of another capability is needed."""

    seq: int
    occurred_at: datetime
    kind: str
    facts: Mapping[str, Any]


class Happening(NamedTuple):
    """An event and what the subject was after it."""

    event: ClockEvent
    subject: Attributes


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything of one instant, by seq. `before` is None at the subject's first moment."""

    at: datetime
    happenings: tuple[Happening, ...]
    before: Attributes | None
    subject: Attributes

    @property
    def seq(self) -> int | None:
        """The last event of the moment; None where only a policy changed."""
        return self.happenings[-1].event.seq if self.happenings else None

    def matches(self, conditions: tuple[Condition, ...]) -> list[ClockEvent]:
        """The events that meet one of the conditions, by seq; a state counts by the last event when it is entered."""
        if not conditions or not self.happenings:
            return []
        if len(self.happenings) == 1:
            return self._only(conditions)
        found: dict[int, ClockEvent] = {}
        for condition in conditions:
            if condition.kinds:
                for event, subject in self.happenings:
                    if event.kind in condition.kinds and condition.met_by(event.kind, event.facts, subject):
                        found[event.seq] = event
            elif self.entered(condition):
                last = self.happenings[-1].event
                found[last.seq] = last
        return [found[seq] for seq in sorted(found)] if len(found) > 1 else list(found.values())

    def _only(self, conditions: tuple[Condition, ...]) -> list[ClockEvent]:
        """The same where one event is all that happened, as nearly always."""
        event, subject = self.happenings[0]
        for condition in conditions:
            if condition.met_by(event.kind, event.facts, subject) if condition.kinds else self.entered(condition):
                return [event]
        return []

    def entered(self, condition: Condition) -> bool:
        """Whether the subject became so at this moment."""
        return condition.holds(self.subject) and (self.before is None or not condition.holds(self.before))


def clamped(event: ClockEvent, *, recorded_at: datetime, skew: timedelta) -> ClockEvent:
    """A date within `skew` after the recording becomes the recording's; a later one is refused."""
    if event.occurred_at <= recorded_at:
        return event
    if event.occurred_at - recorded_at > skew:
        raise FutureEventError(f"event {event.seq} is dated {event.occurred_at - recorded_at} ahead; correct its date")
    return replace(event, occurred_at=recorded_at)


def moments(events: Iterable[ClockEvent], *, between: Iterable[datetime] = ()) -> list[Moment]:
    """The same for any order of arrival and any repetition: one event per seq, ordered by (occurred_at, seq).

    `between` adds instants without events; those before the first event are left out.
    """
    ordered = sorted({event.seq: event for event in events}.values(), key=lambda event: (event.occurred_at, event.seq))
    if not ordered:
        return []
    instants: dict[datetime, list[ClockEvent]] = {}
    for event in ordered:
        instants.setdefault(utc(event.occurred_at), []).append(event)
    first = utc(ordered[0].occurred_at)
    extra = [at for at in between if at > first and at not in instants]
    if extra:
        instants = dict(sorted({**instants, **{at: [] for at in extra}}.items()))
    return _told(instants)


def _told(instants: Mapping[datetime, list[ClockEvent]]) -> list[Moment]:
    told: list[Moment] = []
    before: Attributes | None = None
    subject: dict[str, Any] = {}
    for at, events in instants.items():
        happenings = []
        for event in events:
            subject = dict(subject)
            for name, value in event.facts.items():
                if (told_of := _TELLS.get(name, name)) is not None:
                    subject[told_of] = value
            happenings.append(Happening(event, subject))
        told.append(Moment(at, tuple(happenings), before, subject))
        before = subject
    return told
