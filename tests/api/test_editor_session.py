"""The query editor in a browser that has signed in: every request it makes, with the cookie and nothing else."""

import re
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from domain.cases import actions as cases
from domain.cases.states import CaseKind
from domain.people.roles import Role
from tests.api.conftest import served
from tests.api.test_editor import BROWSER, EXAMPLES, OFFERED, filled, get, loaded
from tests.api.test_signing_in import PAGE, code_of, settings_of, sign_in
from tests.builders import SYSTEM, a_person, a_queue, a_team
from tests.issuer import Issuer, issuing

SENT = PAGE | {"Accept": "application/graphql-response+json, application/json"}
CLAIM = 'mutation { claimCase(input: {id: "CASE-1", expectedVersion: null}) { __typename } }'

ME = orjson.dumps(OFFERED["lookups"]["me"]["otherwise"]).decode()


async def myself(browser: httpx.AsyncClient) -> str:
    answer = await browser.post("/graphql", json={"query": OFFERED["lookups"]["me"]["document"]}, headers=SENT)
    return str(answer.json()["data"]["viewer"]["person"]["id"])


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as found:
        found.person = {"sub": "ada-1", "email": "ada@example.org", "email_verified": True, "name": "Ada"}
        yield found


@pytest.fixture
async def desk(issuer: Issuer, database_url: str) -> AsyncIterator[str]:
    async with served(database_url, settings_of(issuer)) as url:
        team = await a_team()
        await a_queue(team=team.id)
        await a_person("Ada", Role.ADMIN, Role.REVIEWER, team=team.id)
        await cases.open_case("Some words", by=SYSTEM, kind=CaseKind.REACTIVE)
        yield url


@pytest.fixture
async def browser(desk: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=desk) as found:
        await sign_in(desk, found)
        yield found


async def test_whoever_has_signed_in_is_known_to_the_page_and_all_it_loads_is_there(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/graphql", headers=BROWSER)
    files = {name: await browser.get(f"/{name}", headers=PAGE) for name in loaded(page.text)}
    known = await browser.get("/auth/session", headers=PAGE)

    (script,) = (each.text for name, each in files.items() if re.search(r"/editor\.\w+\.js", name))
    assert page.status_code == 200
    assert {each.status_code for each in files.values()} == {200}
    assert known.json()["name"] == "Ada"
    assert 'fetch("auth/session"' in script


async def test_every_example_runs_with_the_cookie_alone(browser: httpx.AsyncClient) -> None:
    wrong, me = {}, orjson.dumps(await myself(browser)).decode()
    for title, example in EXAMPLES.items():
        if "subscription" in example["document"].partition("{")[0]:
            continue
        variables = orjson.dumps(filled(example.get("variables", {}))).decode().replace(ME, me)
        body = {"query": example["document"], "variables": orjson.loads(variables)}
        answer = await browser.post("/graphql", json=body, headers=SENT)
        codes = {error["extensions"]["code"] for error in answer.json().get("errors", ())}
        if answer.status_code != 200 or codes - {"NOT_FOUND"}:
            wrong[title] = (answer.status_code, answer.text[:300])

    assert len(EXAMPLES) > 10
    assert wrong == {}


@pytest.mark.parametrize("name", OFFERED["lookups"])
async def test_what_the_page_looks_up_is_found_with_the_cookie_alone(browser: httpx.AsyncClient, name: str) -> None:
    query = OFFERED["lookups"][name]["document"]
    me = await myself(browser)

    answer = await browser.post("/graphql", json={"query": query, "variables": {"me": me}}, headers=SENT)

    assert "errors" not in answer.json(), answer.text


async def test_a_subscription_of_the_page_is_opened_with_the_cookie(browser: httpx.AsyncClient) -> None:
    body = {"query": "subscription { casesChanged { __typename } }"}

    async with browser.stream("POST", "/graphql", json=body, headers=PAGE | {"Accept": "text/event-stream"}) as stream:
        first = await anext(stream.aiter_lines())

    assert stream.status_code == 200
    assert first.startswith(":")


async def test_a_cookie_changes_nothing_by_address_nor_by_a_form(browser: httpx.AsyncClient) -> None:
    by_address = await browser.get("/graphql", params={"query": CLAIM}, headers=SENT)
    by_form = await browser.post("/graphql", data={"query": CLAIM}, headers=SENT)
    as_text = await browser.post(
        "/graphql", content=orjson.dumps({"query": CLAIM}), headers=SENT | {"Content-Type": "text/plain"}
    )
    foreign = await browser.post("/graphql", json={"query": CLAIM}, headers={"Origin": "https://evil.example"})

    assert [each.status_code for each in (by_address, by_form, as_text, foreign)] == [405, 415, 415, 403]
    assert code_of(foreign) == "ORIGIN_REFUSED"


async def test_who_has_not_signed_in_is_told_how(desk: str) -> None:
    page = await get(desk)
    async with httpx.AsyncClient(base_url=desk) as stranger:
        known = await stranger.get("/auth/session", headers=PAGE)
        asked = await stranger.post("/graphql", json={"query": "{ viewer { name } }"}, headers=SENT)

    assert page.status_code == 200
    assert 'id="sign"' in page.text
    assert [known.status_code, asked.status_code] == [401, 401]
    assert "/auth/login" in asked.json()["errors"][0]["message"]
