"""What a resolver knows of its request. It is what `reads` asks of a context, and a little more."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import asyncpg
from graphql import DocumentNode

from domain.core.actor import Actor
from domain.files.rules import Limits
from schema.asked import Asked
from schema.lists import Live
from schema.reads import Watch


class Bell(Protocol):
    """Rings when the log has grown."""

    async def wait(self) -> None:
        """Returns on a ring, or after a moment at the latest."""


@dataclass(kw_only=True)
class Context:
    """One operation's. ``read_timeout`` is in seconds, for all its reads; every SQL text run is in ``statements``.

    ``document`` is parsed and validated already. ``renew`` reads the viewer's rights again (TOKEN_INVALID where they
    are gone). ``idempotency_key`` is the request's, for its mutations; ``asked`` is what these are, once one has begun.
    ``resume`` is the position after which a subscription goes on, ``position`` that of what it told last. ``live`` is
    where a list hears of its changes. ``limits`` are what files may be.
    """

    viewer: Actor
    pool: "asyncpg.Pool[Any]"
    cursor_secret: bytes
    document: DocumentNode
    bell: Bell
    renew: Callable[[], Awaitable[Actor]]
    read_timeout: float = 10.0
    request_id: str = ""
    idempotency_key: str | None = None
    asked: Asked | None = None
    resume: int | None = None
    position: int | None = None
    live: Live | None = None
    limits: Limits = field(default_factory=Limits)
    statements: list[str] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)
