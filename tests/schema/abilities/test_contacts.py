"""What may be done to a contact method is told as its mutations answer."""

from uuid import UUID

import pytest

from domain.core.ids import new_id
from domain.notify import actions as notify
from domain.notify.states import ContactKind
from domain.people.roles import Role
from tests.builders import SYSTEM, a_person
from tests.schema.abilities.agreeing import Login, agreed

MUTATIONS = {
    "VERIFY": "verifyContactMethod(input: {id: $id})",
    "DISABLE": "disableContactMethod(input: {id: $id})",
}


@pytest.mark.parametrize("disabled", [True, False])
async def test_a_person_is_told_of_their_address_what_its_mutations_answer_and_who_manages_people_too(
    login: Login, *, disabled: bool
) -> None:
    ada, root = await a_person("Ada", Role.RESPONDER), await a_person("Root", Role.ADMIN)

    async def a_contact() -> str:
        contact = await notify.add_contact(
            UUID(str(ada.person_id)), by=SYSTEM, kind=ContactKind.EMAIL, address=f"{new_id().hex}@example.org"
        )
        if disabled:
            await notify.disable_contact(contact.id, by=SYSTEM)
        return f"contact_{contact.id.hex}"

    own = await agreed(await login(ada), a_contact, MUTATIONS, entity="ContactMethod")
    managed = await agreed(await login(root), a_contact, MUTATIONS, entity="ContactMethod")

    assert own == {"VERIFY": "FORBIDDEN", "DISABLE": None}
    assert managed == {"VERIFY": "CONTACT_DISABLED" if disabled else None, "DISABLE": None}
