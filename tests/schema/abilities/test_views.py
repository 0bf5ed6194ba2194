"""What may be done to a saved view is told as its mutations answer."""

import pytest

from domain.people import actions as people
from domain.people.roles import Role
from domain.views import actions as views
from domain.views.states import ViewOf
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_team
from tests.schema.abilities.agreeing import Login, agreed

MUTATIONS = {
    "SAVE": 'saveView(input: {id: $id, of: %s, name: "Mine", filter: {}, teamId: null, expectedVersion: null})',
    "DELETE": "deleteView(input: {id: $id, expectedVersion: null})",
}


@pytest.mark.parametrize("of", ViewOf)
async def test_the_owner_of_a_view_is_told_to_change_it_and_the_team_that_it_is_not_theirs(
    login: Login, of: ViewOf
) -> None:
    team = (await a_team()).id
    ada, bo = await a_person("Ada", Role.LEAD, team=team), await a_person("Bo", Role.LEAD, team=team)
    mutations = MUTATIONS | {"SAVE": MUTATIONS["SAVE"] % of.value}

    async def a_view() -> str:
        return f"view_{(await views.save('Shared', by=ada, of=of, filter={}, team_id=team)).id.hex}"

    own = await agreed(await login(ada), a_view, mutations, entity="SavedView")
    shared = await agreed(await login(bo), a_view, mutations, entity="SavedView")

    assert own == dict.fromkeys(MUTATIONS)
    assert shared == dict.fromkeys(MUTATIONS, "FORBIDDEN")


async def test_who_may_not_read_inquiries_any_more_is_told_to_delete_a_view_of_them_and_not_to_save_it(
    url: str,
) -> None:
    ada = await a_person("Ada", Role.LEAD)
    _, secret = await people.issue_token(ada.id, by=SYSTEM, name="narrow", scopes=["case.read"])
    client = Client(url, secret)

    async def a_view() -> str:
        return f"view_{(await views.save('Mine', by=ada, of=ViewOf.INQUIRY, filter={})).id.hex}"

    verdicts = await agreed(client, a_view, MUTATIONS | {"SAVE": MUTATIONS["SAVE"] % "INQUIRY"}, entity="SavedView")
    await client.http.aclose()

    assert verdicts == {"SAVE": "FORBIDDEN", "DELETE": None}
