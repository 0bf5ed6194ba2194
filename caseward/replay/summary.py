"""What a replay amounts to, read back from the tables: cases, the log of their moves, and their clocks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from tortoise import connections

from domain.sla import configuration
from domain.sla.clocks import ClockState
from domain.sla.measures import Measure

_MICROSECOND = timedelta(microseconds=1)

_IDS = """
SELECT e.subject_id AS id FROM event_source s JOIN event e ON e.id = s.event_id
WHERE s.source = $1 AND s.source_event_id = ANY ($2) AND e.subject_type = 'case'
"""

_CASES = """
SELECT state, count(*) AS n, sum(reopen_count) AS reopens, count(*) FILTER (WHERE reopen_count > 0) AS reopened
FROM "case" WHERE id = ANY ($1) GROUP BY state
"""

# A stretch of one state ends with the next move; the last one is measured to $2.
_ON_HOLD = """
SELECT coalesce(sum(extract(epoch FROM ends - begins)), 0)::bigint AS seconds FROM (
    SELECT coalesce(payload->>'to_state', payload->>'state') AS state, occurred_at AS begins,
        coalesce(lead(occurred_at) OVER (PARTITION BY subject_id ORDER BY occurred_at, seq), $2) AS ends
    FROM event WHERE subject_type = 'case' AND subject_id = ANY ($1)
        AND (payload ? 'to_state' OR kind = 'CaseOpened')
) stretch WHERE state = 'ON_HOLD' AND begins < ends
"""

_CLOCKS = """
SELECT metric, policy_key, policy_rev, target_key, state, running_since, elapsed_base, due_at, stopped_at, breached_at
FROM sla_clock WHERE subject_type = 'case' AND subject_id = ANY ($1) AND policy_key = ANY ($2)
"""


async def ids_of(system: str, openings: Sequence[str]) -> list[UUID]:
    """The cases that these facts opened."""
    rows = await connections.get("default").execute_query_dict(_IDS, [system, list(openings)])
    return [row["id"] for row in rows]


async def summary(
    ids: Sequence[UUID], *, policies: Sequence[str], rows: int, as_of: datetime | None
) -> dict[str, Any]:  # fmt: skip
    """The replay in numbers. Clocks still open are measured to ``as_of``; one past its goal then is BREACHING, on hold
    or not."""
    connection = connections.get("default")
    until = as_of or datetime.fromtimestamp(0, UTC)
    states = await connection.execute_query_dict(_CASES, [ids])
    (held,) = await connection.execute_query_dict(_ON_HOLD, [ids, until])
    clocks = await connection.execute_query_dict(_CLOCKS, [ids, list(policies)])
    found = list(_read(clocks, await _measures(clocks), until))
    metrics = sorted({metric for metric, _, _ in found})
    elapsed = {one: [seconds for metric, _, seconds in found if metric == one] for one in metrics}
    return {
        "cases": sum(row["n"] for row in states),
        "rows": rows,
        "reopened_cases": sum(row["reopened"] for row in states),
        "reopens": int(sum(row["reopens"] for row in states)),
        "as_of": None if as_of is None else as_of.isoformat().replace("+00:00", "Z"),
        "clocks": {one: _counted([state for metric, state, _ in found if metric == one]) for one in metrics},
        "elapsed_median_s": {one: _plain(median(elapsed[one])) for one in metrics},
        "elapsed_sum_s": {one: sum(elapsed[one]) for one in metrics},
        "on_hold_wall_s": held["seconds"],
        "final_states": {row["state"]: row["n"] for row in sorted(states, key=lambda row: str(row["state"]))},
    }


async def _measures(clocks: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int, str], Measure]:
    """How each target counts time."""
    (row,) = await connections.get("default").execute_query_dict(f"SELECT {configuration.STAMP} AS stamp")
    book = await configuration.book(row["stamp"])
    return {target: book.terms_of(*target).measure for target in {_target(clock) for clock in clocks}}


def _read(
    clocks: Sequence[Mapping[str, Any]], measures: Mapping[tuple[str, int, str], Measure], until: datetime
) -> Iterator[tuple[str, str, int]]:
    """Metric, state and elapsed seconds of each clock at ``until``."""
    for clock in clocks:
        elapsed, since = _duration(clock["elapsed_base"]), clock["running_since"]
        if since is not None and since < until:
            elapsed += measures[_target(clock)].between(since, until)
        yield clock["metric"], _state(clock, until), elapsed // timedelta(seconds=1)


def _state(clock: Mapping[str, Any], until: datetime) -> str:
    """The state then: what has come to light since, such as a due that passed later, is not counted."""
    if clock["stopped_at"] is not None or clock["state"] == ClockState.CANCELLED:
        return str(clock["state"])
    late = clock["breached_at"] if clock["breached_at"] is not None else clock["due_at"]
    if late is not None and late < until:
        return ClockState.BREACHING.value
    if clock["running_since"] is None:
        return ClockState.PAUSED.value
    return ClockState.UNSCHEDULABLE.value if late is None else ClockState.RUNNING.value


def _target(clock: Mapping[str, Any]) -> tuple[str, int, str]:
    return clock["policy_key"], clock["policy_rev"], clock["target_key"]


def _counted(states: Sequence[str]) -> dict[str, int]:
    return {state: states.count(state) for state in sorted(set(states))}


def _plain(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _duration(stored: int | timedelta) -> timedelta:
    return stored if isinstance(stored, timedelta) else stored * _MICROSECOND
