"""A mutation that is told nothing to do refuses, instead of doing nothing or what null would do."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain.cases import actions as cases
from domain.core.actor import Actor
from domain.core.models import Event
from domain.people.roles import Role
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_queue, a_signal, a_team, an_account

Given = dict[str, Any]


class Desk:
    def __init__(self, key: str, bo: Client) -> None:
        self.key, self.bo = key, bo

    async def problems(self, name: str, given: Given) -> Any:
        """The wrong fields and their codes."""
        kind = name[0].upper() + name[1:]
        query = f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename ...P }} }}"
        query += " fragment P on ValidationFailed { problems { path code message } }"
        answer = (await self.bo(query, input=given))[name]
        assert answer["__typename"] == "ValidationFailed", answer
        return [(problem["path"], problem["code"]) for problem in answer["problems"]]


@pytest.fixture
async def desk(login: Callable[[Actor], Awaitable[Client]]) -> Desk:
    team = await a_team()
    await a_queue(team=team.id)
    bo = await a_person("Bo", Role.ADMIN, Role.LEAD, team=team.id, lead=True)
    filed = await a_signal(await an_account())
    await cases.assign(filed.case.id, by=SYSTEM, assignee_id=bo.person_id)
    return Desk(f"CASE-{filed.case.number}", await login(bo))


async def test_a_case_is_not_judged_anew_without_a_severity_or_a_priority(desk: Desk) -> None:
    facts = await Event.all().count()

    alone = await desk.problems("prioritizeCase", {"id": desk.key, "expectedVersion": None})
    many = await desk.problems("bulkCases", {"ids": [desk.key], "action": {"prioritize": {}}})

    assert alone == [(["severity"], "MISSING")]
    assert many == [(["action", "prioritize", "severity"], "MISSING")]
    assert await Event.all().count() == facts


async def test_a_case_is_taken_from_everybody_only_where_null_says_so(desk: Desk) -> None:
    alone = await desk.problems("assignCase", {"id": desk.key, "expectedVersion": None})
    many = await desk.problems("bulkCases", {"ids": [desk.key], "action": {"assign": {}}})
    both = await desk.problems("assignCase", {"id": desk.key})
    said = "mutation($input: AssignCaseInput!) { assignCase(input: $input) { ... on AssignCaseSuccess { replayed case"
    given = {"id": desk.key, "expectedVersion": None, "assigneeId": None}
    nobody = (await desk.bo(said + " { assignee { name } } } } }", input=given))["assignCase"]

    assert alone == [(["assigneeId"], "MISSING")]
    assert many == [(["action", "assign", "assigneeId"], "MISSING")]
    assert both == [(["expectedVersion"], "MISSING"), (["assigneeId"], "MISSING")]
    assert nobody == {"replayed": False, "case": {"assignee": None}}


@pytest.mark.parametrize(
    ("name", "given", "missing"),
    [
        ("assignInquiry", {"id": "INQ-1", "expectedVersion": None}, "assigneeId"),
        ("capToken", {"id": f"token_{'0' * 32}"}, "rowsPerHour"),
        ("limitDocuments", {"accountId": f"principal_{'0' * 32}"}, "mode"),
    ],
)
async def test_what_null_resets_is_not_reset_by_leaving_it_out(
    desk: Desk, name: str, given: Given, missing: str
) -> None:
    problems = await desk.problems(name, given)

    assert problems == [([missing], "MISSING")]
