"""Who has a saved view: its owner, and the team it is shared with."""

from domain.core import predicates as p
from domain.views.filters import VIEW
from domain.views.states import ViewSharing

VIEWS = VIEW["deleted_at"].is_null() & (
    VIEW["owner_id"].eq(p.viewer("person_id"))
    | (VIEW["sharing"].eq(ViewSharing.TEAM) & VIEW["team_id"].is_in(p.viewer("teams")))
)
