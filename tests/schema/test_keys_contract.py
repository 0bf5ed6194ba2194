"""Short names and orders: what people say aloud is what the contract takes."""

from collections.abc import Awaitable, Callable

import pytest

from domain.cases import actions as cases
from domain.cases.states import CaseKind, Severity
from domain.core.actor import Actor
from domain.people.roles import Role
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_queue, a_team
from tests.domain.decisions import a_policy

Login = Callable[[Actor], Awaitable[Client]]


@pytest.fixture
async def admin(login: Login) -> Client:
    team = await a_team("live-safety")
    await a_queue("live-harm", team=team.id)
    return await login(await a_person("Ad", Role.ADMIN, team=team.id))


async def test_queues_teams_and_policies_are_found_by_key_and_by_id(admin: Client) -> None:
    await a_policy("live.scam")
    await a_policy("live.scam", title="Scams, anew")

    found = await admin('{ queue(id: "live-harm") { id } team(id: "live-safety") { id } }')
    policy = await admin('{ contentPolicy(id: "live.scam") { id rev title } }')
    again = await admin(
        "query($queue: ID!, $team: ID!, $policy: ID!) { queue(id: $queue) { key } team(id: $team) { key }"
        " contentPolicy(id: $policy) { key rev } }",
        queue=found["queue"]["id"],
        team=found["team"]["id"],
        policy=policy["contentPolicy"]["id"],
    )

    assert (policy["contentPolicy"]["rev"], policy["contentPolicy"]["title"]) == (2, "Scams, anew")
    assert again == {
        "queue": {"key": "live-harm"},
        "team": {"key": "live-safety"},
        "contentPolicy": {"key": "live.scam", "rev": 2},
    }
    assert (await admin('{ queue(id: "nope") { id } }'))["queue"] is None


async def test_a_case_is_put_into_a_queue_by_the_queues_key(admin: Client) -> None:
    case = await cases.open_case("A case", by=SYSTEM, kind=CaseKind.SERVICE)
    await a_queue("second", team=(await a_team("other")).id, position=2)
    hold = f'id: "CASE-{case.number}", expectedVersion: null'

    await admin(f'mutation {{ holdCase(input: {{{hold}, reason: "WAITING"}}) {{ __typename }} }}')
    told = await admin(
        f'mutation {{ queueCase(input: {{{hold}, queueId: "second"}}) {{'
        " ... on QueueCaseSuccess { case { queue { key } } } ... on Problem { code message path } } }"
    )
    unknown = await admin(
        f'mutation {{ queueCase(input: {{{hold}, queueId: "third"}}) {{ ... on Problem {{ code path }} }} }}'
    )

    assert told["queueCase"] == {"case": {"queue": {"key": "second"}}}
    assert unknown["queueCase"] == {"code": "NOT_FOUND", "path": ["queueId"]}


@pytest.mark.parametrize(
    ("said", "expected"),
    [("{lte: SEV1}", ["SEV0", "SEV1"]), ("{lt: SEV1}", ["SEV0"]), ("{gt: SEV1, lte: SEV3}", ["SEV2", "SEV3"])],
)
async def test_severities_are_compared_with_the_worst_as_the_least(
    admin: Client, said: str, expected: list[str]
) -> None:
    for severity in Severity:
        await cases.open_case("A case", by=SYSTEM, kind=CaseKind.SERVICE, severity=severity)

    found = await admin(f"{{ cases(filter: {{severity: {said}}}) {{ nodes {{ severity }} }} }}")

    assert sorted(node["severity"] for node in found["cases"]["nodes"]) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('{eq: "CASE-2"}', [2]),
        ('{neq: "CASE-2"}', [1, 3]),
        ('{in: ["CASE-1", "CASE-3", "CASE-99"]}', [1, 3]),
        ('{nin: ["CASE-1", "CASE-3"]}', [2]),
        ('{neq: "CASE-999"}', [1, 2, 3]),
        ('{nin: ["CASE-1", "CASE-999"]}', [2, 3]),
        ('{eq: "CASE-999"}', []),
        ('{eq: "CASE-99"}', []),
    ],
)
async def test_filters_of_ids_take_the_keys_people_say(admin: Client, said: str, expected: list[int]) -> None:
    for _ in range(3):
        await cases.open_case("A case", by=SYSTEM, kind=CaseKind.SERVICE)

    found = await admin(f"{{ cases(filter: {{id: {said}}}, orderBy: {{field: NUMBER}}) {{ nodes {{ key }} }} }}")

    assert [node["key"] for node in found["cases"]["nodes"]] == [f"CASE-{number}" for number in expected]


async def test_what_is_no_cursor_at_all_is_told_apart_from_anothers(admin: Client) -> None:
    answer = await admin.send('{ cases(after: "garbage") { nodes { id } } }')

    (error,) = answer["errors"]
    assert error["message"] == "This is no cursor. Take one from pageInfo or edges, or start without it."
    assert error["extensions"]["code"] == "INVALID_CURSOR"


async def test_a_filter_of_queues_takes_their_ids_and_one_by_key_the_related_row(admin: Client) -> None:
    await cases.open_case("A case", by=SYSTEM, kind=CaseKind.SERVICE)
    queue = (await admin('{ queue(id: "live-harm") { id } }'))["queue"]["id"]
    asked = "query($filter: CaseFilter) { cases(filter: $filter) { nodes { key } } }"

    by_id = await admin(asked, filter={"queueId": {"eq": queue}})
    by_row = await admin(asked, filter={"queue": {"key": {"eq": "live-harm"}}})
    by_key = await admin.send(asked, filter={"queueId": {"eq": "live-harm"}})

    assert [each["cases"]["nodes"] for each in (by_id, by_row)] == [[{"key": "CASE-1"}]] * 2
    assert by_key["errors"][0]["extensions"]["code"] == "INVALID_ID"


async def test_null_to_compare_with_is_refused_and_is_null_finds_what_has_no_value(admin: Client) -> None:
    await cases.open_case("A case", by=SYSTEM, kind=CaseKind.SERVICE)

    compared = await admin.send("{ cases(filter: {assigneeId: {eq: null}}) { nodes { key } } }")
    absent = await admin("{ cases(filter: {assigneeId: {isNull: true}}) { nodes { key } } }")

    assert compared["errors"][0]["extensions"]["code"] == "INVALID_FILTER"
    assert "isNull" in compared["errors"][0]["message"]
    assert [node["key"] for node in absent["cases"]["nodes"]] == ["CASE-1"]


async def test_cases_come_the_newest_first_where_no_order_is_said(admin: Client) -> None:
    for _ in range(3):
        await cases.open_case("A case", by=SYSTEM, kind=CaseKind.SERVICE)

    found = await admin("{ cases { nodes { key } } }")

    assert [node["key"] for node in found["cases"]["nodes"]] == ["CASE-3", "CASE-2", "CASE-1"]
