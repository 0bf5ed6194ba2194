"""People who come through the identity provider: with a token of it, or with a browser."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.auth import Door, Proof, Shown
from domain.core import clock
from domain.people import actions as people
from domain.people.errors import TokenInvalid
from domain.people.models import BrowserSession, Identity, Person
from domain.people.roles import Role
from integrations.settings import Settings
from tests.api.conftest import served
from tests.builders import SYSTEM, a_person, a_team
from tests.issuer import CLIENT, Issuer, issuing

WHO = "{ viewer { name permissions teams { key } } }"
CLAIM = 'mutation { claimCase(input: {id: "CASE-1", expectedVersion: null}) { __typename } }'
PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as found:
        found.person = {"sub": "ada-1", "email": "Ada@Example.org", "email_verified": True, "name": "Ada"}
        yield found


def settings_of(issuer: Issuer, **more: Any) -> Settings:
    return Settings(oidc_issuer=issuer.url, oidc_client_id=CLIENT, cors_origins=("https://desk.example",), **more)


@pytest.fixture
async def desk(issuer: Issuer, database_url: str) -> AsyncIterator[str]:
    rules = {"oidc_teams": ("live-crew=live",), "oidc_roles": ("bosses=LEAD", "crew=REVIEWER")}
    async with served(database_url, settings_of(issuer, **rules)) as url:
        yield url


async def ask(url: str, token: str, query: str = WHO) -> httpx.Response:
    async with httpx.AsyncClient(base_url=url) as http:
        return await http.post("/graphql", json={"query": query}, headers={"Authorization": f"Bearer {token}"})


async def sign_in(url: str, browser: httpx.AsyncClient, **query: str) -> httpx.Response:
    """Goes where it is sent, to the provider and back; the last answer is the desk's."""
    there = await browser.get(f"{url}/auth/login", params=query)
    assert there.status_code == 303, there.text
    back = await browser.get(there.headers["location"])
    return await browser.get(f"{url}/auth/callback?{urlsplit(back.headers['location']).query}")


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["code"])


async def test_a_persons_token_is_the_person(desk: str, issuer: Issuer) -> None:
    await a_person("Ada")

    answer = await ask(desk, issuer.token())

    assert answer.json()["data"]["viewer"]["name"] == "Ada"
    assert "case.claim" in answer.json()["data"]["viewer"]["permissions"]


@pytest.mark.parametrize("told", [{"aud": "another"}, {"exp": 1}, {"iss": "https://elsewhere.example"}], ids=str)
async def test_a_token_that_is_not_for_us_is_401(desk: str, issuer: Issuer, told: dict[str, Any]) -> None:
    await a_person("Ada")

    answer = await ask(desk, issuer.token(**told))

    assert (answer.status_code, code_of(answer)) == (401, "TOKEN_INVALID")
    assert "invalid_token" in answer.headers["www-authenticate"]


async def test_groups_give_and_take_exactly_what_they_stand_for(desk: str, issuer: Issuer) -> None:
    await a_team("live")
    other = await a_team("ads")
    ada = await a_person("Ada", Role.ANALYST, team=other.id)

    first = (await ask(desk, issuer.token(groups=["live-crew", "bosses", "chess"]))).json()["data"]["viewer"]
    second = (await ask(desk, issuer.token(groups=["crew"], iat=issuer.claims()["iat"] + 1))).json()["data"]["viewer"]

    assert {team["key"] for team in first["teams"]} == {"live", "ads"}
    assert "case.take_over" in first["permissions"]
    assert {team["key"] for team in second["teams"]} == {"ads"}
    assert "case.take_over" not in second["permissions"]
    assert "case.claim" in second["permissions"]
    assert ada.person_id is not None


async def test_an_older_token_does_not_bring_back_old_groups(desk: str, issuer: Issuer) -> None:
    await a_person("Ada", Role.ANALYST)
    now = issuer.claims()["iat"]
    await ask(desk, issuer.token(groups=["crew"], iat=now))

    old = await ask(desk, issuer.token(groups=["bosses"], iat=now - 60))

    assert "case.take_over" not in old.json()["data"]["viewer"]["permissions"]


