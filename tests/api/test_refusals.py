"""What a wrong request is told: which place is wrong, what to do, whether to try again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain.cases.models import Signal, Subject
from domain.core.actor import Actor
from domain.people.roles import Role
from tests.api.conftest import Client
from tests.builders import a_person, a_queue, a_team, an_account

Login = Callable[[Actor], Awaitable[Client]]
FILE = """mutation($input: FileSignalInput!) { fileSignal(input: $input) {
    ... on FileSignalSuccess { opened }
    ... on ValidationFailed { problems { path code } } ... on Problem { code retryable } } }"""

SPAN = 'startsAt: "2031-01-01T00:00:00Z", endsAt: "2031-01-02T00:00:00Z"'


@pytest.fixture
async def admin(login: Login) -> Client:
    return await login(await a_person("Ad", Role.ADMIN))


@pytest.fixture
async def intake(login: Login) -> Client:
    await a_queue(team=(await a_team()).id)
    return await login(await an_account())


def a_report(key: str = "k-1", **told: Any) -> dict[str, Any]:
    subject = {"kind": "LIVE_SESSION", "externalRef": "room-1", "live": True}
    return {"subject": subject, "origin": "USER_REPORT", "reasonCode": "SCAM", "dedupeKey": key} | told


async def the_error(client: Client, query: str, **variables: Any) -> Any:
    (error,) = (await client.send(query, **variables))["errors"]
    return error


@pytest.mark.parametrize("place", ["channel", "dedupeKey", "reasonCode", "ruleVersion", "language", "detail"])
async def test_nul_is_refused_at_every_entrance_with_the_way_to_it(intake: Client, place: str) -> None:
    error = await the_error(intake, FILE, input=a_report() | {place: "a\x00b"})

    assert error["message"] == f"$input.{place}: Remove the U+0000 character."
    assert error["extensions"] == {"code": "NUL_CHARACTER", "retryable": False, "argumentPath": ["input", place]}
    assert await Subject.all().count() == 0


async def test_nul_written_into_the_document_is_refused_too(admin: Client) -> None:
    error = await the_error(admin, r'{ onCall(schedule: "a\u0000b") { layer } }')

    assert (error["extensions"]["code"], error["locations"]) == ("NUL_CHARACTER", [{"line": 1, "column": 20}])


async def test_every_text_that_is_too_long_is_named_at_once_and_nothing_is_written(intake: Client) -> None:
    long = "x" * 300
    subject = {"kind": "LIVE_SESSION", "externalRef": long, "ownerRef": long}

    told = await intake(FILE, input=a_report(long, subject=subject, channel=long, ruleVersion=long, region=long))

    assert {".".join(problem["path"]) for problem in told["fileSignal"]["problems"]} == {
        "subject.externalRef", "subject.ownerRef", "dedupeKey", "channel", "ruleVersion", "region",
    }  # fmt: skip
    assert await Subject.all().count() == 0


async def test_a_language_is_judged_alike_whether_a_case_is_opened_or_joined(intake: Client) -> None:
    wrong = {"language": "klingon!!", "region": "r" * 150}

    opening = await intake(FILE, input=a_report("k-1", **wrong))
    await intake(FILE, input=a_report("k-2", language="pt-BR", region="EU"))
    joining = await intake(FILE, input=a_report("k-3", **wrong))

    assert opening == joining
    assert [problem["path"] for problem in joining["fileSignal"]["problems"]] == [["language"], ["region"]]
    assert await Signal.all().count() == 1


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("tomorrow", "A time is ISO 8601 with its offset, such as 2026-01-31T09:00:00Z."),
        ("2026-01-31T09:00:00", "A time is ISO 8601 with its offset, such as 2026-01-31T09:00:00Z."),
        ("9999-01-01T00:00:00Z", "A time lies from the year 1900 on and before 9900."),
        ("0001-01-01T00:00:00Z", "A time lies from the year 1900 on and before 9900."),
    ],
)
async def test_a_time_that_cannot_be_reckoned_with_is_told_what_is_needed(admin: Client, at: str, said: str) -> None:
    wrong = await the_error(admin, 'query($at: DateTime) { onCall(schedule: "x", at: $at) { layer } }', at=at)

    assert wrong["message"] == f"Variable '$at' has invalid value: {said}"
    assert wrong["extensions"] == {"code": "INVALID_REQUEST", "retryable": False, "argumentPath": ["at"]}


async def test_a_filter_far_in_time_says_what_is_needed(admin: Client) -> None:
    error = await the_error(admin, '{ cases(filter: {openedAt: {gte: "9999-12-31T23:59:59-14:00"}}) { __typename } }')

    assert "A time with its offset, 1900 to 9899" in error["message"]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query($id: ID!) { case(id: $id) { id } }", {"id": None}),
        ("query($id: ID!) { case(id: $id) { id } }", {"id": {"key": None}}),
        ("query($s: String!) { onCall(schedule: $s) { layer } }", {"s": {"key": True}}),
        ("mutation($i: HoldCaseInput!) { holdCase(input: $i) { __typename } }", {"i": {"reason": True}}),
        ("query($id: ID!) { case(id: $id) { id } }", {"id": "it's"}),
        ("query { case(id: {key: null}) { id } }", {}),
    ],
)
async def test_no_message_shows_values_as_python_writes_them(
    admin: Client, query: str, variables: dict[str, Any]
) -> None:
    for error in (await admin.send(query, **variables))["errors"]:
        assert not [word for word in ("None", "True", "{'", "\\x", "found:") if word in error["message"]]
        assert error["extensions"]["retryable"] is False


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"query": "\\ud800"}', "half of a surrogate pair"),
        (b"[" * 3000 + b"]" * 3000, "nested too deeply"),
        (b'{"query": }', "column 11"),
    ],
)
async def test_an_unreadable_body_is_told_why(admin: Client, body: bytes, said: str) -> None:
    answer = await admin.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})

    (error,) = answer.json()["errors"]
    assert answer.status_code == 400
    assert said in error["message"]
    assert error["extensions"] == {"code": "BAD_REQUEST", "retryable": False}


async def test_versions_beyond_32_bits_are_answered_as_conflicts(admin: Client, intake: Client) -> None:
    await intake(FILE, input=a_report())
    assign = """mutation { assignCase(input: {id: "CASE-1", expectedVersion: 4611686018427387904, assigneeId: null}) {
        ... on VersionConflict { expected actual } ... on Problem { code } } }"""

    told = await admin(assign)

    assert told["assignCase"]["expected"] == 4611686018427387904
    assert told["assignCase"]["code"] == "VERSION_CONFLICT"


@pytest.mark.parametrize(
    ("mutation", "path"),
    [
        ('raisePage(input: {policyKey: "nope", title: "X", dedupeKey: "k"})', ["policyKey"]),
        (f'createOverride(input: {{scheduleKey: "nope", kind: ADD, {SPAN}}})', ["scheduleKey"]),
        ('publishContentPolicy(input: {key: "a", title: "A", parent: "nope", note: "x"})', ["parent"]),
    ],
)  # fmt: skip
async def test_what_is_unknown_is_named_by_its_own_path(admin: Client, mutation: str, path: list[str]) -> None:
    told = await admin(f"mutation {{ told: {mutation} {{ ... on NotFound {{ code path }} }} }}")

    assert told["told"] == {"code": "NOT_FOUND", "path": path}


async def test_a_summary_of_an_unknown_policy_is_refused_like_an_unknown_schedule(admin: Client) -> None:
    span = 'from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z"'

    summary = await the_error(admin, f'{{ slaSummary({span}, policyKey: "nope") {{ metric }} }}')
    schedule = await the_error(admin, '{ onCall(schedule: "nope") { layer } }')

    assert summary["extensions"] == {"code": "NOT_FOUND", "retryable": False, "argumentPath": ["policyKey"]}
    assert schedule["extensions"] == {"code": "NOT_FOUND", "retryable": False, "argumentPath": ["schedule"]}


@pytest.mark.parametrize(
    ("query", "wanted", "said"),
    [
        (
            "{ viewer { name } }",
            "Mine",
            'There is no operation "Mine" in the document: its only one has no name. Leave operationName out.',
        ),
        (
            "query A { viewer { name } } query B { viewer { name } }",
            "Mine",
            'There is no operation "Mine" in the document. Say in operationName which to run: A, B.',
        ),
        (
            "query A { viewer { name } } query B { viewer { name } }",
            None,
            "Say which operation to run in operationName: A, B.",
        ),
    ],
)
async def test_an_operation_that_is_not_there_is_told_which_are(
    admin: Client, query: str, wanted: str | None, said: str
) -> None:
    answer = await admin.http.post("/graphql", json={"query": query, "operationName": wanted})

    (error,) = answer.json()["errors"]
    assert (error["extensions"]["code"], error["message"]) == ("UNKNOWN_OPERATION", said)
