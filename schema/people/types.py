"""Who works here, and who acts."""

import strawberry

from domain.core.actor import ActorKind
from domain.people import models, visibility
from domain.people.filters import PERSON, PRINCIPAL, TEAM
from schema import reads
from schema.enums import describe

describe(
    ActorKind,
    HUMAN="A person.",
    SERVICE="A program with a token of its own.",
    MODEL="A machine-learned judge; judged apart from people.",
    SYSTEM="Caseward itself.",
)


@reads.entity(
    models.Team,
    prefix="team",
    text_key="key",
    filters=TEAM,
    visible=visibility.TEAMS,
    sorts=("key", "name"),
    order="key",
)
class Team(reads.Node):
    """Owns queues and the cases in them."""

    key: str = reads.column(description="Short name, unique and stable.")
    name: str = reads.column(description="Name for people.")


@reads.entity(models.Person, prefix="person", filters=PERSON, visible=visibility.PEOPLE, sorts=("name",), order="name")
class Person(reads.Node):
    """A user of the desk."""

    name: str = reads.column(description="Name for people.")
    email: str | None = reads.column(
        shown_if=visibility.SEES_ADDRESSES, description="Work address; null without the permission people.read."
    )
    time_zone: str = reads.column(description="IANA name of the zone they work in.")
    locale: str = reads.column(description="BCP 47 tag of the language they read.")
    active: bool = reads.column(description="Whether they still work here.")
    teams: list[Team] = reads.many(
        on="EXISTS (SELECT 1 FROM membership m WHERE m.team_id = {row}.id AND m.person_id = {parent}.id)",
        order="key",
        description="The teams they are in.",
    )


@reads.entity(
    models.Principal, prefix="principal", filters=PRINCIPAL, visible=visibility.ACTORS, sorts=("name",), order="name"
)
class Account(reads.Node):
    """Who acted: a person's own account, or that of a service, a model, or Caseward itself."""

    kind: ActorKind = reads.column(description="What kind of actor it is.")
    name: str = reads.expression(
        "coalesce((SELECT p.name FROM person p WHERE p.id = {row}.person_id), {row}.name)",
        description="Name for people.",
    )
    person: Person | None = reads.reference("person_id", description="The person it acts for; null for services.")


@strawberry.type(description="You, with the rights you have now.")
class Viewer:
    name: str = strawberry.field(description="Your name.")
    kind: ActorKind = strawberry.field(description="What kind of actor you are.")
    account: Account | None = strawberry.field(description="The account your token is for.")
    person: Person | None = strawberry.field(description="The person you act for; null for services.")
    teams: list[Team] = strawberry.field(description="The teams you are in.")
    permissions: list[str] = strawberry.field(description="What you may do, sorted.")
    clearances: list[str] = strawberry.field(description="Which sensitivities beyond STANDARD you may see, sorted.")
