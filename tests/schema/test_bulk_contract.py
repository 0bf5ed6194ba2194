"""Batches as a script sends them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain.bulk.models import BulkOperation
from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.states import CaseKind, Sensitivity
from domain.core.actor import Actor
from domain.people.roles import Role
from tests.api.conftest import Client
from tests.builders import a_person
from tests.domain.batches import Floor, a_floor, some_cases

Login = Callable[[Actor], Awaitable[Client]]

OPERATION = """operation { id state action total applied skipped dryRun effectsUntil
    results(first: 50) { totalCount { value } nodes { case { key state } given outcome code message } } }"""
BULK = (
    "mutation($input: BulkCasesInput!) { bulkCases(input: $input) { ... on BulkCasesSuccess { token replayed "
    + OPERATION
    + "} ... on Problem { __typename code message path } } }"
)
UNDO = BULK.replace("BulkCases", "UndoBulk").replace("bulkCases", "undoBulk")


@pytest.fixture
async def floor(url: str) -> Floor:
    return await a_floor()


async def test_a_script_cancels_what_a_filter_finds_and_takes_a_part_back(floor: Floor, login: Login) -> None:
    bo = await login(floor.bo)
    await some_cases(floor.bo, 3)
    asked = {"filter": {"state": {"eq": "QUEUED"}}, "action": {"cancel": {"reason": "SPAM"}}}

    wrong = (await bo(BULK, input=asked | {"expectedCount": 2}))["bulkCases"]
    done = (await bo(BULK, input=asked | {"expectedCount": 3}))["bulkCases"]
    part = done["operation"]["results"]["nodes"][0]["case"]["key"]
    undone = (await bo(UNDO, input={"id": done["operation"]["id"], "ids": [part]}))["undoBulk"]

    assert (wrong["code"], wrong["path"]) == ("EXPECTED_COUNT_DIFFERS", ["expectedCount"])
    assert "3 cases" in wrong["message"]
    assert (done["operation"]["state"], done["operation"]["applied"]) == ("DONE", 3)
    assert {each["case"]["state"] for each in done["operation"]["results"]["nodes"]} == {"CANCELLED"}
    (row,) = undone["operation"]["results"]["nodes"]
    assert row == {"case": {"key": part, "state": "QUEUED"}, "given": None, "outcome": "APPLIED", "code": None,
                   "message": None}  # fmt: skip


async def test_a_dry_run_by_keys_tells_of_each_what_would_become_of_it(floor: Floor, login: Login) -> None:
    bo = await login(floor.bo)
    await some_cases(floor.bo, 1)
    asked = {"ids": ["CASE-1", "CASE-77"], "action": {"resume": True}, "validateOnly": True}

    told = (await bo(BULK, input=asked | {"errorPolicy": "SKIP_FAILED"}))["bulkCases"]["operation"]

    assert told["dryRun"] is True
    assert {(row["given"], row["code"]) for row in told["results"]["nodes"]} == {
        ("CASE-77", "NOT_FOUND"), (None, "NOT_ON_HOLD"),
    }  # fmt: skip


@pytest.mark.parametrize("policy", ["SKIP_FAILED", "ALL_OR_NOTHING"])
async def test_a_hidden_case_reads_like_one_that_is_not_there(floor: Floor, login: Login, policy: str) -> None:
    bo = await login(floor.bo)
    cleared = await a_person("Cy", Role.LEAD, clearances=["SENSITIVE"])
    seen = (await some_cases(floor.bo, 1))[0]
    secret = await cases.open_case("Secret", by=cleared, kind=CaseKind.SERVICE, sensitivity=Sensitivity.SENSITIVE)
    number = (await Case.get(id=secret.id)).number
    named = [f"CASE-{number}", "CASE-9999", f"case_{secret.id.hex.upper()}", f"case_{'7' * 32}"]
    comment = {"ids": named, "action": {"comment": {"text": "Seen"}}, "errorPolicy": policy}
    done = (await bo(BULK, input=comment | {"ids": [f"case_{seen.hex}"]}))["bulkCases"]["operation"]

    for act, asked in ((BULK, comment), (BULK, comment | {"validateOnly": True}), (UNDO, {"id": done["id"]})):
        (answer,) = (await bo(act, input=asked | {"ids": named})).values()

        rows = answer["operation"]["results"]["nodes"]
        assert {row["given"] for row in rows} == set(named)
        assert answer["operation"]["total"] == answer["operation"]["skipped"] == 4
        assert {(row["case"], row["code"], row["message"]) for row in rows} == {
            (None, "NOT_FOUND", "There is no such case that you can see. Check the id or the key.")
        }


@pytest.mark.parametrize(
    "action",
    [
        {"hold": {"reason": "WAITING", "until": "2999-01-01T00:00:00Z"}},
        {"hold": {"reason": "not a code"}},
        {"resume": False},
        {"assign": {"assigneeId": "person_00000000000000000000000000000000"}},
        {"queue": {"queueId": "queue_00000000000000000000000000000000"}},
    ],
)
async def test_what_no_case_could_be_asked_is_refused_before_anything(
    floor: Floor, login: Login, action: dict[str, Any]
) -> None:
    bo = await login(floor.bo)
    await some_cases(floor.bo, 1)

    refused = (await bo(BULK, input={"ids": ["CASE-1"], "action": action}))["bulkCases"]

    assert refused["__typename"] in {"ValidationFailed", "NotFound"}
    assert await BulkOperation.all().count() == 0


async def test_two_actions_at_once_are_no_request(floor: Floor, login: Login) -> None:
    bo = await login(floor.bo)

    answer = await bo.send(BULK, input={"ids": ["CASE-1"], "action": {"resume": True, "close": True}})

    assert "errors" in answer


async def test_a_repeat_with_the_same_key_does_nothing_again(floor: Floor, login: Login) -> None:
    bo = await login(floor.bo)
    await some_cases(floor.bo, 2)
    asked = {"ids": ["CASE-1", "CASE-2"], "action": {"comment": {"text": "Seen"}}}

    first = (await bo.send(BULK, key="once", input=asked))["data"]["bulkCases"]
    again = (await bo.send(BULK, key="once", input=asked))["data"]["bulkCases"]

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["operation"] == again["operation"]
    assert await BulkOperation.all().count() == 1


async def test_batches_of_others_are_seen_by_leads_alone(floor: Floor, login: Login) -> None:
    bo = await login(floor.bo)
    robot = await login(await a_person("Robot", Role.AUTOMATION))
    await some_cases(floor.bo, 1)
    done = (await bo(BULK, input={"ids": ["CASE-1"], "action": {"comment": {"text": "Seen"}}}))["bulkCases"]
    ask = "query($id: ID!) { bulkOperation(id: $id) { id } bulkOperations { nodes { id } } }"

    seen, hidden = [await each(ask, id=done["operation"]["id"]) for each in (bo, robot)]

    assert seen["bulkOperation"] == {"id": done["operation"]["id"]}
    assert hidden == {"bulkOperation": None, "bulkOperations": {"nodes": []}}
    refused = (await robot(UNDO, input={"id": done["operation"]["id"]}))["undoBulk"]
    assert refused["__typename"] == "NotFound"


async def test_a_suspended_account_fails_and_a_reinstated_one_goes_on(floor: Floor, login: Login) -> None:
    dee = await login(await a_person("Dee", Role.MANAGER))
    robot = await login(floor.bo)
    await some_cases(floor.bo, 1)
    act = (
        "mutation($input: {kind}ActorInput!) {{ {name}Actor(input: $input)"
        " {{ ... on {kind}ActorSuccess {{ changed }} }} }}"
    )
    about = {"actorId": f"principal_{floor.bo.id.hex}"}

    stopped = await dee(act.format(kind="Suspend", name="suspend"), input=about | {"reason": "Runs wild"})
    failed = await robot.send(BULK, input={"ids": ["CASE-1"], "action": {"comment": {"text": "Seen"}}})
    again = await dee(act.format(kind="Reinstate", name="reinstate"), input=about)

    assert (stopped, again) == ({"suspendActor": {"changed": True}}, {"reinstateActor": {"changed": True}})
    assert failed["errors"][0]["extensions"]["code"] == "TOKEN_INVALID"
    assert await BulkOperation.all().count() == 0
