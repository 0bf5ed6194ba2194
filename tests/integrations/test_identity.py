"""Which tokens of an identity provider are believed, and for how long without asking it."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.people.errors import IdentityUnavailable, TokenInvalid
from integrations.identity import OidcIdentity, Provider, identity_of, rules_of
from integrations.identity.keys import FRESH, PAUSE, STALE
from integrations.settings import Settings
from tests.issuer import CLIENT, Issuer, issuing


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as found:
        found.person = {"sub": "ada-1", "email": "ada@example.org", "email_verified": True, "groups": ["desk"]}
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def identity(issuer: Issuer, clock: Clock) -> AsyncIterator[OidcIdentity]:
    found = OidcIdentity(Provider(issuer=issuer.url, client_id=CLIENT), clock=clock)
    yield found
    await found.close()


def unsigned(issuer: Issuer, header: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(part).encode() for part in (header, issuer.claims())]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, signature))


async def test_a_token_says_who_somebody_is(identity: OidcIdentity, issuer: Issuer) -> None:
    found = await identity.verify(issuer.token(name="Ada"))

    assert (found.issuer, found.subject, found.email, found.name) == (issuer.url, "ada-1", "ada@example.org", "Ada")
    assert (found.email_verified, found.groups) == (True, frozenset({"desk"}))
    assert found.expires_at > found.issued_at


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_every_pinned_algorithm_is_believed(identity: OidcIdentity, issuer: Issuer, algorithm: str) -> None:
    issuer.rotate("other", algorithm)

    assert (await identity.verify(issuer.token())).subject == "ada-1"


@pytest.mark.parametrize(
    "told",
    [
        {"aud": "another-client"},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"nbf": 4_000_000_000},
        {"iat": 4_000_000_000},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_us_or_not_for_now_is_refused(
    identity: OidcIdentity, issuer: Issuer, told: dict[str, Any]
) -> None:
    with pytest.raises(TokenInvalid):
        await identity.verify(issuer.token(**told))


async def test_clocks_may_differ_by_half_a_minute(identity: OidcIdentity, issuer: Issuer) -> None:
    now = int(time.time())

    assert await identity.verify(issuer.token(exp=now - 10, iat=now - 700))
    assert await identity.verify(issuer.token(iat=now + 15, nbf=now + 15))
    with pytest.raises(TokenInvalid):
        await identity.verify(issuer.token(exp=now - 60))


async def test_a_token_without_a_signature_is_refused(identity: OidcIdentity, issuer: Issuer) -> None:
    for name in ("none", "None", "NONE", "nOnE"):
        with pytest.raises(TokenInvalid):
            await identity.verify(unsigned(issuer, {"alg": name, "kid": "first"}))


async def test_a_public_key_is_no_shared_secret(identity: OidcIdentity, issuer: Issuer) -> None:
    from_set = json.dumps(issuer.public("first")).encode()
    bare = unsigned(issuer, {"alg": "HS256", "kid": "first", "typ": "JWT"}).rsplit(".", 1)[0]
    seal = hmac.new(from_set, bare.encode(), hashlib.sha256).digest()

    with pytest.raises(TokenInvalid):
        await identity.verify(f"{bare}.{base64.urlsafe_b64encode(seal).rstrip(b'=').decode()}")


@pytest.mark.parametrize(
    "headers",
    [
        {"jku": "http://127.0.0.1:1/keys", "kid": "theirs"},
        {"jwk": {"kty": "oct", "k": "AA"}, "kid": "theirs"},
        {"typ": "logout+jwt"},
        {"alg": "PS256"},
    ],
    ids=str,
)
async def test_nothing_in_a_token_chooses_how_it_is_checked(
    identity: OidcIdentity, issuer: Issuer, headers: dict[str, Any]
) -> None:
    with pytest.raises(TokenInvalid):
        await identity.verify(issuer.token(headers=headers))


@pytest.mark.parametrize("text", ["", "a.b.c", "....", "x" * 20_000, "é.é.é"])
async def test_what_is_no_token_is_refused(identity: OidcIdentity, text: str) -> None:
    with pytest.raises(TokenInvalid):
        await identity.verify(text)


async def test_a_token_altered_by_a_letter_is_refused(identity: OidcIdentity, issuer: Issuer) -> None:
    head, body, seal = issuer.token().split(".")
    told = json.loads(base64.urlsafe_b64decode(body + "==")) | {"sub": "bo-2"}
    other = base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()

    with pytest.raises(TokenInvalid):
        await identity.verify(f"{head}.{other}.{seal}")


async def test_a_new_key_is_found_and_an_old_one_forgotten(
    identity: OidcIdentity, issuer: Issuer, clock: Clock
) -> None:
    old = issuer.token()
    await identity.verify(old)
    issuer.rotate("second")
    clock.now += PAUSE

    assert (await identity.verify(issuer.token())).subject == "ada-1"
    with pytest.raises(TokenInvalid):
        await identity.verify(old)


async def test_a_withdrawn_key_is_believed_ten_minutes_at_most(
    identity: OidcIdentity, issuer: Issuer, clock: Clock
) -> None:
    old = issuer.token()
    await identity.verify(old)
    issuer.rotate("second")

    assert await identity.verify(old)
    clock.now += FRESH + 1
    with pytest.raises(TokenInvalid):
        await identity.verify(old)


async def test_made_up_key_ids_do_not_hammer_the_issuer(identity: OidcIdentity, issuer: Issuer, clock: Clock) -> None:
    await identity.verify(issuer.token())
    before = issuer.asked.count("keys")

    for number in range(20):
        with pytest.raises(TokenInvalid):
            await identity.verify(issuer.token(headers={"kid": f"made-up-{number}"}))

    assert issuer.asked.count("keys") == before
    clock.now += PAUSE
    with pytest.raises(TokenInvalid):
        await identity.verify(issuer.token(headers={"kid": "made-up"}))
    assert issuer.asked.count("keys") == before + 1


async def test_while_the_issuer_is_away_known_keys_serve_for_a_day(
    identity: OidcIdentity, issuer: Issuer, clock: Clock
) -> None:
    await identity.verify(issuer.token())
    issuer.away = True

    clock.now += STALE - 1
    assert await identity.verify(issuer.token())
    clock.now += 2 + PAUSE
    with pytest.raises(IdentityUnavailable):
        await identity.verify(issuer.token())
    issuer.away = False
    clock.now += PAUSE
    assert await identity.verify(issuer.token())


async def test_an_issuer_that_was_never_reached_is_unavailable_not_wrong(
    identity: OidcIdentity, issuer: Issuer
) -> None:
    issuer.away = True

    with pytest.raises(IdentityUnavailable):
        await identity.verify(issuer.token())


async def test_somebody_elses_description_is_not_taken(issuer: Issuer) -> None:
    identity = OidcIdentity(Provider(issuer=f"{issuer.url}/", client_id=CLIENT))

    with pytest.raises(IdentityUnavailable):
        await identity.verify(issuer.token())
    await identity.close()


@pytest.mark.parametrize("algorithms", [["HS256"], ["none"], [], ["RS256", "HS512"]])
def test_only_signatures_by_a_private_key_can_be_configured(algorithms: list[str]) -> None:
    with pytest.raises(ValueError, match="CASEWARD_OIDC_ALGORITHMS"):
        OidcIdentity(Provider(issuer="https://id.example", client_id=CLIENT, algorithms=algorithms))


def test_settings_say_what_groups_stand_for() -> None:
    settings = Settings(oidc_teams=("cn=live,ou=x=live", "ads = ads"), oidc_roles=("bosses=lead",))

    rules = rules_of(settings)

    assert dict(rules.teams) == {"cn=live,ou=x": "live", "ads": "ads"}
    assert dict(rules.roles) == {"bosses": "LEAD"}
    assert identity_of(settings) is None
