"""What a resolver knows of its request. It is what `reads` asks of a context, and a little more."""

from dataclasses import dataclass, field
from typing import Any

import asyncpg
from graphql import DocumentNode

from domain.core.actor import Actor


@dataclass(kw_only=True)
class Context:
    """``document`` is parsed and validated already; ``read_timeout`` is in seconds; every SQL text run is in
    ``statements``."""

    viewer: Actor
    pool: "asyncpg.Pool[Any]"
    cursor_secret: bytes
    document: DocumentNode
    read_timeout: float = 10.0
    request_id: str = ""
    statements: list[str] = field(default_factory=list)
