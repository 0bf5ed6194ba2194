"""Many people added at once, as an import needs them."""

import pytest

from domain.core.errors import Forbidden, ValidationFailed
from domain.core.models import Event
from domain.people import actions as people
from domain.people.actions import Newcomer
from domain.people.models import Person, Principal
from tests.builders import SYSTEM, a_person

pytestmark = pytest.mark.usefixtures("database")


async def test_who_is_known_is_left_alone_and_who_is_not_gets_an_account() -> None:
    ada = await people.add_person("Ada", by=SYSTEM, email="ada@desk.example")

    ids = await people.add_people([Newcomer("Other", "ADA@desk.example"), Newcomer("Bo", "bo@desk.example")], by=SYSTEM)
    again = await people.add_people([Newcomer("Bo", "bo@desk.example")], by=SYSTEM)

    assert ids["ada@desk.example"] == ada.id
    assert again == {"bo@desk.example": ids["bo@desk.example"]}
    assert sorted(await Person.all().values_list("name", flat=True)) == ["Ada", "Bo"]
    assert await Principal.filter(person_id=ids["bo@desk.example"]).count() == 1
    assert await Event.filter(kind="PersonAdded").count() == 2


async def test_one_wrong_address_adds_nobody() -> None:
    with pytest.raises(ValidationFailed):
        await people.add_people([Newcomer("Bo", "bo@desk.example"), Newcomer("Cy", "nowhere")], by=SYSTEM)

    assert not await Person.all().exists()


async def test_a_reviewer_adds_nobody() -> None:
    ada = await a_person("Ada")

    with pytest.raises(Forbidden):
        await people.add_people([Newcomer("Bo", "bo@desk.example")], by=ada)

    assert await Person.filter(name="Bo").count() == 0
