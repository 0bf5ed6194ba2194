"""A million events folded into SLA clocks, against going over them without folding.

    python -m bench.clock_fold [--events N]

Cases of ten events and four promises each. What is timed goes case by case through handfuls of a thousand; the two
ways take turns within each handful, and handfuls are made outside the time.
"""

import argparse
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.measuring import rates, taking_turns, timed
from domain.calendars.business_time import Calendar
from domain.sla.book import PolicyBook
from domain.sla.folding import fold
from domain.sla.measures import CalendarVersion
from domain.sla.policies import Policy, PolicyVersion
from domain.sla.timeline import ClockEvent

HANDFUL = 1_000
PER_CASE = 10
LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)
SPEC = {"tz": "Europe/Stockholm", "weekly": {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
OPENED = {"kind": "CaseOpened"}
REOPENED = {"kind": "CaseMoved", "from_state": ["RESOLVED"]}
DONE = {"kind": "CaseMoved", "to_state": ["RESOLVED"]}
HELD = {"state": ["ON_HOLD"]}
STATES = ("QUEUED", "IN_REVIEW", "ON_HOLD", "IN_REVIEW", "RESOLVED", "IN_REVIEW", "ON_HOLD", "IN_REVIEW", "RESOLVED")


def book() -> PolicyBook:
    """Four promises: acknowledged, first resolution, resolution in all, and in all for each team."""
    hours = {"calendar": "office", "goal": {"business_seconds": 8 * 3600}, "pause": [HELD], "stop": [DONE]}
    targets: list[dict[str, Any]] = [
        {
            "metric": "ACKNOWLEDGE",
            "goal": {"calendar_seconds": 3600},
            "start": [OPENED],
            "stop": [{"kind": "CaseMoved", "to_state": ["IN_REVIEW", "RESOLVED"]}],
        },
        {"metric": "FIRST_RESOLUTION", "start": [OPENED], **hours},
        {"metric": "TOTAL_RESOLUTION", "start": [OPENED, REOPENED], "reopen": "CONTINUE", **hours},
        {"metric": "EACH_RESOLUTION", "start": [OPENED, REOPENED], "reopen": "NEW_CYCLE", **hours},
    ]
    policy = Policy.model_validate({"key": "bench", "targets": targets})
    office = [CalendarVersion(LONG_AGO, Calendar.from_spec(SPEC))]
    return PolicyBook([PolicyVersion(policy, 1, LONG_AGO)], {"office": office})


def a_case(chance: random.Random) -> list[ClockEvent]:
    """Opened, held twice, resolved twice; some hours between one event and the next."""
    at = LONG_AGO + timedelta(days=chance.randrange(3_000), seconds=chance.randrange(86_400))
    events = [ClockEvent(1, at, "CaseOpened", {"state": "NEW", "priority": "P3", "team": "live"})]
    before = "NEW"
    for seq, state in enumerate(STATES, 2):
        at += timedelta(seconds=chance.randrange(60, 40_000))
        events.append(ClockEvent(seq, at, "CaseMoved", {"from_state": before, "to_state": state}))
        before = state
    return events


def main(arguments: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--events", type=int, default=1_000_000)
    given = asked.parse_args(arguments)
    chance, promises = random.Random(7), book()
    handfuls = max(1, given.events // (HANDFUL * PER_CASE))
    cases_each = min(HANDFUL, max(1, given.events // PER_CASE))
    seconds: dict[str, list[float]] = {}
    clocks = 0
    for _ in range(handfuls):
        cases = [a_case(chance) for _ in range(cases_each)]
        found: list[int] = []

        def folded(cases: list[list[ClockEvent]] = cases, found: list[int] = found) -> float:
            return timed(lambda: found.append(sum(len(fold(events, promises).clocks) for events in cases)))

        def passed(cases: list[list[ClockEvent]] = cases) -> float:
            return timed(lambda: sum(event.seq for events in cases for event in events))

        for name, taken in taking_turns({"fold": folded, "only iterated": passed}, rounds=1).items():
            seconds.setdefault(name, []).extend(taken)
        clocks += sum(found)
    each = cases_each * PER_CASE
    title = f"{each * handfuls:,} events of {cases_each * handfuls:,} cases, {clocks:,} clocks; {each:,} events a round"
    rates(title, seconds, dict.fromkeys(seconds, each), unit="events")
    print(f"\nall of it folded in {sum(seconds['fold']):.1f} s")


if __name__ == "__main__":
    main()
