"""How GraphQL travels over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from domain.core.actor import Actor
from domain.people import actions as people
from integrations.settings import Settings
from tests.api.conftest import Client, served
from tests.builders import SYSTEM, a_person

Login = Callable[[Actor], Awaitable[Client]]
GRAPHQL = "application/graphql-response+json"


@pytest.fixture
async def ada(login: Login) -> Client:
    return await login(await a_person("Ada"))


async def test_a_token_says_who_you_are(ada: Client) -> None:
    found = await ada("{ viewer { name kind permissions person { name email teams { key } } account { name } } }")

    assert found["viewer"]["name"] == "Ada"
    assert found["viewer"]["person"] == {"name": "Ada", "email": "ada@example.org", "teams": []}
    assert "case.claim" in found["viewer"]["permissions"]


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Bearer", "Bearer cw_wrong"])
async def test_without_a_valid_token_the_answer_is_401_in_graphqls_shape(url: str, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}

    async with httpx.AsyncClient(base_url=url) as http:
        answer = await http.post("/graphql", json={"query": "{__typename}"}, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["errors"][0]["extensions"]["code"] in {"UNAUTHENTICATED", "TOKEN_INVALID"}
    assert "data" not in answer.json()


async def test_the_bare_address_leads_to_the_endpoint(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as http:
        answer = await http.get("/")

    assert (answer.status_code, answer.headers["location"]) == (307, "/graphql")


async def test_a_revoked_token_stops_working(url: str, login: Login) -> None:
    bo = await a_person("Bo")
    token, secret = await people.issue_token(bo.id, by=SYSTEM, name="short")
    await people.revoke_token(token.id, by=SYSTEM)

    async with httpx.AsyncClient(base_url=url) as http:
        answer = await http.post(
            "/graphql", json={"query": "{__typename}"}, headers={"Authorization": f"Bearer {secret}"}
        )

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("accept", "status", "media"),
    [
        ("application/json", 200, "application/json"),
        (GRAPHQL, 400, GRAPHQL),
        (f"{GRAPHQL}, application/json;q=0.9", 400, GRAPHQL),
        ("*/*", 200, "application/json"),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        {"query": "{"},
        {"query": "{ nothingLikeThis }"},
        {"query": "query($id: ID!) { person(id: $id) { id } }"},
        {"query": "query A { __typename } query B { __typename }"},
        {"query": "query A { __typename }", "operationName": "C"},
    ],
)
async def test_a_request_that_cannot_run_has_errors_and_no_data(
    ada: Client, accept: str, status: int, media: str, body: dict[str, Any]
) -> None:
    answer = await ada.http.post("/graphql", json=body, headers={"Accept": accept})

    assert answer.status_code == status
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"
    assert answer.json()["errors"][0]["extensions"]["code"]
    assert "data" not in answer.json()


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b'"text"', "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"query": 7}', "application/json", 400),
        (b'{"query": "{__typename}", "variables": []}', "application/json", 400),
        (b'{"query": "{__typename}", "operationName": 7}', "application/json", 400),
        (b'{"query": "{__typename}"}', "text/plain", 415),
        (b'{"query": "{__typename}"}', "application/json; charset=utf-16", 415),
        (b'{"query": "' + b"#" * 1_100_000 + b'"}', "application/json", 413),
    ],
)
async def test_a_body_that_is_no_request_is_refused(ada: Client, content: bytes, media: str, status: int) -> None:
    answer = await ada.http.post("/graphql", content=content, headers={"Content-Type": media})

    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"]


async def test_paths_methods_and_forms_that_do_not_exist_are_refused_as_json(ada: Client) -> None:
    answers = [
        await ada.http.get("/nothing"),
        await ada.http.put("/graphql"),
        await ada.http.post("/graphql", json={"query": "{__typename}"}, headers={"Accept": "image/png"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 405, 406]
    assert all(answer.json()["errors"][0]["extensions"]["code"] for answer in answers)


async def test_get_runs_queries_and_no_mutations(ada: Client) -> None:
    query = await ada.http.get(
        "/graphql", params={"query": "query($n: Int) { people(first: $n) { nodes { name } } }", "variables": '{"n": 1}'}
    )

    mutation = await ada.http.get(
        "/graphql",
        params={"query": "mutation($i: ClaimCaseInput!) { claimCase(input: $i) { __typename } }", "variables": "{}"},
    )

    assert query.json()["data"] == {"people": {"nodes": [{"name": "Ada"}]}}
    assert mutation.status_code == 405
    assert mutation.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "query",
    [
        "{" + " ".join(f"a{n}: __typename" for n in range(61)) + "}",
        "{ people { nodes " + "{ teams " * 0 + "{ id } } " + " ".join("viewer { name }" for _ in range(31)) + "}",
        "{" + "__typename " * 5000 + "}",
    ],
)
async def test_documents_over_the_limits_do_not_run(ada: Client, query: str) -> None:
    answer = await ada.send(query)

    assert "data" not in answer
    assert answer["errors"]


async def test_the_request_id_comes_back(ada: Client) -> None:
    given = await ada.http.get("/health", headers={"X-Request-Id": "abc-1"})
    made = await ada.http.get("/health", headers={"X-Request-Id": "not fit for a name"})

    assert given.headers["x-request-id"] == "abc-1"
    assert len(made.headers["x-request-id"]) == 32


async def test_health_and_metrics_need_no_token(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as http:
        live, ready, metrics = [await http.get(path) for path in ("/health", "/health/ready", "/metrics")]

    assert live.json() == {"status": "ok"}
    assert (ready.status_code, ready.json()["database"], ready.json()["pendingMigrations"]) == (200, "ok", [])
    assert 'caseward_http_requests_total{method="GET",route="/health",status="200"}' in metrics.text


async def test_only_pages_of_allowed_origins_may_call(database_url: str) -> None:
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    settings = Settings(cors_origins=("https://desk.example",))

    async with served(database_url, settings) as url, httpx.AsyncClient(base_url=url) as http:
        ours = await http.options("/graphql", headers=ask | {"Origin": "https://desk.example"})
        theirs = await http.options("/graphql", headers=ask | {"Origin": "https://evil.example"})

    assert ours.headers["access-control-allow-origin"] == "https://desk.example"
    assert "access-control-allow-origin" not in theirs.headers


async def test_introspection_and_editor_can_be_switched_off(database_url: str) -> None:
    settings = Settings(graphiql=False, introspection=False)

    async with served(database_url, settings) as url:
        _, secret = await people.issue_token((await a_person("Ada")).id, by=SYSTEM, name="t")
        client = Client(url, secret)
        asked = await client.send("{ __schema { types { name } } }")
        page = await client.http.get("/graphql", headers={"Accept": "text/html"})
        await client.http.aclose()

    assert asked["errors"][0]["extensions"]["code"] == "INVALID_DOCUMENT"
    assert page.status_code == 406
