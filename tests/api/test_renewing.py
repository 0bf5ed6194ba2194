"""Sessions of browsers whose provider gives refresh tokens: renewed while it vouches, over when it does not."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from api.renewing import Renewals
from domain.core import clock
from domain.core.actor import Tool
from domain.people.models import BrowserSession
from domain.people.ports import GroupRules
from domain.people.queries import login_of_session
from integrations.identity import OidcIdentity, Provider
from tests.api.conftest import served
from tests.api.test_signing_in import PAGE, WHO, code_of, opened, read, settings_of, sign_in
from tests.builders import a_person, a_team
from tests.issuer import CLIENT, Issuer, issuing


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as found:
        found.person = {"sub": "ada-1", "email": "Ada@Example.org", "email_verified": True, "name": "Ada"}
        found.refreshing = True
        yield found


@pytest.fixture
async def desk(issuer: Issuer, database_url: str) -> AsyncIterator[str]:
    settings = settings_of(issuer, oidc_teams=("live-crew=live",), oidc_roles=("crew=REVIEWER", "bosses=LEAD"))
    async with served(database_url, settings) as url:
        await a_person("Ada")
        await a_team("live")
        yield url


async def ask(desk: str, browser: httpx.AsyncClient) -> httpx.Response:
    return await browser.post(f"{desk}/graphql", json={"query": WHO}, headers=PAGE)


async def later(**passed: float) -> None:
    """As if so much of the provider's word had passed: more than all of it, unless its end is only near."""
    now = await clock.now()
    await BrowserSession.all().update(access_until=now - timedelta(**passed))


async def test_a_session_goes_on_for_as_long_as_its_provider_vouches(desk: str, issuer: Issuer) -> None:
    async with httpx.AsyncClient() as browser:
        done = await sign_in(desk, browser)
        before = await BrowserSession.get()
        for _ in range(3):
            await later(seconds=1)
            answer = await ask(desk, browser)
            # what was shown a moment ago is trusted for two seconds; a mutation, a renewal, another process is not
            assert answer.json()["data"]["viewer"]["name"] == "Ada"
            assert (await browser.get(f"{desk}/auth/session", headers=PAGE)).status_code == 200
        after = await BrowserSession.get()

    assert "Max-Age=2592000" in done.headers["set-cookie"]
    assert issuer.refreshed == 3
    assert len(issuer.refreshes) == 1, "each is used once"
    assert after.expires_at > before.expires_at
    assert after.access_until is not None
    assert after.access_until > await clock.now() + timedelta(seconds=250)


async def test_who_was_sent_away_at_the_provider_is_signed_out_when_its_word_ends(desk: str, issuer: Issuer) -> None:
    async with httpx.AsyncClient() as browser:
        await sign_in(desk, browser)
        issuer.refreshes.clear()
        await later(seconds=1)
        known = await browser.get(f"{desk}/auth/session", headers=PAGE)
        again = await ask(desk, browser)
    session = await BrowserSession.get()

    assert [known.status_code, again.status_code] == [401, 401]
    assert code_of(again) == "TOKEN_INVALID"
    assert session.ended_at is not None
    assert session.renewal is None


async def test_groups_follow_with_every_renewal(desk: str, issuer: Issuer) -> None:
    async with httpx.AsyncClient() as browser:
        issuer.person |= {"groups": ["bosses"]}
        await sign_in(desk, browser)
        issuer.person |= {"groups": ["crew", "live-crew"], "iat": issuer.claims()["iat"] + 2}
        await later(seconds=1)
        await browser.get(f"{desk}/auth/session", headers=PAGE)
        viewer = (await ask(desk, browser)).json()["data"]["viewer"]

    assert "case.take_over" not in viewer["permissions"]
    assert [team["key"] for team in viewer["teams"]] == ["live"]


async def test_a_provider_that_suddenly_means_somebody_else_ends_the_session(desk: str, issuer: Issuer) -> None:
    await a_person("Bo")
    async with httpx.AsyncClient() as browser:
        await sign_in(desk, browser)
        issuer.person = {"sub": "bo-1", "email": "bo@example.org", "email_verified": True}
        await later(seconds=1)
        answer = await browser.get(f"{desk}/auth/session", headers=PAGE)

    assert answer.status_code == 401


