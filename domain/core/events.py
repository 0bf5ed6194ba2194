"""The one event log: audit trail, timeline, clock input and outbox in one. Appended to, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict

from domain.core import transaction
from domain.core.actor import Actor
from domain.core.transaction import Ref

KINDS: dict[str, type["Event"]] = {}


class Event(BaseModel):
    """A fact in the past tense. Holds facts, ids and digests; free text only by ``ContentRef``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[str]
    schema_version: ClassVar[int] = 1

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.kind = cls.__name__
        if KINDS.setdefault(cls.kind, cls).__module__ != cls.__module__:
            message = f"Two events are called {cls.kind}."
            raise TypeError(message)


class UnknownKind(Exception):
    """The running code does not know an event's kind or version: its subject must be parked, never skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event with its place in the log. ``seq`` is the subject's version after it."""

    id: int
    ref: Ref
    seq: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor_id: UUID
    origin: str
    payload: Mapping[str, Any]

    def event(self) -> Event:
        """The typed event. Raises UnknownKind where this code is older than the log."""
        known = KINDS.get(self.kind)
        if known is None:
            raise UnknownKind(self.kind)
        return known.model_validate(self.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact came from; (system, event_id) is accepted once, ever."""

    system: str
    event_id: str


async def append(
    ref: Ref, *events: Event, by: Actor, occurred_at: datetime | None = None, source: Source | None = None
) -> list[Recorded]:
    """Appends facts about one subject in the transaction under way, in order, in one round trip.

    The subject's sequence, the hash chain and ``recorded_at`` (never before the subject's last) are the database's.
    ``occurred_at`` defaults to ``recorded_at`` and is never later than it, save for imports. Raises IntegrityError
    on a repeated source.
    """
    unit = transaction.current()
    batch = [_row(ref, event, by=by, occurred_at=occurred_at, source=source) for event in events]
    rows = await unit.connection.execute_query_dict(
        "SELECT * FROM append_events($1::jsonb)", [orjson.dumps(batch, default=str).decode()]
    )
    unit.touched[ref] = max((row["event_seq"] for row in rows), default=0)
    return [
        Recorded(
            id=row["event_id"],
            ref=ref,
            seq=row["event_seq"],
            kind=event.kind,
            occurred_at=row["event_occurred_at"],
            recorded_at=row["event_recorded_at"],
            actor_id=by.id,
            origin=by.origin.value,
            payload=sent["payload"],
        )
        for event, sent, row in zip(events, batch, rows, strict=True)
    ]


def _row(ref: Ref, event: Event, *, by: Actor, occurred_at: datetime | None, source: Source | None) -> dict[str, Any]:
    return {
        "subject_type": ref.type,
        "subject_id": ref.id,
        "kind": event.kind,
        "schema_version": event.schema_version,
        "occurred_at": occurred_at,
        "actor_id": by.id,
        "actor_kind": by.kind,
        "origin": by.origin,
        "tool": by.tool,
        "causation_id": by.causation_id,
        "correlation_id": by.correlation_id,
        "batch_id": by.batch_id,
        "source": source.system if source else None,
        "source_event_id": source.event_id if source else None,
        "payload": event.model_dump(mode="json"),
    }


async def of(ref: Ref, connection: Any) -> list[Recorded]:
    """Every event of a subject, in its own order."""
    rows = await connection.execute_query_dict(
        "SELECT id, seq, kind, occurred_at, recorded_at, actor_id, origin, payload"
        " FROM event WHERE subject_type = $1 AND subject_id = $2 ORDER BY seq",
        [ref.type, ref.id],
    )
    return [Recorded(ref=ref, **{**row, "payload": cast("Mapping[str, Any]", row["payload"])}) for row in rows]
