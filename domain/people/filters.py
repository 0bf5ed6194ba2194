"""What of people and teams can be asked for."""

from domain.core import predicates as p
from domain.core.actor import ActorKind

PERSON = p.Entity(
    "person",
    table="person",
    fields=[
        p.ident("id", prefix="person"),
        p.text("name"),
        p.text("email"),
        p.text("time_zone"),
        p.text("locale"),
        p.flag("active"),
    ],
)

TEAM = p.Entity(
    "team", table="team", fields=[p.ident("id", prefix="team"), p.text("key"), p.text("name")]
)  # fmt: skip

PRINCIPAL = p.Entity(
    "principal",
    table="principal",
    fields=[p.ident("id", prefix="principal"), p.choice("kind", ActorKind), p.text("name")],
)
