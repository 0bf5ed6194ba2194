"""Histories and policies the tests of SLA clocks share."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.calendars.business_time import Calendar
from domain.sla.book import PolicyBook
from domain.sla.clocks import Clock
from domain.sla.folding import fold
from domain.sla.measures import CalendarVersion
from domain.sla.policies import Policy, PolicyVersion
from domain.sla.timeline import ClockEvent

BERLIN = ZoneInfo("Europe/Berlin")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DAYS = {day: 2 + n for n, day in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

OPENED = {"kind": "CaseOpened"}
REOPENED = {"kind": "CaseReopened"}
RESOLVED = {"state": ["RESOLVED", "CLOSED"]}


def on(text: str) -> datetime:
    """`mon 09:00` in Berlin, of the week of 2 February 2026; `mon+1` is the Monday after."""
    day, clock = text.split()
    name, _, weeks = day.partition("+")
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 2, DAYS[name], hour, minute, tzinfo=BERLIN) + timedelta(weeks=int(weeks or 0))


def office(opens: str = "09:00", closes: str = "17:00") -> Calendar:
    weekly = {day: [[opens, closes]] for day in ("mon", "tue", "wed", "thu", "fri")}
    return Calendar.from_spec({"tz": "Europe/Berlin", "weekly": weekly})


OFFICE = {"office": [CalendarVersion(LONG_AGO, office())]}


def target(metric: str = "TOTAL_RESOLUTION", hours: float = 4, **more: Any) -> dict[str, Any]:
    written = {
        "metric": metric,
        "goal": {"business_seconds": int(hours * 3600)},
        "calendar": "office",
        "start": [OPENED, REOPENED],
        "stop": RESOLVED,
        "pause": {"state": ["ON_HOLD"]},
    }
    return written | more


def policy(*targets: dict[str, Any], key: str = "standard", **more: Any) -> Policy:
    return Policy.model_validate({"key": key, "targets": list(targets), **more})


def book(*targets: dict[str, Any], calendars: dict[str, Sequence[CalendarVersion]] = OFFICE, **more: Any) -> PolicyBook:
    return PolicyBook([PolicyVersion(policy(*targets, **more), 1, LONG_AGO)], calendars)


class History:
    """Events of one case, written in the order they happened unless a seq says otherwise."""

    def __init__(self, at: str, **facts: Any) -> None:
        self.events: list[ClockEvent] = []
        self.state = "NEW"
        self.then(at, "CaseOpened", state="NEW", **facts)

    def then(self, at: str, kind: str, *, seq: int | None = None, **facts: Any) -> "History":
        self.events.append(ClockEvent(seq or len(self.events) + 1, on(at), kind, facts))
        return self

    def move(self, at: str, state: str, **facts: Any) -> "History":
        return self.then(at, facts.pop("kind", "CaseMoved"), from_state=self.state, to_state=state, **facts)

    def hold(self, start: str, end: str) -> "History":
        return self.move(start, "ON_HOLD", hold_reason="WAITING").move(end, "IN_REVIEW")

    def clocks(self, policies: PolicyBook, as_of: str | None = None) -> tuple[Clock, ...]:
        return fold(self.events, policies, as_of=on(as_of) if as_of else None).clocks

    def clock(self, policies: PolicyBook, as_of: str | None = None) -> Clock:
        (clock,) = self.clocks(policies, as_of)
        return clock


def steps(clock: Clock) -> list[str]:
    return [step.type.value for step in clock.transitions]


NEXT_RESPONSE = target(
    "NEXT_RESPONSE",
    hours=0.5,
    start={"kind": "MessageReceived", "subject": {"state": {"not": ["RESOLVED", "CLOSED"]}}},
    stop=[{"kind": "MessageSent", "author": ["HUMAN"], "public": True}, RESOLVED],
    reopen="NEW_CYCLE",
)
