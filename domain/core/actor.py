"""Who acts: the value every action takes as ``by`` and every read takes as its viewer."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.core.errors import Forbidden


class ActorKind(StrEnum):
    """What kind of actor caused something."""

    HUMAN = "HUMAN"
    SERVICE = "SERVICE"
    MODEL = "MODEL"
    SYSTEM = "SYSTEM"


class Origin(StrEnum):
    """Whether something happened here and now, or is history brought in from elsewhere."""

    LIVE = "LIVE"
    IMPORT = "IMPORT"


class Tool(StrEnum):
    """The door an action came through."""

    GRAPHQL = "GRAPHQL"
    TRACKER = "TRACKER"
    WORKER = "WORKER"
    COMMAND_LINE = "COMMAND_LINE"
    IMPORT = "IMPORT"
    PLATFORM = "PLATFORM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An actor with the rights it has now. Rights are judged by ``person_id``, never by account."""

    id: UUID
    kind: ActorKind
    name: str
    person_id: UUID | None = None
    permissions: frozenset[str] = frozenset()
    teams: frozenset[UUID] = frozenset()
    leads: frozenset[UUID] = frozenset()
    clearances: frozenset[str] = frozenset()
    tool: Tool = Tool.GRAPHQL
    origin: Origin = Origin.LIVE
    causation_id: int | None = None
    correlation_id: UUID | None = None
    batch_id: UUID | None = None
    token_id: UUID | None = None

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def ensure(self, permission: str) -> None:
        """Refuses with FORBIDDEN naming the missing permission."""
        if permission not in self.permissions:
            raise Forbidden(permission=permission)

    def caused_by(self, event_id: int) -> Self:
        """The same actor, acting because of an event."""
        return replace(self, causation_id=event_id)


SYSTEM_ID = UUID("00000000-0000-7000-8000-000000000001")


class _All(frozenset[str]):
    """Every permission there is: only the system itself holds it."""

    def __contains__(self, _permission: object) -> bool:
        return True


def system(tool: Tool = Tool.WORKER) -> Actor:
    """Caseward itself: enforces clocks, follows reactions. Sees and may do everything."""
    return Actor(
        id=SYSTEM_ID,
        kind=ActorKind.SYSTEM,
        name="Caseward",
        permissions=_All(),
        clearances=_All(),
        tool=tool,
    )