async def test_a_token_that_says_nothing_of_groups_takes_nothing_away(desk: str, issuer: Issuer) -> None:
    await a_person("Ada", Role.ANALYST)
    await ask(desk, issuer.token(groups=["bosses"]))

    silent = await ask(desk, issuer.token())

    assert "case.take_over" in silent.json()["data"]["viewer"]["permissions"]


@pytest.mark.parametrize(
    "person",
    [
        {"sub": "x", "email": "nobody@example.org", "email_verified": True},
        {"sub": "x", "email": "ada@example.org", "email_verified": False},
        {"sub": "x", "email": "ada@example.org"},
        {"sub": "x"},
    ],
    ids=["unknown", "not verified", "not said to be", "no address"],
)
async def test_whom_this_desk_does_not_know_is_403(desk: str, issuer: Issuer, person: dict[str, Any]) -> None:
    await a_person("Ada")
    issuer.person = person

    answer = await ask(desk, issuer.token())

    assert (answer.status_code, code_of(answer)) == (403, "PERSON_UNKNOWN")
    assert await Identity.all().count() == 0


async def test_an_address_that_changed_hands_gives_nobody_the_person(desk: str, issuer: Issuer) -> None:
    await a_person("Ada")
    await ask(desk, issuer.token())

    heir = await ask(desk, issuer.token(sub="heir-2"))
    moved = await ask(desk, issuer.token(email="ada@elsewhere.example"))

    assert (heir.status_code, code_of(heir)) == (403, "IDENTITY_TAKEN")
    assert moved.json()["data"]["viewer"]["name"] == "Ada"


async def test_newcomers_are_added_where_that_is_wanted(database_url: str, issuer: Issuer) -> None:
    settings = settings_of(issuer, oidc_newcomers=True, oidc_roles=("crew=REVIEWER",))

    async with served(database_url, settings) as url:
        answers = [await ask(url, issuer.token(groups=["crew"])) for _ in range(2)]
        found = await Person.all().values("name", "email")

    assert all("case.claim" in answer.json()["data"]["viewer"]["permissions"] for answer in answers)
    assert found == [{"name": "Ada", "email": "ada@example.org"}]


async def test_while_the_issuer_is_away_the_api_says_so_and_our_own_tokens_work(desk: str, issuer: Issuer) -> None:
    issuer.away = True
    ada = await a_person("Ada")
    _, secret = await people.issue_token(ada.id, by=SYSTEM, name="t")

    theirs, ours = await ask(desk, issuer.token()), await ask(desk, secret)

    assert (theirs.status_code, code_of(theirs)) == (503, "IDENTITY_UNAVAILABLE")
    assert theirs.headers["retry-after"]
    assert ours.status_code == 200


async def test_a_browser_signs_in_works_and_signs_out(desk: str) -> None:
    await a_person("Ada")

    async with httpx.AsyncClient() as browser:
        done = await sign_in(desk, browser, return_to="/graphql")
        cookie = done.headers["set-cookie"]
        worked = await browser.post(f"{desk}/graphql", json={"query": WHO}, headers=PAGE)
        known = await browser.get(f"{desk}/auth/session", headers=PAGE)
        kept = dict(browser.cookies)
        out = await browser.post(f"{desk}/auth/logout", headers=PAGE)
        browser.cookies.update(kept)
        after = await browser.post(f"{desk}/graphql", json={"query": CLAIM}, headers=PAGE)

    assert (done.status_code, done.headers["location"]) == (303, "/graphql")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert worked.json()["data"]["viewer"]["name"] == "Ada"
    assert known.json()["name"] == "Ada"
    assert out.json()["provider"].split("?")[0].endswith("/bye")
    assert after.status_code == 401


