"""Who works here, and who acts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain.bulk.rules import account_abilities
from domain.core.actor import Actor, ActorKind
from domain.people import models, rules, visibility
from domain.people.filters import PERSON, PRINCIPAL, TEAM, TOKEN
from domain.people.roles import Role
from domain.people.states import DocumentMode
from schema import reads
from schema.abilities import Ability, told
from schema.enums import describe

describe(
    ActorKind,
    HUMAN="A person.",
    SERVICE="A program with a token of its own.",
    MODEL="A machine-learned judge; judged apart from people.",
    SYSTEM="Caseward itself.",
)


describe(
    DocumentMode,
    OPEN="Any document runs.",
    PREFER="Any document runs; the answer says when it is not a registered one.",
    REQUIRED="Only registered documents run.",
)
describe(
    Role,
    VIEWER="Sees what is open to everybody inside.",
    REVIEWER="Works cases and decides them.",
    RATER="Sees cases for a blind second look.",
    LEAD="Reviews, assigns, takes over, and runs on-call, mirror and enforcement.",
    MANAGER="Leads, configures, and manages people and queues.",
    POLICY_OWNER="Publishes what is configured.",
    RESPONDER="Is on call.",
    ANALYST="Sees what is open to everybody inside.",
    LEGAL="Comments, reopens and erases.",
    ADMIN="May do everything an account can.",
    FLAGGER="A trusted reporter: files signals and sees only their own.",
    REQUESTER="Writes to the desk from outside, and sees what they wrote and what was answered.",
    INTAKE="A program that takes in reports and letters, and sees what it took in.",
    DETECTOR="A program that finds by itself, a model: files signals and sees only its own.",
    AUTOMATION="A program that does reviewers' work.",
    TRACKER="A program that mirrors cases elsewhere.",
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


def _of_account(row: Mapping[str, Any], viewer: Actor) -> list[Ability]:
    account = rules.AccountFacts(
        id=UUID(row["account"]),
        kind=ActorKind(row["kind"]),
        name=row["name"],
        roles=[Role(each) for each in row["roles"]],
    )
    return told(account_abilities(account, viewer))


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
    owner: Person | None = reads.reference(
        "owner_id", description="The person who answers for a service's account; null where nobody was named."
    )
    viewer_can: list[Ability] = reads.computed(
        needs={
            "account": "{row}.id",
            "kind": "{row}.kind",
            "name": "{row}.name",
            "roles": "ARRAY(SELECT g.role FROM role_grant g WHERE g.principal_id = {row}.id)",
        },
        compute=_of_account,
        description="What you may do to it now, and why not otherwise. Which role may be given or taken"
        " is answered when it is named.",
    )


def _at(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _of_token(row: Mapping[str, Any], viewer: Actor) -> list[Ability]:
    token = rules.TokenFacts(
        expires_at=_at(row["expires_at"]),
        revoked_at=_at(row["revoked_at"]),
        successor_id=None if row["successor"] is None else UUID(row["successor"]),
        now=datetime.fromisoformat(row["now"]),
    )
    return told(rules.token_abilities(token, viewer))


@reads.entity(
    models.ApiToken,
    prefix="token",
    filters=TOKEN,
    visible=visibility.TOKENS,
    sorts=("created_at", "expires_at", "last_used_at"),
    order="-created_at",
)
class ApiToken(reads.Node):
    """A bearer token of an account. Its secret was shown once and is kept nowhere."""

    name: str = reads.column(description="What it is for.")
    account: Account | None = reads.reference("principal_id", description="Whom it acts for.")
    scopes: list[str] | None = reads.column(
        description="The permissions it is narrowed to; null has all its account's, an empty list none."
    )
    documents: DocumentMode | None = reads.column(
        description="Which documents it may send; null is what its account and the installation say."
    )
    rows_per_hour: int | None = reads.column(
        description="How many cases it may change in batches within an hour; null is 100,000."
    )
    replaces: strawberry.ID | None = reads.column(
        prefix="token", description="The token it is the successor of, which holds until it expires."
    )
    created_at: datetime = reads.column(description="When it was made.")
    expires_at: datetime | None = reads.column(description="When it ends; null does not.")
    last_used_at: datetime | None = reads.column(description="When it was used last, to the minute.")
    revoked_at: datetime | None = reads.column(description="When it was ended.")
    viewer_can: list[Ability] = reads.computed(
        needs={
            "expires_at": "{row}.expires_at",
            "revoked_at": "{row}.revoked_at",
            "successor": "(SELECT s.id FROM api_token s WHERE s.replaces = {row}.id LIMIT 1)",
            "now": "{clock}",
        },
        compute=_of_token,
        description="What you may do to it now, and why not otherwise.",
    )


@strawberry.type(description="You, with the rights you have now.")
class Viewer:
    name: str = strawberry.field(description="Your name.")
    kind: ActorKind = strawberry.field(description="What kind of actor you are.")
    account: Account | None = strawberry.field(description="The account your token is for.")
    person: Person | None = strawberry.field(description="The person you act for; null for services.")
    teams: list[Team] = strawberry.field(description="The teams you are in.")
    permissions: list[str] = strawberry.field(description="What you may do, sorted.")
    clearances: list[str] = strawberry.field(description="Which sensitivities beyond STANDARD you may see, sorted.")
