"""What happens to people, teams and accounts."""

from uuid import UUID

from domain.core.events import Event
from domain.people.roles import Role
from domain.people.states import DocumentMode


class TeamAdded(Event):
    key: str


class TeamJoined(Event):
    person_id: UUID
    lead: bool


class PersonAdded(Event):
    """The person's name and address are in its row, never in the log."""


class TeamLeft(Event):
    person_id: UUID


class RoleGranted(Event):
    role: Role


class RoleWithdrawn(Event):
    role: Role


class IdentityLinked(Event):
    """An account of the identity provider stands for this person from now on; which one is in its row."""

    identity_id: UUID


class SignedIn(Event):
    """With a browser."""

    session_id: UUID


class SignedOut(Event):
    session_id: UUID


class TokenRotated(Event):
    """A token has a successor; both hold for a while."""

    token_id: UUID
    successor_id: UUID


class TokenIssued(Event):
    token_id: UUID


class TokenRevoked(Event):
    token_id: UUID


class TokenCapped(Event):
    """A token may change so many cases an hour by batches; None is what is so where nothing is said."""

    token_id: UUID
    rows_per_hour: int | None


class DocumentsLimited(Event):
    """Which GraphQL documents the account may send; None is what the installation says."""

    mode: DocumentMode | None
