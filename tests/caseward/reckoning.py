"""What a replay of the incidents must amount to, reckoned from the file alone: no code of the desk, one day at a time.

    python -m tests.caseward.reckoning FILE [--database URL] INCIDENT…

prints each incident's rows and its reckoning; with a database also what the desk's tables hold, and ends with 1 where
the two differ.
"""

import argparse
import asyncio
import csv
import gzip
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR = 3600
ACKNOWLEDGE = {"Major": HOUR // 4, "High": HOUR, "Medium": 4 * HOUR, "Low": 8 * HOUR}
RESOLUTION = {"Major": 4 * HOUR, "High": 8 * HOUR, "Medium": 24 * HOUR, "Low": 40 * HOUR}

Row = dict[str, str]


@dataclass
class Reckoned:
    """One incident: its stretches of one state, and state and seconds of each of its clocks."""

    stretches: list[tuple[datetime, datetime, str]]
    open: bool
    clocks: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def final(self) -> str:
        return self.stretches[-1][2]

    @property
    def reopens(self) -> int:
        return sum(state == "RESOLVED" for _, _, state in self.stretches[:-1])


def rows_of(path: Path, limit: int | None = None) -> dict[str, list[Row]]:
    """The rows of the first incidents of the file."""
    with gzip.open(path, "rt", newline="") as file:
        found: dict[str, list[Row]] = {}
        for row in csv.DictReader(file):
            if row["incident"] in found or limit is None or len(found) < limit:
                found.setdefault(row["incident"], []).append(row)
        return found


def at(row: Row) -> datetime:
    return datetime.fromisoformat(row["changed_at"]).astimezone(UTC)


def state_of(row: Row) -> str | None:
    match row["status"], row["sub_status"]:
        case "Queued", _:
            return "QUEUED"
        case "Completed", _:
            return "RESOLVED"
        case "Accepted", "In Progress" | "Assigned":
            return "IN_REVIEW"
        case "Accepted", _:
            return "ON_HOLD"
    return None


def office_seconds(start: datetime, end: datetime) -> int:
    """Monday to Friday, eight to five in Stockholm, looked at date by date."""
    total = timedelta()
    day = start.astimezone(STOCKHOLM).date()
    while day <= end.astimezone(STOCKHOLM).date():
        if day.weekday() < 5:
            opens = datetime.combine(day, time(8), STOCKHOLM).astimezone(UTC)
            closes = datetime.combine(day, time(17), STOCKHOLM).astimezone(UTC)
            total += max(timedelta(), min(end, closes) - max(start, opens))
        day += timedelta(days=1)
    return total // timedelta(seconds=1)


def reckon(rows: list[Row], as_of: datetime) -> Reckoned:
    entered: list[tuple[datetime, str]] = []
    for row in rows:
        state = state_of(row)
        if state is not None and (not entered or entered[-1][1] != state):
            entered.append((at(row), state))
    ends = [moment for moment, _ in entered[1:]] + [as_of]
    found = Reckoned(
        [(start, end, state) for (start, state), end in zip(entered, ends, strict=True)], entered[-1][1] != "RESOLVED"
    )
    impact = rows[0]["impact"]
    seen = next((moment for moment, state in entered if state in {"IN_REVIEW", "RESOLVED"}), None)
    waited = ((seen or as_of) - entered[0][0]) // timedelta(seconds=1)
    found.clocks["ACKNOWLEDGE"] = verdict(waited, ACKNOWLEDGE[impact], still="RUNNING" if seen is None else None)
    goal, counted = RESOLUTION[impact], list(worked(found.stretches))
    first = next((number for number, (_, _, state) in enumerate(found.stretches) if state == "RESOLVED"), None)
    standing = "PAUSED" if found.final == "ON_HOLD" else "RUNNING"
    found.clocks["FIRST_RESOLUTION"] = verdict(sum(counted[:first]), goal, still=standing if first is None else None)
    found.clocks["TOTAL_RESOLUTION"] = verdict(sum(counted), goal, still=standing if found.open else None)
    return found


def worked(stretches: Iterable[tuple[datetime, datetime, str]]) -> Iterator[int]:
    for start, end, state in stretches:
        yield 0 if state in {"ON_HOLD", "RESOLVED"} else office_seconds(start, end)


def verdict(seconds: int, goal: int, *, still: str | None) -> tuple[str, int]:
    late = seconds > goal
    if still is not None:
        return ("BREACHING" if late else still), seconds
    return ("BREACHED" if late else "MET"), seconds


def reckoned(incidents: dict[str, list[Row]]) -> dict[str, Any]:
    """What ``caseward replay --json`` must print."""
    as_of = max(at(row) for rows in incidents.values() for row in rows)
    found = [reckon(rows, as_of) for rows in incidents.values()]
    metrics = list(found[0].clocks)
    return {
        "cases": len(found),
        "rows": sum(map(len, incidents.values())),
        "reopened_cases": sum(one.reopens > 0 for one in found),
        "reopens": sum(one.reopens for one in found),
        "as_of": as_of.isoformat().replace("+00:00", "Z"),
        "clocks": {metric: dict(Counter(one.clocks[metric][0] for one in found)) for metric in metrics},
        "elapsed_median_s": {metric: median(one.clocks[metric][1] for one in found) for metric in metrics},
        "elapsed_sum_s": {metric: sum(one.clocks[metric][1] for one in found) for metric in metrics},
        "on_hold_wall_s": sum(
            (end - start) // timedelta(seconds=1)
            for one in found
            for start, end, state in one.stretches
            if state == "ON_HOLD"
        ),
        "final_states": dict(Counter(one.final for one in found)),
    }


_STORED = """
SELECT k.metric, k.state, k.elapsed_base / 1000000 AS seconds FROM sla_clock k JOIN "case" c ON c.id = k.subject_id
WHERE c.details->>'log' = 'bpic2013' AND c.details->>'incident' = $1 AND k.policy_key = 'bpic2013'
"""


async def compare(path: Path, keys: list[str], url: str | None) -> int:
    """Prints the incidents; how many clocks differ from the tables. Open clocks are stored up to their last event."""
    incidents = rows_of(path)
    as_of = max(at(row) for rows in incidents.values() for row in rows)
    connection = await asyncpg.connect(url) if url else None
    differ = 0
    for key in keys:
        sys.stdout.write(f"\n{key}, {incidents[key][0]['impact']}\n")
        for row in incidents[key]:
            told = f"{row['status']} / {row['sub_status']}"
            sys.stdout.write(f"  {at(row):%a %Y-%m-%d %H:%M:%S}Z  {told:32} {state_of(row) or '-'}\n")
        stored = {row["metric"]: row for row in await connection.fetch(_STORED, key)} if connection else {}
        for metric, (state, seconds) in reckon(incidents[key], as_of).clocks.items():
            line = f"  {metric:16} reckoned {state:9} {seconds:9} s"
            if connection:
                there = (stored[metric]["state"], int(stored[metric]["seconds"])) if metric in stored else None
                same = there == (state, seconds)
                differ += not same
                line += f"   stored {there}" + ("" if same else "   DIFFERS")
            sys.stdout.write(f"{line}\n")
    if connection:
        await connection.close()
    return differ


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("incidents", nargs="+")
    parser.add_argument("--database")
    given = parser.parse_args()
    sys.exit(1 if asyncio.run(compare(given.file, given.incidents, given.database)) else 0)
