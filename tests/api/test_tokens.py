"""Tokens of accounts: what they are narrowed to, when they end, and how they are replaced without a gap."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from domain.cases import actions as cases
from domain.cases.states import CaseKind
from domain.core import clock
from domain.core.actor import SYSTEM_ID, Actor
from domain.core.ids import new_id
from domain.people import actions as people
from domain.people.errors import TokenEnded, TokenReplaced
from domain.people.models import ApiToken, Person, RoleGrant
from domain.people.roles import Role
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_queue, a_team, an_account

Login = Callable[[Actor], Awaitable[Client]]
ISSUE = """mutation($input: IssueTokenInput!) { issueToken(input: $input) {
    ... on IssueTokenSuccess { secret replayed apiToken { id name scopes documents expiresAt account { name } } }
    ... on ValidationFailed { problems { path code } } ... on Problem { code } } }"""
ROTATE = """mutation($input: RotateTokenInput!) { rotateToken(input: $input) {
    ... on RotateTokenSuccess { secret apiToken { id name scopes replaces expiresAt } }
    ... on Problem { code message } } }"""
REVOKE = """mutation($input: ApiTokenInput!) { revokeToken(input: $input) {
    ... on RevokeTokenSuccess { apiToken { revokedAt } } ... on Problem { code } } }"""
TOKENS = "{ apiTokens { nodes { name lastUsedAt account { name } } } }"


@pytest.fixture
async def admin(login: Login) -> Client:
    return await login(await a_person("Ad", Role.ADMIN))


def id_of(actor: Actor) -> str:
    return f"principal_{actor.id.hex}"


async def status(url: str, secret: str) -> int:
    """Whether a token holds, asked anew of the database."""
    write = {"query": 'mutation { revokeToken(input: {id: "token_0"}) { __typename } }'}
    async with httpx.AsyncClient(base_url=url) as http:
        answer = await http.post("/graphql", json=write, headers={"Authorization": f"Bearer {secret}"})
        return answer.status_code


async def test_a_token_is_made_shown_once_and_narrowed(admin: Client) -> None:
    intake = await an_account("intake", Role.INTAKE)
    wanted = {"accountId": id_of(intake), "name": "nightly", "scopes": ["signal.file", "case.decide", "signal.file"]}

    made = (await admin(ISSUE, input=wanted))["issueToken"]
    as_it = Client(admin.url, made["secret"])
    seen = await as_it("{ viewer { name permissions } }")
    await as_it.http.aclose()

    assert made["apiToken"]["scopes"] == ["case.decide", "signal.file"]
    assert made["apiToken"]["account"] == {"name": "intake"}
    assert seen["viewer"] == {"name": "intake", "permissions": ["signal.file"]}


async def test_a_repeat_shows_no_secret_again(admin: Client) -> None:
    wanted = {"accountId": id_of(await an_account()), "name": "nightly"}

    first = (await admin.send(ISSUE, key="k-1", input=wanted))["data"]["issueToken"]
    again = (await admin.send(ISSUE, key="k-1", input=wanted))["data"]["issueToken"]

    assert first["secret"].startswith("cw_")
    assert (again["secret"], again["replayed"], again["apiToken"]["id"]) == (None, True, first["apiToken"]["id"])
    assert await ApiToken.filter(name="nightly").count() == 1


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"name": " "}, ("name", "BLANK")),
        ({"name": "x" * 200}, ("name", "TOO_LONG")),
        ({"scopes": ["case.fly"]}, ("scopes", "UNKNOWN")),
        ({"expiresAt": "2001-01-01T00:00:00Z"}, ("expiresAt", "IN_THE_PAST")),
    ],
    ids=str,
)
async def test_a_token_that_makes_no_sense_is_refused(
    admin: Client, wrong: dict[str, Any], problem: tuple[str, str]
) -> None:
    told = (await admin(ISSUE, input={"accountId": id_of(await an_account()), "name": "x"} | wrong))["issueToken"]

    assert told["problems"] == [{"path": [problem[0]], "code": problem[1]}]


async def test_a_rotated_token_and_its_successor_both_hold_until_the_overlap_is_over(admin: Client) -> None:
    intake = await an_account()
    now = await clock.now()
    old, secret = await people.issue_token(
        intake.id, by=SYSTEM, name="nightly", scopes=["case.read"], expires_at=now + timedelta(days=30)
    )

    told = (await admin(ROTATE, input={"id": f"token_{old.id.hex}", "overlap": "PT1H"}))["rotateToken"]
    both = [await status(admin.url, each) for each in (secret, told["secret"])]
    kept = await ApiToken.get(id=old.id)
    successor = await ApiToken.get(replaces=old.id)
    await ApiToken.filter(id=old.id).update(expires_at=now)
    after = [await status(admin.url, each) for each in (secret, told["secret"])]

    assert told["apiToken"]["replaces"] == f"token_{old.id.hex}"
    assert told["apiToken"]["scopes"] == ["case.read"]
    assert (both, after) == ([200, 200], [401, 200])
    assert kept.expires_at is not None
    assert timedelta(minutes=59) < kept.expires_at - now < timedelta(minutes=62)
    assert successor.expires_at is not None
    assert timedelta(days=29) < successor.expires_at - now < timedelta(days=31)


async def test_without_an_overlap_the_old_token_ends_at_once(admin: Client) -> None:
    old, secret = await people.issue_token((await an_account()).id, by=SYSTEM, name="x")

    await people.rotate_token(old.id, by=SYSTEM, overlap=timedelta(0))

    assert await status(admin.url, secret) == 401


async def test_a_token_that_has_ended_has_no_successor(admin: Client) -> None:
    old, _ = await people.issue_token((await an_account()).id, by=SYSTEM, name="x")
    await people.revoke_token(old.id, by=SYSTEM)

    told = await admin(ROTATE, input={"id": f"token_{old.id.hex}"})

    assert told["rotateToken"]["code"] == TokenEnded.code


async def test_a_token_that_was_replaced_is_not_replaced_again_but_its_successor_is(admin: Client) -> None:
    ends = await clock.now() + timedelta(days=30)
    old, _ = await people.issue_token((await an_account()).id, by=SYSTEM, name="x", expires_at=ends)
    successor, _ = await people.rotate_token(old.id, by=SYSTEM, overlap=timedelta(minutes=1))

    again = (await admin(ROTATE, input={"id": f"token_{old.id.hex}"}))["rotateToken"]
    last, _ = await people.rotate_token(successor.id, by=SYSTEM)

    assert again["code"] == TokenReplaced.code
    assert f"token_{successor.id.hex}" in again["message"]
    assert last.expires_at is not None
    assert last.expires_at - last.created_at == ends - old.created_at


@pytest.mark.parametrize("scopes", [None, [], ["signal.file"]], ids=str)
async def test_a_token_tells_everything_from_nothing(admin: Client, scopes: list[str] | None) -> None:
    wanted = {"accountId": id_of(await an_account("intake", Role.INTAKE)), "name": "nightly", "scopes": scopes}

    made = (await admin(ISSUE, input=wanted))["issueToken"]
    listed = (await admin('{ apiTokens(filter: {name: {eq: "nightly"}}) { nodes { scopes } } }'))["apiTokens"]
    as_it = Client(admin.url, made["secret"])
    seen = await as_it("{ viewer { permissions } cases { nodes { key } } }")
    await as_it.http.aclose()

    assert made["apiToken"]["scopes"] == scopes
    assert listed["nodes"] == [{"scopes": scopes}]
    assert (len(seen["viewer"]["permissions"]) > 1) is (scopes is None)


async def test_what_a_token_lacks_the_permission_for_is_an_empty_list(admin: Client) -> None:
    await a_queue(team=(await a_team()).id)
    await cases.open_case("A case", by=SYSTEM, kind=CaseKind.SERVICE)
    viewer = await an_account("board", Role.VIEWER)
    found = []
    narrowings: list[list[str] | None] = [None, []]
    for scopes in narrowings:
        _, secret = await people.issue_token(viewer.id, by=SYSTEM, name="x", scopes=scopes)
        as_it = Client(admin.url, secret)
        found.append(await as_it("{ cases { nodes { title } } }"))
        await as_it.http.aclose()

    assert [each["cases"]["nodes"] for each in found] == [[{"title": "A case"}], []]


async def test_caseward_itself_gets_no_token(admin: Client) -> None:
    told = (await admin(ISSUE, input={"accountId": f"principal_{SYSTEM_ID.hex}", "name": "x"}))["issueToken"]

    assert told["problems"] == [{"path": ["accountId"], "code": "INVALID"}]
    assert not await ApiToken.exists(principal_id=SYSTEM_ID)


async def test_a_revoked_token_ends_and_says_when(admin: Client) -> None:
    old, secret = await people.issue_token((await an_account()).id, by=SYSTEM, name="x")

    told = await admin(REVOKE, input={"id": f"token_{old.id.hex}"})

    assert told["revokeToken"]["apiToken"]["revokedAt"]
    assert await status(admin.url, secret) == 401


async def test_everybody_sees_their_own_tokens_and_administrators_all(admin: Client, login: Login) -> None:
    ada = await login(await a_person("Ada"))

    own, every = await ada(TOKENS), await admin(TOKENS)

    assert [each["account"]["name"] for each in own["apiTokens"]["nodes"]] == ["Ada"]
    assert own["apiTokens"]["nodes"][0]["lastUsedAt"]
    assert {each["account"]["name"] for each in every["apiTokens"]["nodes"]} == {"Ad", "Ada"}


ROLE = """mutation($input: AccountRoleInput!) { told: %s(input: $input) { ... on Problem { code message } } }"""


@pytest.mark.parametrize(("role", "given"), [(Role.LEAD, True), (Role.FLAGGER, True), (Role.ADMIN, False)])
@pytest.mark.parametrize("mutation", ["grantRole", "withdrawRole"])
async def test_a_manager_gives_and_takes_no_right_they_do_not_have(
    login: Login, mutation: str, role: Role, given: bool
) -> None:
    manager = await login(await a_person("Mo", Role.MANAGER))
    other = await a_person("Ada", *([role] if mutation == "withdrawRole" else [Role.VIEWER]))

    told = (await manager(ROLE % mutation, input={"accountId": id_of(other), "role": role}))["told"]

    held = await RoleGrant.exists(principal_id=other.id, role=role)
    assert held is (given == (mutation == "grantRole"))
    assert (told.get("code") is None) is given


async def test_an_unknown_account_is_not_found(admin: Client) -> None:
    told = await admin(ISSUE, input={"accountId": f"principal_{new_id().hex}", "name": "x"})

    assert told["issueToken"]["code"] == "NOT_FOUND"


ADD = """mutation($input: AddAccountInput!) { addAccount(input: $input) {
    ... on AddAccountSuccess { account { name owner { name } } } ... on Problem { code path } } }"""


async def test_an_account_of_a_program_has_an_owner_who_works_here(admin: Client) -> None:
    await a_person("Rae")
    await a_person("Gil")
    await Person.filter(name="Gil").update(active=False)
    ids = {person.name: f"person_{person.id.hex}" for person in await Person.all()}

    owned, left, nobody, known = [
        (await admin(ADD, input={"name": name, "roles": ["AUTOMATION"], "ownerId": ids.get(owner)}))["addAccount"]
        for name, owner in [("closer", "Rae"), ("other", "Gil"), ("third", ""), ("closer", "")]
    ]

    assert owned == known == {"account": {"name": "closer", "owner": {"name": "Rae"}}}
    assert left == {"code": "NOT_FOUND", "path": ["ownerId"]}
    assert nobody == {"account": {"name": "third", "owner": None}}
