"""Finding saved views, and reading what they ask for."""

import strawberry

from domain.core.actor import Actor
from domain.core.predicates import Condition
from domain.views import queries
from domain.views.states import ViewOf
from schema import reads
from schema.cases.types import Case
from schema.inquiries.types import Inquiry
from schema.mutations import primary_key
from schema.views.types import SavedView


def by_view(of: ViewOf) -> reads.Narrowing:
    """The argument `view` of a list."""

    async def wanted(view: str, viewer: Actor) -> tuple[Condition, str | None]:
        found = await queries.wanted(await primary_key(SavedView, view, path="view"), of=of, by=viewer)
        return found.condition, found.order

    said = "A saved view, yours or of a team of yours; its order counts where orderBy says none."
    return reads.Narrowing("view", said, wanted)


@strawberry.type
class ViewQueries:
    saved_view: SavedView | None = reads.root_one(SavedView, description="One saved view, where you have it.")
    saved_views: reads.Connection[SavedView] = reads.root_connection(
        SavedView, description="Your saved views and those your teams share, the newest first."
    )
    cases_in_view: reads.Connection[Case] = reads.narrowed_connection(
        Case, by_view(ViewOf.CASE), description="The cases a saved view asks for, as far as you may see them."
    )
    inquiries_in_view: reads.Connection[Inquiry] = reads.narrowed_connection(
        Inquiry, by_view(ViewOf.INQUIRY), description="The inquiries a saved view asks for, as far as you may see them."
    )
