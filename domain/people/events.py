"""What happens to people, teams and accounts."""

from uuid import UUID

from domain.core.events import Event
from domain.people.roles import Role


class TeamAdded(Event):
    key: str


class TeamJoined(Event):
    person_id: UUID
    lead: bool


class PersonAdded(Event):
    """The person's name and address are in its row, never in the log."""


class RoleGranted(Event):
    role: Role


class TokenIssued(Event):
    token_id: UUID


class TokenRevoked(Event):
    token_id: UUID