async def test_behind_https_the_cookie_is_bound_to_the_host(database_url: str, issuer: Issuer) -> None:
    async with served(database_url, settings_of(issuer, public_url="https://desk.example")) as url:
        await a_person("Ada")
        async with httpx.AsyncClient() as browser:
            there = await browser.get(f"{url}/auth/login")
            asked = parse_qs(urlsplit(there.headers["location"]).query)
            back = await browser.get(there.headers["location"])
            sent = {"Cookie": there.headers["set-cookie"].split(";")[0]}
            done = await browser.get(f"{url}/auth/callback?{urlsplit(back.headers['location']).query}", headers=sent)
            secret = done.headers.get_list("set-cookie")[0].split(";")[0].partition("=")[2]
            planted = {"Cookie": f"caseward={secret}", "Sec-Fetch-Site": "same-origin"}
            browser.cookies.clear()
            tossed = await browser.post(f"{url}/graphql", json={"query": WHO}, headers=planted)

    assert tossed.status_code == 401
    session = done.headers.get_list("set-cookie")[0]
    assert asked["redirect_uri"] == ["https://desk.example/auth/callback"]
    assert asked["code_challenge_method"] == ["S256"]
    assert session.startswith("__Host-caseward=")
    assert all(part in session for part in ("Secure", "HttpOnly", "Path=/;", "SameSite=lax"))


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/x", "/\\evil.example", "javascript:1", "x"])
async def test_nobody_is_led_to_a_foreign_page(desk: str, back: str) -> None:
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(f"{desk}/auth/login", params={"return_to": back})

    assert answer.status_code == 400


async def test_an_allowed_origins_page_may_be_returned_to(desk: str) -> None:
    await a_person("Ada")

    async with httpx.AsyncClient() as browser:
        done = await sign_in(desk, browser, return_to="https://desk.example/cases")

    assert done.headers["location"] == "https://desk.example/cases"


async def test_a_sign_in_ends_only_in_the_browser_that_began_it(desk: str) -> None:
    await a_person("Ada")

    async with httpx.AsyncClient() as browser, httpx.AsyncClient() as victim:
        there = await browser.get(f"{desk}/auth/login")
        back = await browser.get(there.headers["location"])
        stolen = f"{desk}/auth/callback?{urlsplit(back.headers['location']).query}"
        bare = await victim.get(stolen)
        await victim.get(f"{desk}/auth/login")
        mixed = await victim.get(stolen)

    assert [code_of(answer) for answer in (bare, mixed)] == ["SIGN_IN_STALE", "SIGN_IN_STALE"]
    assert await BrowserSession.all().count() == 0


async def test_a_code_is_of_use_once_and_an_id_token_only_for_its_sign_in(desk: str, issuer: Issuer) -> None:
    await a_person("Ada")

    async with httpx.AsyncClient() as browser:
        there = await browser.get(f"{desk}/auth/login")
        back = await browser.get(there.headers["location"])
        address = f"{desk}/auth/callback?{urlsplit(back.headers['location']).query}"
        cookies = dict(browser.cookies)
        await browser.get(address)
        browser.cookies.clear()
        browser.cookies.update(cookies)
        again = await browser.get(address)
    issuer.person |= {"nonce": "somebody-else's"}
    async with httpx.AsyncClient() as other:
        foreign = await sign_in(desk, other)

    assert (again.status_code, code_of(again)) == (401, "SIGN_IN_FAILED")
    assert (foreign.status_code, code_of(foreign)) == (401, "SIGN_IN_FAILED")


async def test_what_the_provider_refuses_is_said(desk: str) -> None:
    async with httpx.AsyncClient() as browser:
        there = await browser.get(f"{desk}/auth/login")
        state = parse_qs(urlsplit(there.headers["location"]).query)["state"][0]
        answer = await browser.get(f"{desk}/auth/callback", params={"error": "access_denied", "state": state})

    assert (answer.status_code, code_of(answer)) == (401, "SIGN_IN_FAILED")
    assert "access_denied" in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://desk.example", "Sec-Fetch-Site": "cross-site"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
    ids=str,
)
async def test_a_foreign_page_can_do_nothing_with_somebodys_cookie(
    desk: str, headers: dict[str, str], status: int
) -> None:
    await a_person("Ada")

    async with httpx.AsyncClient() as browser:
        await sign_in(desk, browser)
        post = await browser.post(f"{desk}/graphql", json={"query": WHO}, headers=headers)
        get = await browser.get(f"{desk}/graphql", params={"query": WHO}, headers=headers)
        out = await browser.post(f"{desk}/auth/logout", headers=headers)

    assert [post.status_code, get.status_code, out.status_code] == [status] * 3
    assert status == 200 or code_of(post) == "ORIGIN_REFUSED"


