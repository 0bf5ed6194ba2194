"""What happens to saved views. What one is called and what it asks for are content: a filter can name a person."""

from uuid import UUID

from domain.core.content import ContentRef
from domain.core.events import Event
from domain.views.states import ViewOf, ViewSharing


class ViewSaved(Event):
    """A view was made, or is another from now on."""

    of: ViewOf
    owner_id: UUID
    sharing: ViewSharing
    team_id: UUID | None
    definition: ContentRef


class ViewDeleted(Event):
    """Nobody has it any more."""
