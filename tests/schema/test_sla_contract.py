"""Clocks through GraphQL: at this instant, by those who may see the case."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from tortoise import connections

from domain.cases import actions as cases
from domain.cases.states import Sensitivity
from domain.core import clock as time
from domain.core import versions
from domain.core.actor import Actor
from domain.core.versions import ConfigKind
from domain.people.roles import Role
from domain.sla.models import SlaClock
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person
from tests.desk import movable_clock
from tests.domain.promises import ACKNOWLEDGED, LONG_AGO, a_case, a_desk, a_policy, a_resolved_case, promise

Login = Callable[[Actor], Awaitable[Client]]

pytestmark = pytest.mark.usefixtures("url")

CLOCKS = """query($id: ID!) { case(id: $id) { clocks {
    metric state policyKey goal goalUnit elapsed remaining overdue dueAt revision
    status { __typename
        ... on SlaRunning { dueAt remaining } ... on SlaMet { metAt } ... on SlaPaused { since reason remaining }
        ... on SlaBreaching { breachedAt overdue } ... on SlaCancelled { cancelledAt reason } }
    subject { ... on Case { key } } segments { mode reason counted team { key } } transitions { type cause } } } }"""
SUMMARY = """query($from: DateTime!, $to: DateTime!) { slaSummary(from: $from, to: $to) {
    metric attainment medianElapsed counts { state clocks } oldestBreaching { subject { ... on Case { key } } } } }"""
POLICY = """mutation($input: PublishSlaPolicyInput!) { publishSlaPolicy(input: $input) { __typename
    ... on PublishSlaPolicySuccess { rev policy { key spec } }
    ... on ValidationFailed { problems { path code } } } }"""
CALENDAR = """mutation($input: PublishCalendarInput!) { publishCalendar(input: $input) { __typename
    ... on PublishCalendarSuccess { rev calendar { key } } ... on ValidationFailed { problems { path code } } } }"""


def hour_from(start: datetime) -> dict[str, Any]:
    return {"from": start.isoformat(), "to": (start + timedelta(hours=1)).isoformat()}


async def later(**shift: float) -> None:
    await connections.get("default").execute_query(
        "UPDATE test_clock SET shift = shift + $1::interval", [timedelta(**shift)]
    )


async def test_a_case_shows_its_clocks_at_this_instant_though_no_worker_ran(login: Login) -> None:
    await movable_clock()
    ada = await a_desk()
    await a_policy(ACKNOWLEDGED, promise(seconds=600))
    case = await a_case()
    lease = await cases.claim(case.id, by=ada)
    asked = await login(ada)
    key = f"CASE-{case.number}"

    await later(minutes=12)
    late = (await asked(CLOCKS, id=key))["case"]["clocks"]
    await cases.hold(case.id, by=ada, reason="WAITING", token=lease.token)
    held = (await asked(CLOCKS, id=key))["case"]["clocks"]

    acknowledged, resolution = late
    assert (acknowledged["state"], acknowledged["status"]["__typename"]) == ("MET", "SlaMet")
    assert (resolution["state"], resolution["status"]["__typename"]) == ("BREACHING", "SlaBreaching")
    assert resolution["status"]["breachedAt"] == resolution["dueAt"]
    assert (resolution["goal"], resolution["remaining"]) == ("PT10M", "PT0S")
    assert resolution["overdue"].startswith("PT2M")
    assert resolution["elapsed"].startswith("PT12M")
    assert resolution["subject"] == {"key": key}
    *ran, pause = held[1]["segments"]
    assert {segment["mode"] for segment in ran} == {"RUN"}
    assert ran[-1]["team"] == {"key": "live"}
    assert (pause["mode"], pause["reason"]) == ("PAUSE", "WAITING")
    assert held[1]["state"] == "BREACHING"


async def test_elapsed_counts_by_the_calendar(login: Login) -> None:
    await movable_clock()
    ada = await a_desk()
    asked = await login(await a_person("Mo", Role.MANAGER))
    never: dict[str, Any] = {"tz": "UTC", "exceptions": [], "weekly": {"mon": [["00:00", "00:01"]]}}
    published = await asked(CALENDAR, input={"key": "mondays", "spec": never, "note": "a minute a week"})
    await a_policy(promise(calendar="mondays"))
    case = await a_case()

    await later(days=14)
    (clock,) = (await (await login(ada))(CLOCKS, id=f"CASE-{case.number}"))["case"]["clocks"]

    assert published["publishCalendar"]["calendar"] == {"key": "mondays"}
    assert clock["elapsed"] == "PT2M"
    assert clock["status"] == {"__typename": "SlaRunning", "dueAt": clock["dueAt"], "remaining": "PT8M"}


async def test_attainment_counts_by_due_and_leaves_cancelled_ones_out(login: Login) -> None:
    await movable_clock()
    ada = await a_desk()
    await a_policy(promise(seconds=600))
    start = await time.now()
    await a_resolved_case(ada)
    await a_resolved_case(ada)
    first, second, dropped = await a_case(), await a_case(), await a_case()
    await cases.cancel(dropped.id, by=SYSTEM, reason="SPAM")
    lease = await cases.claim(second.id, by=ada)
    await later(minutes=11)
    await cases.resolve(second.id, by=ada, resolution="ANSWERED", token=lease.token)
    asked = await login(ada)

    found = await asked(SUMMARY, **hour_from(start))
    outside = await asked(SUMMARY, **hour_from(LONG_AGO))

    (resolution,) = found["slaSummary"]
    assert resolution["counts"] == [
        {"state": "BREACHED", "clocks": 1},
        {"state": "BREACHING", "clocks": 1},
        {"state": "CANCELLED", "clocks": 1},
        {"state": "MET", "clocks": 2},
    ]
    assert resolution["attainment"] == 0.5
    assert resolution["oldestBreaching"]["subject"] == {"key": f"CASE-{first.number}"}
    assert outside["slaSummary"] == []


async def test_clocks_of_a_case_that_is_hidden_are_neither_listed_nor_counted(login: Login) -> None:
    ada = await a_desk()
    await a_policy(promise())
    start = await time.now()
    await a_case(sensitivity=Sensitivity.RESTRICTED)
    asked = await login(ada)

    listed = await asked("{ slaClocks { totalCount { value } nodes { metric } } }")
    found = await asked(SUMMARY, **hour_from(start))

    assert await SlaClock.all().count() == 1
    assert listed["slaClocks"] == {"totalCount": {"value": 0}, "nodes": []}
    assert found["slaSummary"] == []


async def test_a_manager_publishes_a_policy_and_is_told_every_wrong_place(login: Login) -> None:
    await a_desk()
    asked = await login(await a_person("Mo", Role.MANAGER))
    wrong = {"targets": [promise("SPEED"), promise(calendar="moon", key="second")]}

    refused = await asked(POLICY, input={"key": "live", "spec": wrong, "note": "x"})
    published = await asked(POLICY, input={"key": "live", "spec": {"targets": [promise()]}, "note": "x"})
    listed = await asked("{ slaPolicies { nodes { key rev } } }")

    assert refused["publishSlaPolicy"]["problems"] == [
        {"path": ["spec", "targets", "0", "metric"], "code": "UNKNOWN"},
        {"path": ["spec", "targets", "1", "calendar"], "code": "UNKNOWN"},
    ]
    assert published["publishSlaPolicy"]["rev"] == 1
    assert listed["slaPolicies"]["nodes"] == [{"key": "live", "rev": 1}]
    assert len(await versions.history(ConfigKind.SLA_POLICY)) == 1
