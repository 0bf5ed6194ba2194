"""What of saved views can be asked for."""

from domain.core import predicates as p
from domain.people.filters import PERSON, TEAM
from domain.views.states import ViewOf, ViewSharing

VIEW = p.Entity(
    "saved_view",
    table="saved_view",
    fields=[
        p.ident("id", prefix="view"),
        p.choice("of", ViewOf),
        p.choice("sharing", ViewSharing),
        p.ident("owner_id", prefix="person"),
        p.ident("team_id", prefix="team", nullable=True),
        p.moment("updated_at"),
        p.moment("deleted_at", nullable=True),
    ],
    relations=[
        p.to_one("owner", lambda: PERSON, column="owner_id"),
        p.to_one("team", lambda: TEAM, column="team_id"),
    ],
)
