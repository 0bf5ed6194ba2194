"""What can be done to saved views."""

import strawberry

from domain.views import actions as views
from schema import reads
from schema.mutations import Info, Success, mutation, optional_key, primary_key
from schema.people.types import Team
from schema.views import inputs
from schema.views.types import SavedView


@strawberry.type(description="The view is kept.")
class SaveViewSuccess(Success):
    view: SavedView | None = strawberry.field(description="The view as it is now.")


@strawberry.type(description="Nobody has the view any more.")
class DeleteViewSuccess(Success):
    id: strawberry.ID = strawberry.field(description="The view that was.")


@strawberry.type
class ViewMutations:
    @mutation(permission="case.read", person=True)
    async def save_view(self, input: inputs.SaveViewInput, info: Info) -> SaveViewSuccess:
        """Keeps a filter with an order under a name. Needs the permission to read what it lists."""
        view = await views.save(
            input.name,
            by=info.context.viewer,
            of=input.of,
            filter=input.filter,
            order=input.order,
            team_id=await optional_key(Team, input.team_id, path="teamId"),
            view_id=await optional_key(SavedView, input.id, path="id"),
            expected_version=input.expected_version,
        )
        return SaveViewSuccess(view=reads.one(SavedView, view.id))

    @mutation(permission="case.read", person=True)
    async def delete_view(self, input: inputs.DeleteViewInput, info: Info) -> DeleteViewSuccess:
        """Takes a view away from everybody who has it; only its owner does."""
        id = await primary_key(SavedView, input.id)
        await views.delete(id, by=info.context.viewer, expected_version=input.expected_version)
        return DeleteViewSuccess(id=input.id)
