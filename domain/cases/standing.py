"""How many cases stand, under their row locks: those no rule can tell apart are judged as one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.cases.rules import CaseFacts, LeaseFacts
from domain.cases.states import CaseState, Priority, Sensitivity, Severity
from domain.cases.visibility import CASES
from domain.core import clock, transaction
from domain.core import predicates as p
from domain.core.actor import Actor

_COLUMNS = (
    "workflow, state, team_id, assignee_id, queue_id, tier, severity, priority, sensitivity, reopen_count, timed"
)  # fmt: skip

# Rows are locked in the order of their ids, so two batches never wait for each other in a circle.
_ALIKE = """
SELECT {columns}, array_agg(id ORDER BY id) AS ids
FROM (SELECT *, hold_until IS NOT NULL AS timed FROM "case" WHERE id = ANY ($1::uuid[]) ORDER BY id {lock}) c
GROUP BY {columns}
"""

_LEASES = """
SELECT l.id, l.case_id, l.holder_id, p.name, l.token, l.expires_at FROM lease l JOIN person p ON p.id = l.holder_id
WHERE l.case_id = ANY ($1::uuid[]) AND l.released_at IS NULL
"""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Alike:
    """Cases that stand alike, with what the rules need of each. One with a lease stands alone. ``timed``: they are on
    hold until some moment."""

    ids: Sequence[UUID]
    facts: CaseFacts
    reopen_count: int
    timed: bool
    lease_id: UUID | None = None

    def each(self) -> Iterator["Alike"]:
        """The same, case by case."""
        return (replace(self, ids=[id]) for id in self.ids)  # noqa: A001


@dataclass(frozen=True, slots=True)
class Found:
    """Those of some cases that the actor may see, and the others; at ``now``."""

    alike: Sequence[Alike]
    missing: Sequence[UUID]
    now: datetime


async def stand(case_ids: Sequence[UUID], *, by: Actor, look_only: bool = False) -> Found:
    """How these cases stand, each named once; under their row locks unless ``look_only``. Three round trips."""
    connection = transaction.current().connection
    rows = await connection.execute_query_dict(
        _ALIKE.format(columns=_COLUMNS, lock="" if look_only else "FOR UPDATE"), [list(case_ids)]
    )
    # After the locks: whoever had them may have moved leases meanwhile.
    leases = {row["case_id"]: row for row in await connection.execute_query_dict(_LEASES, [list(case_ids)])}
    now = await clock.now()
    seen = {name: p.matches(CASES, {"sensitivity": name}, viewer=by, now=now) for name in Sensitivity}
    alike = [one for row in rows if seen[Sensitivity(row["sensitivity"])] for one in _divided(row, leases, now)]
    there = {id for one in alike for id in one.ids}  # noqa: A001
    return Found(alike, [id for id in case_ids if id not in there], now)  # noqa: A001


def _divided(row: Row, leases: Mapping[UUID, Row], now: datetime) -> Iterator[Alike]:
    free = [id for id in row["ids"] if id not in leases] if leases else row["ids"]  # noqa: A001
    if free:
        yield Alike(free, _facts(row, None, now), row["reopen_count"], row["timed"])
    if len(free) < len(row["ids"]):
        for lease in (leases[id] for id in row["ids"] if id in leases):  # noqa: A001
            yield Alike(
                [lease["case_id"]], _facts(row, lease, now), row["reopen_count"], row["timed"], lease_id=lease["id"]
            )


def _facts(row: Row, lease: Row | None, now: datetime) -> CaseFacts:
    held = lease and LeaseFacts(
        holder_id=lease["holder_id"], holder_name=lease["name"], token=lease["token"], expires_at=lease["expires_at"]
    )
    return CaseFacts(
        workflow=row["workflow"],
        state=CaseState(row["state"]),
        team_id=row["team_id"],
        assignee_id=row["assignee_id"],
        lease=held or None,
        now=now,
        queue_id=row["queue_id"],
        tier=row["tier"],
        severity=Severity(row["severity"]),
        priority=Priority(row["priority"]),
    )
