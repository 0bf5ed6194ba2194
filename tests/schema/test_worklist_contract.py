"""Lists of work: what is due first comes first, page by page, and is kept with every action."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tortoise import connections

from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.states import Priority, Sensitivity
from domain.core.actor import Actor
from tests.api.conftest import Client
from tests.builders import SYSTEM
from tests.domain import promises
from workers import projections
from workers.rebuilding import rebuild

pytestmark = pytest.mark.usefixtures("url")

Login = Callable[[Actor], Awaitable[Client]]
CASES = """query($first: Int, $after: String, $order: [CaseOrder!], $filter: CaseFilter) {
    cases(first: $first, after: $after, orderBy: $order, filter: $filter) {
    nodes { key dueAt state } pageInfo { endCursor hasNextPage } } }"""


async def walk(client: Client, **asked: Any) -> list[dict[str, Any]]:
    """All pages, two at a time."""
    found: list[dict[str, Any]] = []
    after, more = None, True
    while more:
        page = (await client(CASES, first=2, after=after, **asked))["cases"]
        found += page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return found


async def state_of(case: Case) -> str:
    rows = await connections.get("default").execute_query_dict(
        "SELECT state, due_at FROM case_worklist WHERE id = $1", [case.id]
    )
    return "/".join([rows[0]["state"], "due" if rows[0]["due_at"] else "not due"])


@pytest.fixture
async def ada() -> Actor:
    found = await promises.a_desk()
    await promises.a_policy(promises.promise(seconds=600))
    return found


async def test_the_next_due_comes_first_and_what_is_not_due_last_unless_asked_for_first(
    ada: Actor, login: Login
) -> None:
    opened = [await promises.a_case() for _ in range(5)]
    lease = await cases.claim(opened[1].id, by=ada)
    await cases.hold(opened[1].id, by=ada, reason="WAITING", token=lease.token)
    client = await login(ada)
    keys = [f"CASE-{case.number}" for case in opened]
    held = keys.pop(1)

    found = await walk(client, order=[{"field": "DUE"}])

    assert [node["key"] for node in found] == [*keys, held]
    assert found[-1]["dueAt"] is None
    assert [node["dueAt"] for node in found[:-1]] == sorted(node["dueAt"] for node in found[:-1])
    for way, nulls, expected in [
        ("ASC", "FIRST", [held, *keys]),
        ("DESC", None, [held, *reversed(keys)]),
        ("DESC", "LAST", [*reversed(keys), held]),
    ]:
        order = {"field": "DUE", "direction": way} | ({"nulls": nulls} if nulls else {})
        assert [node["key"] for node in await walk(client, order=[order])] == expected


async def test_a_case_is_where_it_is_after_every_action(ada: Actor) -> None:
    case = await promises.a_case()
    assert await state_of(case) == "QUEUED/due"

    lease = await cases.claim(case.id, by=ada)
    assert await state_of(case) == "IN_REVIEW/due"
    await cases.hold(case.id, by=ada, reason="WAITING", token=lease.token)
    assert await state_of(case) == "ON_HOLD/not due"
    await cases.resume(case.id, by=ada)
    lease = await cases.claim(case.id, by=ada)
    assert await state_of(case) == "IN_REVIEW/due"
    await cases.resolve(case.id, by=ada, resolution="ANSWERED", token=lease.token)
    assert await state_of(case) == "RESOLVED/not due"


async def test_states_come_in_the_order_of_the_workflow(ada: Actor, login: Login) -> None:
    resolved, queued = await promises.a_resolved_case(ada), await promises.a_case()
    reviewed = await promises.a_case()
    await cases.claim(reviewed.id, by=ada)

    found = await walk(await login(ada), order=[{"field": "STATE"}, {"field": "OPENED_AT", "direction": "DESC"}])

    assert [node["key"] for node in found] == [f"CASE-{case.number}" for case in (queued, reviewed, resolved)]


async def test_cases_are_narrowed_by_when_they_are_due_and_hidden_ones_stay_hidden(ada: Actor, login: Login) -> None:
    case = await promises.a_case()
    await promises.a_case(sensitivity=Sensitivity.RESTRICTED)
    await promises.a_resolved_case(ada)
    client = await login(ada)

    for matching, count in [
        ({"dueAt": {"lte": "PT1H"}}, 1), ({"dueAt": {"lte": "-PT1S"}}, 0), ({"dueAt": {"isNull": True}}, 1),
        ({"queueId": {"isNull": False}, "dueAt": {"isNull": False}}, 1),
    ]:  # fmt: skip
        found = await walk(client, order=[{"field": "DUE"}], filter=matching)

        assert len(found) == count, matching
    due = await walk(client, order=[{"field": "DUE"}], filter={"dueAt": {"isNull": False}})
    assert [node["key"] for node in due] == [f"CASE-{case.number}"]


async def test_a_changed_promise_moves_what_is_due(ada: Actor, login: Login) -> None:
    case = await promises.a_case()
    client = await login(ada)
    (before,) = await walk(client, order=[{"field": "DUE"}])

    await cases.prioritize(case.id, by=ada, priority=Priority.P1)
    await promises.a_policy(promises.promise(seconds=60))
    await projections.drain()
    (after,) = await walk(client, order=[{"field": "DUE"}])

    assert after["dueAt"] <= before["dueAt"]
    assert (await rebuild(["worklist"], by=SYSTEM, check=True)).differences == []


async def test_the_view_of_cases_by_work_has_every_column_of_a_case() -> None:
    rows = await connections.get("default").execute_query_dict(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'case'"
        " EXCEPT SELECT column_name FROM information_schema.columns WHERE table_name = 'case_by_work'"
    )

    assert list(map(dict, rows)) == []
