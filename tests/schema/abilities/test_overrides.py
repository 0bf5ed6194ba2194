"""What may be done to an override is told as its mutation answers."""

from datetime import timedelta

import pytest

from domain.core import clock
from domain.core.ids import new_id
from domain.oncall.models import Override
from domain.oncall.states import OverrideKind
from domain.people.roles import Role
from tests.builders import a_person
from tests.schema.abilities.agreeing import Login, agreed

MUTATIONS = {"WITHDRAW": "withdrawOverride(input: {id: $id})"}


@pytest.mark.parametrize("withdrawn", [True, False])
@pytest.mark.parametrize(
    ("role", "refused"), [(Role.LEAD, None), (Role.RESPONDER, "FORBIDDEN"), (Role.ANALYST, "FORBIDDEN")]
)
async def test_who_may_put_somebody_else_on_call_is_told_to_take_it_back(
    login: Login, role: Role, refused: str | None, *, withdrawn: bool
) -> None:
    async def an_override() -> str:
        now, person = await clock.now(), await a_person("Ada")
        override = await Override.create(
            id=new_id(), schedule_key="live", kind=OverrideKind.ADD, added_id=person.person_id, created_seq=1,
            starts_at=now, ends_at=now + timedelta(hours=1), created_at=now, withdrawn_at=now if withdrawn else None,
        )  # fmt: skip
        return f"override_{override.id.hex}"

    viewer = await login(await a_person("Bo", role))

    verdicts = await agreed(viewer, an_override, MUTATIONS, entity="Override")

    assert verdicts == {"WITHDRAW": refused}
