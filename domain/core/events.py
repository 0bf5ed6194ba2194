"""The one event log: audit trail, timeline, clock input and outbox in one. Appended to, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, NoReturn, Self
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict

from domain.core import transaction
from domain.core.actor import Actor
from domain.core.content import ContentRef
from domain.core.transaction import Ref
from domain.core.upcasting import Payload, UnknownKind, upcast

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


class ContentErased(Event):
    """Texts this subject refers to are gone for good. ``reason`` is why; its own text can be erased in turn."""

    content_ids: tuple[UUID, ...]
    reason: ContentRef


class DocumentsTrusted(Event):
    """A client's build registered its GraphQL documents; ``added`` of them were not known before."""

    key: str
    added: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact came from; (system, event_id) is accepted once, ever."""

    system: str
    event_id: str


COLUMNS = (
    "e.id, e.subject_type, e.subject_id, e.seq, e.kind, e.schema_version, e.occurred_at, e.recorded_at, e.actor_id,"
    " e.actor_kind, e.origin, e.source, e.source_event_id, e.payload"
)
"""What ``Recorded.of_row`` reads of a row ``e`` of the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event with its place in the log. ``seq`` is the subject's version after it."""

    id: int
    ref: Ref
    seq: int
    kind: str
    schema_version: int
    occurred_at: datetime
    recorded_at: datetime
    actor_id: UUID
    actor_kind: str
    origin: str
    payload: Payload
    source: Source | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """A row of the log, read by ``COLUMNS``, as it was written."""
        source = Source(system=row["source"], event_id=row["source_event_id"]) if row["source"] else None
        told = {name: row[name] for name in cls.__slots__ if name not in {"ref", "source"}}
        return cls(ref=Ref(row["subject_type"], row["subject_id"]), source=source, **told)

    def current(self) -> Self:
        """The same with its payload as this release writes it. UnknownKind where this code is older than the log."""
        payload = current(self.kind, self.schema_version, self.payload)
        return replace(self, payload=payload, schema_version=KINDS[self.kind].schema_version)

    def event(self) -> Event:
        """The typed event. Raises UnknownKind where this code is older than the log."""
        payload = self.current().payload
        return KINDS[self.kind].model_validate(payload)


def current(kind: str, version: int, payload: Payload) -> Payload:
    """A payload as this release reads it. Raises UnknownKind where this code is older than the log."""
    known = KINDS.get(kind) or _unknown(kind)
    return payload if version == known.schema_version else upcast(
        payload, kind=kind, version=version, newest=known.schema_version
    )  # fmt: skip


def _unknown(kind: str) -> NoReturn:
    message = f"This release does not know the kind {kind}."
    raise UnknownKind(message)


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact about to be appended. ``occurred_at`` None means: now, as it is recorded."""

    ref: Ref
    event: Event
    occurred_at: datetime | None = None
    source: Source | None = None

    def told(self, payload: Payload, *, by: Actor) -> dict[str, Any]:
        """What the database's functions append; ``payload`` is the event's."""
        event, source = self.event, self.source
        return {
            "subject_type": self.ref.type,
            "subject_id": self.ref.id,
            "kind": event.kind,
            "schema_version": event.schema_version,
            "occurred_at": self.occurred_at,
            "actor_id": by.id,
            "actor_kind": by.kind,
            "origin": by.origin,
            "tool": by.tool,
            "causation_id": by.causation_id,
            "correlation_id": by.correlation_id,
            "batch_id": by.batch_id,
            "source": source.system if source else None,
            "source_event_id": source.event_id if source else None,
            "payload": payload,
        }

    def recorded(self, by: Actor, *, payload: Payload, **place: Any) -> Recorded:
        """The same in its place in the log."""
        return Recorded(
            ref=self.ref,
            kind=self.event.kind,
            schema_version=self.event.schema_version,
            actor_id=by.id,
            actor_kind=by.kind.value,
            origin=by.origin.value,
            payload=payload,
            source=self.source,
            **place,
        )


async def append(
    ref: Ref, *events: Event, by: Actor, occurred_at: datetime | None = None, source: Source | None = None
) -> list[Recorded]:
    """Appends facts about one subject in the transaction under way, in order, in one round trip.

    The subject's sequence, the hash chain and ``recorded_at`` (never before the subject's last) are the database's.
    ``occurred_at`` defaults to ``recorded_at`` and is never later than it, save for imports. Raises IntegrityError
    on a repeated source.
    """
    return await append_entries([Entry(ref, event, occurred_at, source) for event in events], by=by)


async def append_entries(entries: Sequence[Entry], *, by: Actor) -> list[Recorded]:
    """The same for facts of several subjects, each with its own date and source; still one round trip."""
    unit = transaction.current()
    payloads = {id(event): event.model_dump(mode="json") for event in {id(e.event): e.event for e in entries}.values()}
    batch = [entry.told(payloads[id(entry.event)], by=by) for entry in entries]
    rows = await unit.connection.execute_query_dict(
        "SELECT * FROM append_events($1::jsonb)", [orjson.dumps(batch, default=str).decode()]
    )
    recorded = [
        entry.recorded(
            by,
            payload=sent["payload"],
            id=row["event_id"],
            seq=row["event_seq"],
            occurred_at=row["event_occurred_at"],
            recorded_at=row["event_recorded_at"],
        )
        for entry, sent, row in zip(entries, batch, rows, strict=True)
    ]
    unit.touched |= {one.ref: one.seq for one in recorded}
    unit.actor_id = by.id
    return recorded


async def of(ref: Ref, connection: Any) -> list[Recorded]:
    """Every event of a subject, in its own order."""
    rows = await connection.execute_query_dict(
        f"SELECT {COLUMNS} FROM event e WHERE e.subject_type = $1 AND e.subject_id = $2 ORDER BY e.seq",
        [ref.type, ref.id],
    )
    return [Recorded.of_row(row) for row in rows]