async def test_of_many_requests_in_two_processes_one_asks_and_all_wait_for_it(desk: str, issuer: Issuer) -> None:
    async with httpx.AsyncClient() as browser:
        await sign_in(desk, browser)
        secret = browser.cookies["caseward"]
    identities = [OidcIdentity(Provider(issuer=issuer.url, client_id=CLIENT)) for _ in range(2)]
    processes = [Renewals(identity, GroupRules(), timedelta(hours=1)) for identity in identities]
    await later(seconds=1)

    async def over(process: Renewals) -> bool:
        await process.renew(secret, wait=True)
        return (await login_of_session(secret, tool=Tool.GRAPHQL)).over

    found = await asyncio.gather(*(over(process) for process in processes * 6))
    for identity in identities:
        await identity.close()

    assert found == [False] * 12
    assert issuer.refreshed == 1


async def test_while_the_provider_is_away_sessions_go_on_and_it_is_asked_again_later(desk: str, issuer: Issuer) -> None:
    async with httpx.AsyncClient() as browser:
        await sign_in(desk, browser)
        issuer.away = True
        await later(seconds=1)
        during = await browser.get(f"{desk}/auth/session", headers=PAGE)
        issuer.away = False
        await later(seconds=1)
        after = await browser.get(f"{desk}/auth/session", headers=PAGE)

    assert [during.status_code, after.status_code] == [200, 200]
    assert issuer.refreshed == 1


async def test_a_provider_that_does_not_know_this_desk_any_more_signs_nobody_out(desk: str, issuer: Issuer) -> None:
    async with httpx.AsyncClient() as browser:
        await sign_in(desk, browser)
        issuer.refuses = "invalid_client"
        await later(seconds=1)
        known = await browser.get(f"{desk}/auth/session", headers=PAGE)

    assert known.status_code == 200
    assert (await BrowserSession.get()).ended_at is None


async def test_nobody_reads_a_refresh_token_without_the_browsers_cookie(desk: str, issuer: Issuer) -> None:
    async with httpx.AsyncClient() as browser:
        await sign_in(desk, browser)
        kept = await BrowserSession.get()
        (token,) = issuer.refreshes
        secret = browser.cookies["caseward"]
        out = await browser.post(f"{desk}/auth/logout", headers=PAGE)

    assert kept.renewal is not None
    assert token.encode() not in kept.renewal
    assert token not in secret
    assert out.status_code == 200
    assert (await BrowserSession.get()).renewal is None


async def test_without_refresh_tokens_a_session_ends_when_it_was_said_to(desk: str, issuer: Issuer) -> None:
    issuer.refreshing = False
    async with httpx.AsyncClient() as browser:
        done = await sign_in(desk, browser)
    session = await BrowserSession.get()

    assert "Max-Age=43200" in done.headers["set-cookie"]
    assert (session.access_until, session.renewal) == (None, None)


async def test_a_socket_outlives_the_providers_word_and_ends_where_it_is_not_renewed(desk: str, issuer: Issuer) -> None:
    async with httpx.AsyncClient() as browser:
        await sign_in(desk, browser)
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
    await later(seconds=1)

    found = await opened(desk, None, additional_headers=cookie, origin="https://desk.example")
    assert (await read(found))["type"] == "connection_ack"
    await found.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": {"query": WHO}}).decode())
    said = await read(found)
    await found.close()
    issuer.refreshes.clear()
    await later(seconds=1)
    ended = await opened(desk, None, additional_headers=cookie, origin="https://desk.example")
    with pytest.raises(ConnectionClosed):
        [await read(ended) for _ in range(3)]

    assert said["payload"]["data"]["viewer"]["name"] == "Ada"
    assert ended.close_code == 4403


async def test_who_is_signed_in_at_the_provider_is_shown_nothing_and_who_is_not_its_page(
    desk: str, issuer: Issuer
) -> None:
    async with httpx.AsyncClient() as browser:
        known = await sign_in(desk, browser, silent="true", return_to="/graphql?x=1")
        issuer.signed_out = True
        unknown: Any = await sign_in(desk, browser, silent="true", return_to="/graphql?x=1")

    assert (known.status_code, known.headers["location"]) == (303, "/graphql?x=1")
    assert (unknown.status_code, unknown.headers["location"]) == (303, "/auth/login?return_to=%2Fgraphql%3Fx%3D1")
