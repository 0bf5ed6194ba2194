"""What the mutations of saved views take."""

import strawberry
from strawberry.scalars import JSON

from domain.views.states import ViewOf
from schema.mutations import expected_version
from schema.scalars import Long


@strawberry.input(description="A view to keep.")
class SaveViewInput:
    id: strawberry.ID | None = strawberry.field(default=None, description="The view to change; a new one where none.")
    expected_version: Long | None = expected_version("view")
    of: ViewOf = strawberry.field(description="What it lists.")
    name: str = strawberry.field(description="At most 100 characters.")
    filter: JSON = strawberry.field(
        description="As the list's filter takes it. What is wrong is refused with its path: INVALID_FILTER, or"
        " INVALID_ID of a field."
    )
    order: list[str] = strawberry.field(
        default_factory=list,
        description="Names of the list's orders in small letters, the first the most important, each with a minus for"
        " descending: due, -opened_at. What is none is refused with its path: INVALID_ORDER of a field.",
    )
    team_id: strawberry.ID | None = strawberry.field(
        default=None, description="The team to share it with, one of yours; yours alone where none."
    )


@strawberry.input(description="A view to take away.")
class DeleteViewInput:
    id: strawberry.ID = strawberry.field(description="The view.")
    expected_version: Long | None = expected_version("view")
