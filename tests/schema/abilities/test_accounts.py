"""What may be done to an account is told as its mutations answer."""

from uuid import UUID

import pytest

from domain.bulk import actions as bulk
from domain.people.roles import Role
from tests.builders import SYSTEM, a_person, an_account
from tests.schema.abilities.agreeing import Login, agreed

MUTATIONS = {
    "SUSPEND": 'suspendActor(input: {actorId: $id, reason: "It runs wild"})',
    "REINSTATE": "reinstateActor(input: {actorId: $id})",
    "LIMIT_DOCUMENTS": "limitDocuments(input: {accountId: $id, mode: null})",
    "GRANT_ROLE": "grantRole(input: {accountId: $id, role: VIEWER})",
    "WITHDRAW_ROLE": "withdrawRole(input: {accountId: $id, role: VIEWER})",
}
STOPPING = ("SUSPEND", "REINSTATE")
OF_WHOM = ("a program", "a suspended one", "an administrator", "Caseward", "oneself")


@pytest.mark.parametrize("whose", OF_WHOM)
@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER, Role.VIEWER])
async def test_of_an_account_everybody_is_told_what_its_mutations_answer_them(
    login: Login, whose: str, role: Role
) -> None:
    bo = await a_person("Bo", role)
    accounts = {
        "a program": (await an_account("crawler")).id,
        "a suspended one": (await an_account("wild")).id,
        "an administrator": (await a_person("Root", Role.ADMIN)).id,
        "Caseward": SYSTEM.id,
        "oneself": bo.id,
    }
    await bulk.suspend_actor(accounts["a suspended one"], by=SYSTEM, reason="It runs wild")

    async def an_id() -> str:
        return f"principal_{UUID(str(accounts[whose])).hex}"

    verdicts = await agreed(await login(bo), an_id, MUTATIONS, entity="Account")

    if role is Role.VIEWER:
        assert verdicts == dict.fromkeys(MUTATIONS, "FORBIDDEN")
    elif whose == "oneself":
        assert verdicts["SUSPEND"] == "ACTOR_IS_YOU"
    else:
        free = whose.startswith("a ") or (whose == "an administrator" and role is Role.ADMIN)
        assert {verdicts[each] for each in STOPPING} == {None if free else "FORBIDDEN"}
