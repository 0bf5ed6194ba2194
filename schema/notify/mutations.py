"""What can be done to contact methods."""

import strawberry

from domain.core.errors import Forbidden
from domain.notify import actions as notify
from schema import reads
from schema.mutations import Info, Success, mutation, optional_key, primary_key
from schema.notify.inputs import AddContactMethodInput, ContactMethodInput
from schema.notify.types import ContactMethod
from schema.people.types import Person

CONTACT = "It as it is now; null if you may not see it."


@strawberry.type(description="The address is known.")
class AddContactMethodSuccess(Success):
    contact_method: ContactMethod | None = strawberry.field(description=CONTACT)


@strawberry.type(description="The address is vouched for.")
class VerifyContactMethodSuccess(Success):
    contact_method: ContactMethod | None = strawberry.field(description=CONTACT)


@strawberry.type(description="The address is out of use.")
class DisableContactMethodSuccess(Success):
    contact_method: ContactMethod | None = strawberry.field(description=CONTACT)


@strawberry.type
class NotifyMutations:
    @mutation()
    async def add_contact_method(self, input: AddContactMethodInput, info: Info) -> AddContactMethodSuccess:
        """Adds an address. Your own work address and consoles are verified at once."""
        you = info.context.viewer
        person_id = await optional_key(Person, input.person_id, path="personId") or you.person_id
        if person_id is None:
            raise Forbidden("Say whose address it is: your token acts for no person.")
        contact = await notify.add_contact(
            person_id, by=you, kind=input.kind, address=input.address, position=input.position
        )
        return AddContactMethodSuccess(contact_method=reads.one(ContactMethod, contact.id))

    @mutation(permission="people.manage")
    async def verify_contact_method(self, input: ContactMethodInput, info: Info) -> VerifyContactMethodSuccess:
        """Vouches for an address: from now on it is used."""
        id = await primary_key(ContactMethod, input.id)
        await notify.verify_contact(id, by=info.context.viewer)
        return VerifyContactMethodSuccess(contact_method=reads.one(ContactMethod, id))

    @mutation()
    async def disable_contact_method(self, input: ContactMethodInput, info: Info) -> DisableContactMethodSuccess:
        """Takes an address of yours out of use; one of others needs the permission people.manage."""
        id = await primary_key(ContactMethod, input.id)
        await notify.disable_contact(id, by=info.context.viewer)
        return DisableContactMethodSuccess(contact_method=reads.one(ContactMethod, id))
