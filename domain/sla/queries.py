"""How well promises are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import connections

from domain.core import predicates as p
from domain.core.actor import Actor
from domain.core.errors import NotFound
from domain.core.texts import quoted
from domain.core.versions import ConfigKind
from domain.sla.clocks import ClockState
from domain.sla.filters import STATE_NOW
from domain.sla.metrics import Metric
from domain.sla.visibility import CLOCKS

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Attainment:
    """One metric's promises of a period, by when they fell due. CANCELLED ones are counted, and count for nothing.

    `rate` is MET / (MET + BREACHED + BREACHING), None where nothing is decided; medians are of closed clocks.
    """

    metric: Metric
    counts: Mapping[ClockState, int]
    rate: float | None
    median_elapsed: timedelta | None
    p90_elapsed: timedelta | None
    oldest_breaching: UUID | None


async def summary(
    viewer: Actor, *, start: datetime, end: datetime, policy_key: str | None = None
) -> list[Attainment]:  # fmt: skip
    """Attainment by metric of the clocks the viewer may see that fell due in `[start, end)`, or, having no due, began
    or were cancelled in it. NOT_FOUND for an unknown policy."""
    if policy_key is not None and not await _is_known(policy_key):
        raise NotFound("SLA policy", quoted(policy_key), path=("policyKey",))
    binds = p.Positional(viewer, start=4)
    seen = p.to_sql(CLOCKS, row="c", binds=binds)
    rows = await connections.get("default").execute_query_dict(
        f"""
        WITH seen AS (
            SELECT c.id, c.metric, c.due_at, {STATE_NOW.replace("{row}", "c")} AS state,
                CASE WHEN c.stopped_at IS NOT NULL THEN c.elapsed_base END AS elapsed
            FROM sla_clock c
            WHERE coalesce(c.due_at, c.cancelled_at, c.started_at) >= $1
                AND coalesce(c.due_at, c.cancelled_at, c.started_at) < $2
                AND ($3::text IS NULL OR c.policy_key = $3) AND ({seen})
        ), counted AS (SELECT metric, state, count(*) AS n FROM seen GROUP BY 1, 2)
        SELECT s.metric,
            (SELECT json_object_agg(d.state, d.n) FROM counted d WHERE d.metric = s.metric) AS counts,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY s.elapsed) FILTER (WHERE s.state IN ('MET', 'BREACHED')) AS p50,
            percentile_cont(0.9) WITHIN GROUP (ORDER BY s.elapsed) FILTER (WHERE s.state IN ('MET', 'BREACHED')) AS p90,
            (array_agg(s.id ORDER BY s.due_at, s.id) FILTER (WHERE s.state = 'BREACHING'))[1] AS oldest
        FROM seen s GROUP BY s.metric ORDER BY s.metric
        """,
        [start, end, policy_key, *binds.values],
    )
    return [_attainment(row) for row in rows]


async def _is_known(policy_key: str) -> bool:
    """Whether there is, or was, a policy of this key: versions are never deleted."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT 1 FROM config_version WHERE kind = $1 AND key = $2 LIMIT 1", [ConfigKind.SLA_POLICY.value, policy_key]
    )
    return bool(rows)


def rate(counts: Mapping[ClockState, int]) -> float | None:
    """Kept promises among the decided ones; None where none is."""
    met = counts.get(ClockState.MET, 0)
    decided = met + counts.get(ClockState.BREACHED, 0) + counts.get(ClockState.BREACHING, 0)
    return met / decided if decided else None


def _attainment(row: Mapping[str, Any]) -> Attainment:
    counts = {ClockState(state): int(n) for state, n in row["counts"].items()}
    return Attainment(
        Metric(row["metric"]), counts, rate(counts), _duration(row["p50"]), _duration(row["p90"]), row["oldest"]
    )


def _duration(micros: float | None) -> timedelta | None:
    return None if micros is None else round(micros) * _MICROSECOND
