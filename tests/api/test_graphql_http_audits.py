"""GraphQL over HTTP as its specification asks: the 61 audits of the ``graphql-http`` suite, by their ids and names.

Each line says what is sent and what must come back; the requests are written from the specification's text.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from caseward.stack import Stack
from domain.people import actions as people
from tests.api.conftest import Client, served
from tests.builders import SYSTEM, a_person
from tests.conftest import url_of

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
RUNS = {"query": "{ __typename }"}
NAMED = {"query": "query Name { __typename }", "operationName": "Name"}
ASKS = {"query": "query ($of: String!) { __type(name: $of) { name } }", "variables": {"of": "Nothing"}}
COERCES = {"query": "query ($id: ID!) { __typename }", "variables": {"id": None}}
UNKNOWN = {"query": "{ noSuchFieldAnywhere }"}
BROKEN = b'{"query'
FOLLOWS = 'subscription { caseChanged(id: "CASE-1") { position } }'
TYPO = {"qurey": "{ __typename }"}


@dataclass(frozen=True)
class Audit:
    """A request and what its answer must be. ``says`` is whether it has errors, ``data`` whether it may have data."""

    id: str
    name: str
    body: Any = field(default_factory=lambda: RUNS)
    accept: str | None = None
    status: range = range(200, 201)
    media: str | None = None
    content: str | None = JSON
    method: str = "POST"
    says: bool | None = None
    data: bool = True


REFUSED = range(400, 401)
CLIENTS = range(400, 500)
FAILED = range(400, 600)

MEDIA = [
    Audit("22EB", f"SHOULD accept {GRAPHQL} and match the content-type", accept=GRAPHQL, media=GRAPHQL),
    Audit("4655", "MUST accept application/json and match the content-type", accept=JSON, media=JSON),
    Audit("47DE", "SHOULD accept */* and use application/json for the content-type", accept="*/*", media=JSON),
    Audit("80D8", "SHOULD assume application/json content-type when accept is missing", method="GET", media=JSON),
    Audit("82A3", "MUST use utf-8 encoding when responding"),
    Audit("BF61", "MUST accept utf-8 encoded request", content=f"{JSON}; charset=utf-8"),
    Audit("78D5", "MUST assume utf-8 in request if encoding is unspecified"),
]
METHODS = [
    Audit("2C94", "MUST accept POST requests"),
    Audit("5A70", "MAY accept application/x-www-form-urlencoded formatted GET requests", method="GET"),
    Audit(
        "9C48", "MAY NOT allow executing mutations on GET requests",
        {"query": "mutation { __typename }"}, GRAPHQL, CLIENTS, method="GET",
    ),
    Audit(
        "9ABE", "SHOULD respond with 4xx status code if content-type is not supplied on POST requests",
        status=CLIENTS, content=None,
    ),
    Audit("03D4", "MUST accept application/json POST requests"),
    Audit("A5BF", "MAY use 400 status code when request body is missing on POST", b"", status=REFUSED),
]  # fmt: skip
QUERY = [
    Audit("423L", "MAY use 400 status code on missing {query} parameter", {"text": "{ __typename }"}, status=REFUSED),
    Audit("34A2", f"SHOULD allow string {{query}} parameter when accepting {GRAPHQL}", accept=GRAPHQL),
    Audit("13EE", "MUST allow string {query} parameter when accepting application/json", accept=JSON, says=False),
    Audit("8161", f"SHOULD allow string {{operationName}} parameter when accepting {GRAPHQL}", NAMED, GRAPHQL),
    Audit(
        "B8B3", "MUST allow string {operationName} parameter when accepting application/json", NAMED, JSON, says=False
    ),
]


def of_a_wrong_kind(prefix: str, parameter: str, *wrong: Any) -> list[Audit]:
    kinds = {dict: "object", int: "number", bool: "boolean", list: "array", str: "string"}
    return [
        Audit(
            f"{prefix}{index}", f"MAY use 400 status code on {kinds[type(value)]} {{{parameter}}} parameter",
            RUNS | {parameter: value}, status=REFUSED,
        )
        for index, value in enumerate(wrong)
    ]  # fmt: skip


WRONG = [
    *of_a_wrong_kind("LKJ", "query", {"an": "object"}, 0, False, ["array"]),
    *of_a_wrong_kind("6C0", "operationName", {"an": "object"}, 0, False, ["array"]),
    *of_a_wrong_kind("476", "variables", "text", 0, False, ["array"]),
    *of_a_wrong_kind("58B", "extensions", "text", 0, False, ["array"]),
]
NULLS = [
    Audit(f"{prefix}{index}", f"{must} allow null {{{parameter}}} parameter when accepting {accept}",
          RUNS | {parameter: None}, accept, says=False)
    for index, parameter in enumerate(("variables", "operationName", "extensions"))
    for prefix, must, accept in (("94B", "SHOULD", GRAPHQL), ("022", "MUST", JSON))
]  # fmt: skip
MAPS = [
    Audit("2EA1", f"SHOULD allow map {{variables}} parameter when accepting {GRAPHQL}", ASKS, GRAPHQL),
    Audit("28B9", "MUST allow map {variables} parameter when accepting application/json", ASKS, JSON, says=False),
    Audit(
        "D6D5", f"MAY allow URL-encoded JSON string {{variables}} parameter in GETs when accepting {GRAPHQL}",
        ASKS, GRAPHQL, method="GET",
    ),
    Audit(
        "6A70", "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json",
        ASKS, JSON, method="GET", says=False,
    ),
    Audit("428F", f"SHOULD allow map {{extensions}} parameter when accepting {GRAPHQL}",
          RUNS | {"extensions": {"some": "value"}}, GRAPHQL),
    Audit("1B7A", "MUST allow map {extensions} parameter when accepting application/json",
          RUNS | {"extensions": {"some": "value"}}, JSON, says=False),
]  # fmt: skip
JSON_FAILURES = [
    Audit(
        "B6DC", "MAY use 2xx, 4xx, or 5xx status codes on JSON parsing failure when accepting application/json",
        BROKEN, JSON, range(200, 600),
    ),
    Audit("BCF8", "SHOULD use 400 status code on JSON parsing failure when accepting application/json",
          BROKEN, JSON, REFUSED),
    Audit("B7N8", f"SHOULD use 400 status code on JSON parsing failure when accepting {GRAPHQL}",
          BROKEN, GRAPHQL, REFUSED, media=GRAPHQL),
    Audit("8764", "MAY use 4xx or 5xx status codes if parameters are invalid", TYPO, status=FAILED),
    Audit("3E3A", "MAY use 400 status code if parameters are invalid", TYPO, status=REFUSED),
]  # fmt: skip
LENIENT = [
    Audit("572B", "SHOULD use 200 status code on document parsing failure when accepting application/json",
          {"query": "{"}, JSON, says=True),
    Audit("FDE2", "SHOULD use 200 status code on document validation failure when accepting application/json",
          UNKNOWN, JSON, says=True),
    Audit("7B9B", "SHOULD use a status code of 200 on variable coercion failure when accepting application/json",
          COERCES, JSON, says=True),
]  # fmt: skip
STRICT = [
    Audit("865D", f"SHOULD use 4xx or 5xx status codes on document parsing failure when accepting {GRAPHQL}",
          {"query": "{"}, GRAPHQL, FAILED),
    Audit("556A", f"SHOULD use 400 status code on document parsing failure when accepting {GRAPHQL}",
          {"query": "{"}, GRAPHQL, REFUSED),
    Audit("D586", f"SHOULD not contain the data entry on document parsing failure when accepting {GRAPHQL}",
          {"query": "{"}, GRAPHQL, REFUSED, says=True, data=False),
    Audit("51FE", f"SHOULD use 4xx or 5xx status codes on document validation failure when accepting {GRAPHQL}",
          UNKNOWN, GRAPHQL, FAILED),
    Audit("74FF", f"SHOULD use 400 status code on document validation failure when accepting {GRAPHQL}",
          UNKNOWN, GRAPHQL, REFUSED),
    Audit("5E5B", f"SHOULD not contain the data entry on document validation failure when accepting {GRAPHQL}",
          UNKNOWN, GRAPHQL, REFUSED, says=True, data=False),
    Audit("86EE", f"SHOULD use a status code of 400 on variable coercion failure when accepting {GRAPHQL}",
          COERCES, GRAPHQL, REFUSED),
]  # fmt: skip

AUDITS = list(chain(MEDIA, METHODS, QUERY, WRONG, NULLS, MAPS, JSON_FAILURES, LENIENT, STRICT))


@pytest.fixture(scope="module")
async def ada(
    stack: Stack, template: str, maintenance: asyncpg.Connection[asyncpg.Record], worker: int
) -> AsyncIterator[Client]:
    """One server for all of them: nothing here changes anything."""
    name = f"audits_{worker}"
    await maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    async with served(url_of(stack, name)) as url:
        _, secret = await people.issue_token((await a_person("Ada")).id, by=SYSTEM, name="test")
        client = Client(url, secret)
        yield client
        await client.http.aclose()
    await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def sent(client: Client, audit: Audit) -> httpx.Response:
    headers = {"Authorization": f"Bearer {client.token}"}
    headers |= {"Accept": audit.accept} if audit.accept else {}
    async with httpx.AsyncClient(base_url=client.url) as http:
        del http.headers["Accept"]
        if audit.method == "GET":
            return await http.get("/graphql", params=in_a_url(audit.body), headers=headers)
        headers |= {"Content-Type": audit.content} if audit.content else {}
        body = audit.body if isinstance(audit.body, bytes) else orjson.dumps(audit.body)
        return await http.post("/graphql", content=body, headers=headers)


def in_a_url(body: Mapping[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in body.items()}


def test_there_are_61_of_them() -> None:
    assert len({audit.id for audit in AUDITS}) == len(AUDITS) == 61


@pytest.mark.parametrize("audit", AUDITS, ids=[f"{audit.id} {audit.name}" for audit in AUDITS])
async def test_an_audit_passes(ada: Client, audit: Audit) -> None:
    answer = await sent(ada, audit)

    found = orjson.loads(answer.content.decode("utf-8"))
    assert answer.status_code in audit.status, answer.text
    assert audit.media is None or answer.headers["content-type"].startswith(f"{audit.media};")
    assert audit.says is None or ("errors" in found) == audit.says
    assert audit.data or "data" not in found


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
@pytest.mark.parametrize(
    ("ask", "status"),
    [
        ({"method": "POST", "content": b"[]"}, 400),
        ({"method": "POST", "content": b"{}", "headers": {"Content-Type": "text/plain"}}, 415),
        ({"method": "POST", "content": b'{"query": "' + b"#" * 1_100_000 + b'"}'}, 413),
        ({"method": "PUT", "content": b"{}"}, 405),
        ({"method": "POST", "content": b"{}", "headers": {"Authorization": "Bearer cw_nobody"}}, 401),
        (
            {"method": "POST", "content": b'{"query": "subscription { caseChanged(id: \\"CASE-1\\") { position } }"}'},
            406,
        ),
    ],
)
async def test_what_http_refuses_has_graphqls_shape_in_the_form_that_was_asked_for(
    ada: Client, ask: dict[str, Any], status: int, accept: str
) -> None:
    headers = {"Accept": accept, "Content-Type": JSON} | ask.get("headers", {})

    answer = await ada.http.request(ask["method"], "/graphql", content=ask["content"], headers=headers)

    (error,) = answer.json()["errors"]
    assert (answer.status_code, answer.headers["content-type"]) == (status, f"{accept}; charset=utf-8")
    assert error["message"]
    assert error["extensions"]["code"]
    assert "data" not in answer.json()


async def test_head_answers_as_get_does_without_a_body(ada: Client) -> None:
    answer = await ada.http.head("/graphql", params={"query": "{ __typename }"})

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "body",
    [
        {"query": "query A { __typename } query B { __typename }"},
        {"query": "query A { __typename } query B { __typename }", "operationName": "C"},
        {"query": "fragment F on Query { __typename }"},
        {"query": "{ a: __typename " + " ".join(f"f{n}: __typename" for n in range(40)) + "}"},
        {"query": "{ cases { nodes " + "{ assignee { teams " * 8 + "{ id }" + " } }" * 8 + " } }"},
        {"query": "{" + " ".join(f"f{n}: __typename" for n in range(61)) + "}"},
        {"query": "{" + "__typename " * 4000 + "}"},
    ],
    ids=["several unnamed", "no such name", "no operation", "root fields", "depth", "aliases", "tokens"],
)
async def test_documents_that_may_not_run_are_400(ada: Client, body: dict[str, Any]) -> None:
    answer = await ada.http.post("/graphql", json=body, headers={"Accept": GRAPHQL})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"]
    assert "data" not in answer.json()
