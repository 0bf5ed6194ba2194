"""What the mutations of contact methods take."""

import strawberry

from domain.notify.states import ContactKind


@strawberry.input(description="An address to reach somebody at.")
class AddContactMethodInput:
    person_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose it is: you unless given; others need the permission people.manage."
    )
    kind: ContactKind = strawberry.field(description="Which way.")
    address: str = strawberry.field(description="Where to, 1 to 255 characters.")
    position: int = strawberry.field(default=0, description="Its place: the lowest is used first.")


@strawberry.input(description="A contact method.")
class ContactMethodInput:
    id: strawberry.ID = strawberry.field(description="Its id.")
