"""Which tracker is behind a connection: the adapter's side of opening one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from domain.mirror.mapping import MirrorMapping
from domain.mirror.ports import Tracker


@dataclass(frozen=True, slots=True)
class Route:
    """A connection under one version of its mapping. `people`: person id → account.

    A write has left, or will never leave, and has ended for us within `ends_within` of being asked for.
    """

    connection: str
    kind: str
    base_url: str
    version: UUID
    mapping: MirrorMapping
    people: Mapping[str, str]
    ends_within: timedelta


class Trackers(Protocol):
    """Opens trackers and keeps them: their learned workflow and their sockets outlive one operation."""

    def of(self, route: Route) -> Tracker | None:
        """None where no credentials for this connection are set. Raises ValueError on a mapping it cannot use."""
