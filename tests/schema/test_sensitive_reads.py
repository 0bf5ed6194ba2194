"""Who was shown cases that not everybody may see is written down before they are."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import pytest
from tortoise import connections

from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.states import CaseKind, CommentVisibility, Sensitivity
from domain.core.actor import Actor
from domain.people import actions as people
from domain.people.models import SensitiveRead
from domain.people.roles import Role
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_queue, a_team

Login = Callable[[Actor], Awaitable[Client]]
LIST = "{ cases { nodes { key comments { nodes { text } } timeline { nodes { id } } } } }"
AUDIT = """query($filter: SensitiveReadFilter) { sensitiveReads(filter: $filter) {
  nodes { reader { name } case { key } document requestId readAt } } }"""


async def a_case(sensitivity: Sensitivity) -> Case:
    return await cases.open_case("Some words", by=SYSTEM, kind=CaseKind.SERVICE, sensitivity=sensitivity)


async def noted() -> list[tuple[Any, Any]]:
    """Who and what, in the order in which it was written."""
    return [(row.reader_id, row.subject_id) for row in await SensitiveRead.all().order_by("id")]


@pytest.fixture
async def cleo(url: str) -> Actor:
    assert url
    await a_queue(team=(await a_team()).id)
    return await a_person("Cleo", Role.ADMIN)


async def test_who_was_shown_a_case_that_not_everybody_may_see_can_be_asked_for(cleo: Actor, login: Login) -> None:
    await a_case(Sensitivity.STANDARD)
    secret = await a_case(Sensitivity.RESTRICTED)
    client = await login(cleo)

    answer = await client.http.post("/graphql", json={"query": LIST}, headers={"X-Request-Id": "my-request"})
    told = (await client(AUDIT))["sensitiveReads"]["nodes"]

    assert len(answer.json()["data"]["cases"]["nodes"]) == 2
    (line,) = told
    assert line["reader"] == {"name": "Cleo"}
    assert line["case"] == {"key": f"CASE-{secret.number}"}
    assert line["document"] == f"sha256:{sha256(LIST.encode()).hexdigest()}"
    assert line["requestId"] == "my-request"


async def test_only_who_sees_it_is_written_down(cleo: Actor, login: Login) -> None:
    secret = await a_case(Sensitivity.SENSITIVE)
    ada = await login(await a_person("Ada"))

    await ada(LIST)
    hidden = await ada("query($id: ID!) { case(id: $id) { key } }", id=f"CASE-{secret.number}")
    counted = await (await login(cleo))("{ cases { totalCount { value } } }")

    assert hidden == {"case": None}
    assert counted["cases"]["totalCount"]["value"] == 1
    assert await noted() == []


async def test_what_belongs_to_such_a_case_is_written_down_as_that_case(cleo: Actor, login: Login) -> None:
    secret = await a_case(Sensitivity.RESTRICTED)
    remark = await cases.comment(secret.id, by=SYSTEM, text="words", visibility=CommentVisibility.INTERNAL)
    client = await login(cleo)

    await client("query($id: ID!) { node(id: $id) { id } }", id=f"comment_{remark.id.hex}")

    assert await noted() == [(cleo.id, secret.id)]


async def test_a_payload_is_written_down_too(cleo: Actor, login: Login) -> None:
    secret = await a_case(Sensitivity.RESTRICTED)
    client = await login(cleo)

    await client(
        "mutation($id: ID!) { claimCase(input: {id: $id, expectedVersion: null}) {"
        " ... on ClaimCaseSuccess { case { title } } } }",
        id=f"CASE-{secret.number}",
    )

    assert await noted() == [(cleo.id, secret.id)]


async def test_what_cannot_be_written_down_is_not_shown(cleo: Actor, login: Login) -> None:
    await a_case(Sensitivity.RESTRICTED)
    client = await login(cleo)
    database = connections.get("default")
    await database.execute_script("ALTER TABLE sensitive_read ADD CHECK (request_id <> 'unlucky')")

    answer = await client.http.post("/graphql", json={"query": LIST}, headers={"X-Request-Id": "unlucky"})

    await database.execute_script("ALTER TABLE sensitive_read DROP CONSTRAINT sensitive_read_request_id_check")
    assert answer.json()["data"] == {"cases": None}
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "Some words" not in answer.text
    assert await noted() == []


async def test_the_list_is_for_those_who_watch(cleo: Actor, login: Login) -> None:
    secret = await a_case(Sensitivity.RESTRICTED)
    await people.note_reads([("case", secret.id)], by=cleo, document="sha256:0", request_id="r")
    lena, ada = await a_person("Lena", Role.LEGAL), await a_person("Ada", Role.MANAGER)

    for_legal = (await (await login(lena))(AUDIT))["sensitiveReads"]["nodes"]
    for_manager = (await (await login(ada))(AUDIT))["sensitiveReads"]["nodes"]

    assert [(line["reader"]["name"], line["case"]) for line in for_legal] == [("Cleo", None)]
    assert for_manager == []
