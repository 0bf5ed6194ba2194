"""What may be done to a token is told as its mutations answer."""

from datetime import timedelta

import pytest

from domain.core import clock
from domain.people import actions as people
from domain.people.models import ApiToken
from domain.people.roles import Role
from tests.builders import SYSTEM, a_person
from tests.schema.abilities.agreeing import Login, agreed

MUTATIONS = {
    "ROTATE": 'rotateToken(input: {id: $id, overlap: "PT1H"})',
    "REVOKE": "revokeToken(input: {id: $id})",
    "CAP": "capToken(input: {id: $id, rowsPerHour: 10})",
}


@pytest.mark.parametrize(
    ("situation", "rotate"),
    [("holds", None), ("revoked", "TOKEN_ENDED"), ("expired", "TOKEN_ENDED"), ("replaced", "TOKEN_REPLACED")],
)
async def test_an_administrator_is_told_of_a_token_what_its_mutations_answer_and_its_owner_too(
    login: Login, situation: str, rotate: str | None
) -> None:
    ada, root = await a_person("Ada"), await a_person("Root", Role.ADMIN)

    async def a_token() -> str:
        now = await clock.now()
        token, _ = await people.issue_token(ada.id, by=SYSTEM, name="script", expires_at=now + timedelta(days=1))
        if situation == "revoked":
            await people.revoke_token(token.id, by=SYSTEM)
        elif situation == "expired":
            await ApiToken.filter(id=token.id).update(expires_at=now - timedelta(seconds=1))
        elif situation == "replaced":
            await people.rotate_token(token.id, by=SYSTEM)
        return f"token_{token.id.hex}"

    allowed = await agreed(await login(root), a_token, MUTATIONS, entity="ApiToken")
    denied = await agreed(await login(ada), a_token, MUTATIONS, entity="ApiToken")

    assert allowed == {"ROTATE": rotate, "REVOKE": None, "CAP": None}
    assert denied == dict.fromkeys(MUTATIONS, "FORBIDDEN")
