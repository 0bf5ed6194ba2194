"""Cases through GraphQL, as frontend teams and scripts meet them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tortoise import connections

from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.states import CaseKind, Sensitivity
from domain.core import projections
from domain.core.actor import Actor
from domain.core.models import Event
from domain.people import actions as people
from domain.people.roles import Role
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_queue, a_signal, a_team, an_account

Login = Callable[[Actor], Awaitable[Client]]
PROBLEM = "... on Problem { __typename code message path retryable }"
CLAIM = (
    """mutation($input: ClaimCaseInput!) { claimCase(input: $input) {
    ... on ClaimCaseSuccess { token case { key state version assignee { name } lease { token holder { name } } } }
    ... on VersionConflict { expected actual current { ... on Case { key version } } } """
    + PROBLEM
    + "}}"
)
FOUND = "query($filter: CaseFilter) { cases(filter: $filter) { nodes { id key } } }"


class Desk:
    """A queued case, Ada who reviews, Bo who leads."""

    def __init__(self, case: Case, ada: Client, bo: Client, intake: Client) -> None:
        self.case = case
        self.key = f"CASE-{case.number}"
        self.ada = ada
        self.bo = bo
        self.intake = intake


@pytest.fixture
async def desk(login: Login) -> Desk:
    team = await a_team()
    await a_queue(team=team.id)
    ada, bo = await a_person("Ada", team=team.id), await a_person("Bo", Role.LEAD, team=team.id, lead=True)
    intake = await an_account()
    filed = await a_signal(intake)
    return Desk(filed.case, await login(ada), await login(bo), await login(intake))


async def facts() -> int:
    return await Event.all().count()


def call(name: str, fields: str = "case { key state version }") -> str:
    kind = name[0].upper() + name[1:]
    return (
        f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ ... on {kind}Success {{ token {fields} }}"
        f" ... on ValidationFailed {{ problems {{ path code message }} }} {PROBLEM} }} }}"
    )


async def test_a_signal_becomes_a_case_that_is_claimed_by_key_and_read_by_id(desk: Desk) -> None:
    subject = {"kind": "LIVE_SESSION", "externalRef": "room-7", "live": True, "reach": 900}
    signal = {"subject": subject, "origin": "TRUSTED_FLAGGER", "reasonCode": "SCAM", "dedupeKey": "k1"}

    filed = await desk.intake(call("fileSignal", "opened repeated signal { id outcome } case { id }"), input=signal)
    again = await desk.intake(call("fileSignal", "opened repeated signal { id } case { key }"), input=signal)
    about = {"subject": {"externalRef": {"eq": "room-7"}}}
    (case,) = (await desk.ada(FOUND, filter=about))["cases"]["nodes"]
    claimed = await desk.ada(CLAIM, input={"id": case["key"], "expectedVersion": None})
    read = await desk.ada(
        """query($id: ID!) { case(id: $id) { key state title subject { externalRef reach } signals { reasonCode }
        queue { key waiting } viewerCan { action allowed reasons { code } }
        timeline { nodes { __typename seq actor { name } ... on CaseMove { fromState toState } } } } }""",
        id=case["id"],
    )

    receipt = filed["fileSignal"]["signal"]
    assert (receipt["outcome"], filed["fileSignal"]["case"], filed["fileSignal"]["opened"]) == ("PENDING", None, False)
    assert (again["fileSignal"]["repeated"], again["fileSignal"]["signal"]) == (True, {"id": receipt["id"]})
    assert claimed["claimCase"]["case"]["state"] == "IN_REVIEW"
    assert claimed["claimCase"]["case"]["lease"]["token"]
    assert read["case"]["title"] == "SCAM on live session room-7"
    assert read["case"]["subject"] == {"externalRef": "room-7", "reach": 900}
    assert read["case"]["queue"] == {"key": "live", "waiting": 1}
    assert [node["__typename"] for node in read["case"]["timeline"]["nodes"]] == [
        "CaseOpened", "CaseQueued", "SignalAttached", "CaseClaimed",
    ]  # fmt: skip
    assert read["case"]["timeline"]["nodes"][3]["toState"] == "IN_REVIEW"
    abilities = {ability["action"]: ability for ability in read["case"]["viewerCan"]}
    assert abilities["HOLD"]["allowed"] is True
    assert abilities["ASSIGN"] == {"action": "ASSIGN", "allowed": False, "reasons": [{"code": "FORBIDDEN"}]}


async def test_of_racing_claimants_exactly_one_gets_the_case_and_its_token_is_hers_alone(
    desk: Desk, login: Login
) -> None:
    people_ = [await login(await a_person(f"Racer{n}")) for n in range(4)]

    answers = await asyncio.gather(*(p(CLAIM, input={"id": desk.key, "expectedVersion": None}) for p in people_))
    seen = await desk.bo("query($id: ID!) { case(id: $id) { lease { token holder { name } } } }", id=desk.key)

    codes = [answer["claimCase"].get("code") for answer in answers]
    assert sorted(codes, key=str) == ["LEASE_HELD", "LEASE_HELD", "LEASE_HELD", None]
    assert seen["case"]["lease"]["token"] is None
    assert seen["case"]["lease"]["holder"]["name"].startswith("Racer")


async def test_a_stale_version_is_a_conflict_that_carries_the_case_and_changes_nothing(desk: Desk) -> None:
    before = await facts()

    answer = await desk.ada(CLAIM, input={"id": desk.key, "expectedVersion": 1})

    found = answer["claimCase"]
    assert (found["code"], found["expected"], found["actual"]) == ("VERSION_CONFLICT", 1, 3)
    assert found["current"] == {"key": desk.key, "version": 3}
    assert found["path"] == ["expectedVersion"]
    assert await facts() == before


@pytest.mark.parametrize(
    ("name", "given", "kind", "code", "path"),
    [
        ("claimCase", {"id": "CASE-999999"}, "NotFound", "NOT_FOUND", ["id"]),
        ("claimCase", {"id": "case_" + "0" * 32}, "NotFound", "NOT_FOUND", ["id"]),
        ("claimCase", {"id": "nonsense"}, "ValidationFailed", "VALIDATION_FAILED", ["id"]),
        ("claimCase", {"id": "person_" + "0" * 32}, "ValidationFailed", "VALIDATION_FAILED", ["id"]),
        ("assignCase", {"assigneeId": None}, "Forbidden", "FORBIDDEN", []),
        ("holdCase", {"reason": "W", "until": "2001-01-01T00:00Z"}, "ValidationFailed", "VALIDATION_FAILED", ["until"]),
        ("holdCase", {"reason": "X" * 65}, "ValidationFailed", "VALIDATION_FAILED", ["reason"]),
        ("holdCase", {"reason": "X", "leaseToken": "?"}, "ValidationFailed", "VALIDATION_FAILED", ["leaseToken"]),
        ("resolveCase", {"resolution": "ANSWERED"}, "Refused", "DECISION_NEEDED", []),
        ("reopenCase", {"reason": "AGAIN"}, "Refused", "NOTHING_TO_REOPEN", []),
        ("queueCase", {"queueId": "queue_" + "0" * 32}, "NotFound", "NOT_FOUND", ["queueId"]),
    ],
)  # fmt: skip
async def test_every_refusal_is_a_problem_with_a_code_and_changes_nothing(
    desk: Desk, name: str, given: dict[str, Any], kind: str, code: str, path: list[str]
) -> None:
    before = await facts()

    answer = await desk.ada(call(name), input={"id": desk.key, "expectedVersion": None} | given)

    problem = answer[name]
    assert (problem["__typename"], problem["code"], problem["path"]) == (kind, code, path)
    assert problem["message"]
    assert await facts() == before


async def test_all_wrong_fields_are_named_at_once(desk: Desk) -> None:
    subject = {"kind": "ACCOUNT", "externalRef": " ", "reach": -1}
    signal = {"subject": subject, "origin": "USER_REPORT", "reasonCode": "", "dedupeKey": "", "confidence": 2.0}

    answer = await desk.intake(call("fileSignal", "opened"), input=signal)

    assert [problem["path"] for problem in answer["fileSignal"]["problems"]] == [
        ["subject", "externalRef"], ["subject", "reach"], ["reasonCode"], ["dedupeKey"], ["confidence"],
    ]  # fmt: skip


async def test_an_update_without_a_version_is_refused(desk: Desk) -> None:
    answer = await desk.ada(call("claimCase"), input={"id": desk.key})

    assert answer["claimCase"]["problems"][0]["path"] == ["expectedVersion"]


async def test_a_case_goes_its_way(desk: Desk) -> None:
    claimed = (await desk.ada(CLAIM, input={"id": desk.key, "expectedVersion": 3}))["claimCase"]["case"]
    lease = claimed["lease"]["token"]
    me = (await desk.ada("{ viewer { person { id } } }"))["viewer"]["person"]["id"]

    async def do(client: Client, name: str, **given: Any) -> str:
        answer = await client(call(name), input={"id": desk.key} | given)
        return str(answer[name].get("code") or answer[name]["case"]["state"])

    assert await do(desk.ada, "extendLease", leaseToken=lease) == "IN_REVIEW"
    assert await do(desk.ada, "saveDraft", text="so far", leaseToken=lease) == "IN_REVIEW"
    assert await do(desk.ada, "commentOnCase", text="Looks bad", visibility="SHARED") == "IN_REVIEW"
    assert await do(desk.ada, "prioritizeCase", severity="SEV0", expectedVersion=None) == "IN_REVIEW"
    assert await do(desk.ada, "holdCase", reason="WAITING", leaseToken=lease, expectedVersion=None) == "ON_HOLD"
    assert await do(desk.ada, "resumeCase", expectedVersion=None) == "QUEUED"
    assert await do(desk.ada, "escalateCase", reason="Too hard", expectedVersion=None) == "ESCALATED"
    assert await do(desk.bo, "assignCase", assigneeId=me, expectedVersion=None) == "ESCALATED"
    assert await do(desk.bo, "cancelCase", reason="DUPLICATE", expectedVersion=None) == "CANCELLED"
    read = await desk.ada(
        "query($id: ID!) { case(id: $id) { draft tier comments { nodes { text erased author { name } } } } }",
        id=desk.key,
    )
    assert read["case"] == {
        "draft": "so far",
        "tier": 1,
        "comments": {"nodes": [{"text": "Looks bad", "erased": False, "author": {"name": "Ada"}}]},
    }


async def test_lists_are_filtered_ordered_and_counted(desk: Desk) -> None:
    found = await desk.ada(
        """{ cases(filter: {state: {in: [QUEUED]}, subject: {live: {eq: true}}}, orderBy: [{field: NUMBER}], first: 5) {
        totalCount { value relation } nodes { key state } pageInfo { hasNextPage } }
        none: cases(filter: {state: {eq: CLOSED}}) { nodes { id } } }"""
    )

    assert found["cases"]["nodes"] == [{"key": desk.key, "state": "QUEUED"}]
    assert found["cases"]["totalCount"] == {"value": 1, "relation": "EXACT"}
    assert found["none"]["nodes"] == []


async def test_what_may_not_be_seen_reads_like_what_does_not_exist(desk: Desk) -> None:
    secret = await cases.open_case("Secret", by=SYSTEM, kind=CaseKind.SERVICE, sensitivity=Sensitivity.RESTRICTED)
    number = secret.number

    hidden = await desk.bo(CLAIM, input={"id": f"CASE-{number}", "expectedVersion": None})
    missing = await desk.bo(CLAIM, input={"id": "CASE-888888", "expectedVersion": None})
    read = await desk.bo(
        "query($id: ID!) { case(id: $id) { id } node(id: $id) { id } cases { totalCount { value } } }",
        id=f"CASE-{number}",
    )

    assert hidden == missing
    assert read == {"case": None, "node": None, "cases": {"totalCount": {"value": 1}}}


async def test_a_consistency_token_is_honoured_and_a_forged_one_refused(desk: Desk) -> None:
    claimed = await desk.ada(CLAIM, input={"id": desk.key, "expectedVersion": None})
    token = claimed["claimCase"]["token"]

    fresh = await desk.ada.send("{ viewer { name } }", extensions={"after": token})
    forged = await desk.ada.send("{ viewer { name } }", extensions={"after": token[:-2] + "xx"})

    assert "stale" not in fresh["extensions"]
    assert forged["errors"][0]["extensions"]["code"] == "INVALID_TOKEN"
    assert "data" not in forged


@pytest.mark.parametrize("after", ["nonsense", 5, [], {}, True, False, ""])
async def test_what_is_no_consistency_token_is_refused_whatever_it_is(desk: Desk, after: object) -> None:
    answer = await desk.ada.send("{ viewer { name } }", extensions={"after": after})

    assert answer["errors"][0]["extensions"]["code"] == "INVALID_TOKEN"
    assert "data" not in answer


async def test_a_query_that_comes_before_a_projection_says_that_it_is_stale(desk: Desk) -> None:
    await projections.subscribe("counting", ["case"])
    claimed = await desk.ada(CLAIM, input={"id": desk.key, "expectedVersion": None})
    token = claimed["claimCase"]["token"]

    early = await desk.ada.send("{ viewer { name } }", extensions={"after": token})
    await connections.get("default").execute_script("SELECT * FROM sequence_events(1000); DELETE FROM dirty_subject")
    later = await desk.ada.send("{ viewer { name } }", extensions={"after": token})

    assert early["extensions"]["stale"] is True
    assert later["data"] == {"viewer": {"name": "Ada"}}
    assert "stale" not in later["extensions"]


async def test_rights_taken_away_are_gone_for_the_next_mutation(desk: Desk) -> None:
    await desk.ada("{ viewer { name } }")
    granted = await people.add_person("Cy", by=SYSTEM, email="cy@example.org", roles=[Role.VIEWER])
    token, secret = await people.issue_token(granted.id, by=SYSTEM, name="t")
    cy = Client(desk.ada.url, secret)
    await cy("{ viewer { name } }")
    await people.revoke_token(token.id, by=SYSTEM)

    answer = await cy.http.post("/graphql", json={"query": CLAIM, "variables": {"input": {"id": desk.key}}})
    await cy.http.aclose()

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "TOKEN_INVALID"


async def test_a_keyed_signal_about_an_open_case_is_taken_and_its_repeat_answered(desk: Desk) -> None:
    file = call("fileSignal", "replayed opened case { key }")
    subject = {"kind": "LIVE_SESSION", "externalRef": "room-8", "live": True, "reach": 900}
    signal = {"subject": subject, "origin": "TRUSTED_FLAGGER", "reasonCode": "SCAM"}
    opened = await desk.intake.send(file, key="s-1", input=signal | {"dedupeKey": "s1"})

    joined = await desk.intake.send(file, key="s-2", input=signal | {"dedupeKey": "s2"})
    again = await desk.intake.send(file, key="s-2", input=signal | {"dedupeKey": "s2"})

    case = opened["data"]["fileSignal"]["case"]
    answers = [answer["data"]["fileSignal"] for answer in (joined, again)]
    assert [(answer["case"], answer["opened"], answer["replayed"]) for answer in answers] == [
        (case, False, False),
        (case, False, True),
    ]


async def test_a_repeated_request_is_answered_with_what_the_first_did(desk: Desk) -> None:
    say = call("commentOnCase", "replayed case { key } comment { text }")
    given = {"id": desk.key, "text": "Once"}

    racing = await asyncio.gather(*(desk.ada.send(say, key="k-1", input=given) for _ in range(4)))
    other = await desk.ada.send(say, key="k-1", input=given | {"text": "Twice"})
    someone = await desk.bo.send(say, key="k-1", input=given)

    answers = [answer["data"]["commentOnCase"] for answer in racing]
    assert sorted(answer["replayed"] for answer in answers) == [False, True, True, True]
    assert {answer["comment"]["text"] for answer in answers} == {"Once"}
    assert len({answer["token"] for answer in answers}) == 1
    assert other["data"]["commentOnCase"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert someone["data"]["commentOnCase"]["replayed"] is False
    assert await Event.filter(kind="CaseCommented").count() == 2


async def test_a_refused_request_does_not_use_up_its_key(desk: Desk) -> None:
    wrong = await desk.ada.send(CLAIM, key="k-2", input={"id": desk.key, "expectedVersion": 1})
    again = await desk.ada.send(CLAIM, key="k-2", input={"id": desk.key, "expectedVersion": 3})

    assert wrong["data"]["claimCase"]["code"] == "VERSION_CONFLICT"
    assert again["data"]["claimCase"]["case"]["state"] == "IN_REVIEW"