async def test_an_expired_session_is_401_and_a_suspended_person_too(desk: str) -> None:
    ada = await a_person("Ada")
    async with httpx.AsyncClient() as browser:
        await sign_in(desk, browser)
        await Person.filter(id=ada.person_id).update(active=False)
        suspended = await browser.post(f"{desk}/graphql", json={"query": CLAIM}, headers=PAGE)
        await Person.filter(id=ada.person_id).update(active=True)
        session = await BrowserSession.get()
        await BrowserSession.filter(id=session.id).update(expires_at=session.created_at)
        expired = await browser.post(f"{desk}/graphql", json={"query": CLAIM}, headers=PAGE)

    assert [suspended.status_code, expired.status_code] == [401, 401]


async def test_without_an_issuer_nobody_signs_in(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as http:
        answers = [await http.get(f"/auth/{place}") for place in ("login", "callback", "session")]
        answers.append(await http.post("/auth/logout"))

    assert [answer.status_code for answer in answers] == [404] * 4


async def opened(url: str, payload: Any, **more: Any) -> ClientConnection:
    found = await connect(f"ws{url[4:]}/graphql", subprotocols=["graphql-transport-ws"], **more)  # type: ignore[list-item]
    await found.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
    return found


async def read(found: ClientConnection) -> Any:
    return orjson.loads(await found.recv())


async def test_a_browsers_socket_needs_a_page_of_ours(desk: str) -> None:
    await a_person("Ada")
    async with httpx.AsyncClient() as browser:
        await sign_in(desk, browser)
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}

    ours = await opened(desk, None, additional_headers=cookie, origin="https://desk.example")
    assert (await read(ours))["type"] == "connection_ack"
    await ours.close()
    with pytest.raises((InvalidStatus, ConnectionClosed)):
        await read(await opened(desk, None, additional_headers=cookie, origin="https://evil.example"))


async def test_a_connection_ends_with_its_token_unless_it_shows_a_new_one(url: str) -> None:
    ada = await a_person("Ada")
    first, secret = await people.issue_token(ada.id, by=SYSTEM, name="t")
    _, successor = await people.rotate_token(first.id, by=SYSTEM)
    ends, goes_on = await opened(url, {"token": secret}), await opened(url, {"token": secret})
    for each in (ends, goes_on):
        assert (await read(each))["type"] == "connection_ack"

    await goes_on.send(orjson.dumps({"type": "ping", "payload": {"token": successor}}).decode())
    assert (await read(goes_on))["type"] == "pong"
    await people.revoke_token(first.id, by=SYSTEM)
    for each in (ends, goes_on):
        await each.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": {"query": CLAIM}}).decode())

    assert (await read(ends))["type"] == "error"
    assert (await read(goes_on))["type"] == "next"
    await ends.close()
    await goes_on.close()


async def test_a_proof_that_is_replaced_while_it_is_looked_up_ends_nothing() -> None:
    shown = Shown(Proof(Door.TOKEN, "first"))
    asked = []

    async def ask(proof: Proof) -> str:
        asked.append(proof.secret)
        if proof.secret == "first":
            shown.proof = Proof(Door.TOKEN, "second")
            raise TokenInvalid
        return "welcome"

    assert await shown.by(ask) == "welcome"
    assert asked == ["first", "second"]


async def test_the_proof_shown_last_is_refused_as_it_is() -> None:
    async def ask(_: Proof) -> None:
        raise TokenInvalid

    with pytest.raises(TokenInvalid):
        await Shown(Proof(Door.TOKEN, "only")).by(ask)


async def test_a_connection_never_becomes_somebody_else(url: str) -> None:
    _, adas = await people.issue_token((await a_person("Ada")).id, by=SYSTEM, name="t")
    _, bos = await people.issue_token((await a_person("Bo")).id, by=SYSTEM, name="t")
    found = await opened(url, {"token": adas})
    await read(found)

    await found.send(orjson.dumps({"type": "ping", "payload": {"token": bos}}).decode())

    with pytest.raises(ConnectionClosed):
        await read(found)
    assert found.close_code == 4403


async def test_a_silent_connection_is_closed_when_its_token_expires(url: str) -> None:
    ada = await a_person("Ada")
    soon = await clock.now() + timedelta(seconds=1.5)
    _, secret = await people.issue_token(ada.id, by=SYSTEM, name="t", expires_at=soon)
    found = await opened(url, {"token": secret})
    assert (await read(found))["type"] == "connection_ack"

    with pytest.raises(ConnectionClosed):
        await read(found)

    assert found.close_code == 4403
    assert await clock.now() >= soon
