"""Policies and cases the tests of clocks share."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tortoise import connections

from caseward.wiring import wire
from domain.cases import actions as cases
from domain.cases.models import Case, Queue
from domain.cases.states import CaseKind
from domain.core.actor import Actor
from domain.core.transaction import Ref, atomic
from domain.sla import actions as sla
from domain.sla import recording
from domain.sla.models import SlaClock
from tests.builders import SYSTEM, a_person, a_queue, a_team

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
OPENED: Mapping[str, Any] = {"kind": "CaseOpened"}
ENDED: Mapping[str, Any] = {"state": ["RESOLVED", "CLOSED"]}
DROPPED: Mapping[str, Any] = {"state": ["CANCELLED", "MERGED"]}


def promise(metric: str = "FIRST_RESOLUTION", seconds: int = 600, **more: Any) -> dict[str, Any]:
    """A target in plain seconds from opening to the end, standing still on hold."""
    return {
        "metric": metric,
        "goal": {"business_seconds": seconds},
        "start": [OPENED, {"kind": "CaseReopened"}],
        "stop": ENDED,
        "pause": {"state": ["ON_HOLD"]},
        "cancel": DROPPED,
        **more,
    }


ACKNOWLEDGED = promise("ACKNOWLEDGE", 60, stop=[{"state": ["IN_REVIEW"]}, ENDED])


async def a_policy(*targets: Mapping[str, Any], key: str = "live", **more: Any) -> None:
    when = more.pop("effective_from", None)
    spec = {"targets": list(targets) or [promise()], **more}
    await sla.publish_policy(key, by=SYSTEM, spec=spec, note="as agreed", effective_from=when)


async def a_desk() -> Actor:
    """A queue for what comes in, and Ada who works on it; clocks are kept."""
    wire()
    team = await a_team()
    if not await Queue.filter(key="live").exists():
        await a_queue(team=team.id)
    return await a_person("Ada", team=team.id)


async def a_case(**more: Any) -> Case:
    """A case of the service kind: it can be resolved without a decision."""
    return await cases.open_case("Wrong room", by=more.pop("by", SYSTEM), kind=CaseKind.SERVICE, **more)


async def a_resolved_case(ada: Actor, **more: Any) -> Case:
    case = await a_case(**more)
    lease = await cases.claim(case.id, by=ada)
    return await cases.resolve(case.id, by=ada, resolution="ANSWERED", token=lease.token)


async def the_clock(case_id: UUID, metric: str = "FIRST_RESOLUTION") -> SlaClock:
    return await SlaClock.get(subject_id=case_id, metric=metric)


TABLES = {
    "sla_clock": "id",
    "sla_segment": "clock_id, number",
    "sla_transition": "clock_id, number",
}


async def tables() -> dict[str, list[Any]]:
    """Everything a fold writes."""
    found = {}
    for table, order in TABLES.items():
        found[table] = await connections.get("default").execute_query_dict(f"SELECT * FROM {table} ORDER BY {order}")
    return found


@atomic
async def recomputed(ref: Ref) -> None:
    await recording.project_all([ref])
