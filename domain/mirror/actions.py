"""What can be done to the mirror: connect it, say how things correspond, take deliveries in, free what is stuck."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from domain.core import clock, events, transaction, versions
from domain.core.actor import Actor
from domain.core.errors import NotFound, invalid
from domain.core.ids import new_id
from domain.core.transaction import atomic
from domain.core.versions import ConfigKind, Version
from domain.mirror import links, polling, rules
from domain.mirror.conflicts import resolve_conflict
from domain.mirror.errors import ConnectionDiffers
from domain.mirror.events import (
    MirrorConnected,
    MirrorMappingPublished,
    MirrorOperationRetried,
    MirrorOperationSkipped,
)
from domain.mirror.mapping import MirrorMapping
from domain.mirror.models import (
    POLL_EVERY,
    MirrorConnection,
    MirrorInbox,
    MirrorLink,
    MirrorOperation,
)
from domain.mirror.opening import ref
from domain.mirror.pausing import pause, resume
from domain.mirror.states import (
    InboxState,
    MirrorConnectionState,
    MirrorLinkState,
    MirrorOperationKind,
    MirrorOperationState,
)
from domain.people import actions as people
from domain.people.roles import Role

MOST_BYTES = 5_000_000
SHORTEST_POLL, LONGEST_POLL = timedelta(seconds=1), timedelta(hours=1)

__all__ = [
    "Hint", "Receipt", "connect", "pause", "publish_mapping", "receive", "resolve_conflict", "resume", "retry", "skip",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What a delivery says it is about. `issue` is the tracker's id, or its key; `changed` names fields of the tracker
    that correspond to ours by name; `actor` is an account of the tracker.
    """

    issue: str
    actor: str | None = None
    changed: tuple[str, ...] = ()
    happened_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a delivery."""

    state: InboxState
    repeated: bool = False


@atomic
async def connect(
    key: str,
    *,
    by: Actor,
    kind: str,
    base_url: str,
    doubt_grace: timedelta = timedelta(minutes=5),
    doubt_probes: int = 3,
    poll_every: timedelta = POLL_EVERY,
) -> MirrorConnection:
    """Adds a tracker, with an account it acts as here. A known key returns its connection, with the new patience.

    ``doubt_grace`` and ``doubt_probes``: how long, and how often, a create whose reply was lost is looked for before
    it is sent again. The grace must exceed the longest time the tracker's search lags behind. ``poll_every``: how
    often the tracker is asked what changed, from a second to an hour; so long a lost delivery may stay unnoticed.
    """
    by.ensure("config.publish")
    if not SHORTEST_POLL <= poll_every <= LONGEST_POLL:
        raise invalid("poll_every", "A tracker is polled every second at most and every hour at least.")
    known = await MirrorConnection.filter(key=key).select_for_update().first()
    if known is not None:
        if (known.kind, known.base_url) != (kind, base_url):
            raise ConnectionDiffers(key)
        known.doubt_grace, known.doubt_probes, known.poll_every = doubt_grace, doubt_probes, poll_every
        await known.save(update_fields=["doubt_grace", "doubt_probes", "poll_every"])
        await polling.schedule(known)
        return known
    account = await people.add_account(f"tracker:{key}", by=by, roles=[Role.TRACKER])
    connection = await MirrorConnection.create(
        key=key,
        kind=kind,
        base_url=base_url,
        state=MirrorConnectionState.OK,
        principal_id=account.id,
        doubt_grace=doubt_grace,
        doubt_probes=doubt_probes,
        poll_every=poll_every,
        created_at=await clock.now(),
    )
    await polling.schedule(connection)
    connected = MirrorConnected(key=key, tracker_kind=kind, base_url=base_url)
    await events.append(ref(connection.id), connected, by=by)
    return connection


@atomic
async def publish_mapping(key: str, *, body: Mapping[str, Any], by: Actor, note: str = "") -> Version:
    """Makes a mapping the one in effect and has every linked case compared under it."""
    by.ensure("config.publish")
    connection = await MirrorConnection.filter(key=key).first()
    if connection is None:
        raise NotFound("connection", key, path=("key",))
    try:
        mapping = MirrorMapping.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        raise invalid(("body", *first["loc"]), first["msg"]) from None
    version = await versions.publish(
        ConfigKind.MIRROR_MAPPING, key, mapping.model_dump(mode="json"), by=by, note=note
    )  # fmt: skip
    await events.append(ref(connection.id), MirrorMappingPublished(version_id=version.id, rev=version.rev), by=by)
    for link in await MirrorLink.filter(connection_id=connection.id, state=MirrorLinkState.LINKED).order_by("id"):
        await links.want_sync(link.id)
    return version


@atomic
async def receive(
    key: str,
    *,
    by: Actor,
    body: bytes,
    delivery_key: str,
    hint: Hint | None,
) -> Receipt:
    """Takes one verified delivery in, in a few milliseconds. A repeated ``delivery_key`` changes nothing.

    The content is a hint: the issue it names is read from the tracker itself. ``hint`` None, an unknown issue and an
    oversize body are kept, answered well, and have no effect.
    """
    by.ensure("mirror.receive")
    connection = await MirrorConnection.filter(key=key).first()
    if connection is None:
        raise NotFound("connection", key)
    link = await _link_of(connection, hint)
    state, reason = _verdict(body, hint, link)
    rows = await transaction.current().connection.execute_query_dict(
        "INSERT INTO mirror_inbox (id, connection_id, delivery_key, body, issue_id, actor, changed, happened_at, state,"
        " reason, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, app_clock())"
        " ON CONFLICT (connection_id, delivery_key) DO NOTHING RETURNING id",
        [
            new_id(), connection.id, delivery_key[:255], body[:MOST_BYTES],
            link.remote_id if link else hint.issue[:64] if hint else None,
            hint.actor if hint else None, list(hint.changed) if hint else [],
            hint.happened_at if hint else None, state.value, reason,
        ],
    )  # fmt: skip
    if not rows:
        known = await MirrorInbox.get(connection_id=connection.id, delivery_key=delivery_key[:255])
        return Receipt(state=known.state, repeated=True)
    if state is InboxState.RECEIVED and link is not None:
        await links.want_sync(link.id)
    return Receipt(state=state)


def _verdict(body: bytes, hint: Hint | None, link: MirrorLink | None) -> tuple[InboxState, str | None]:
    if len(body) > MOST_BYTES:
        return InboxState.QUARANTINED, "TOO_LARGE"
    if hint is None:
        return InboxState.QUARANTINED, "NOT_UNDERSTOOD"
    if link is None:
        return InboxState.IGNORED, "UNKNOWN_ISSUE"
    return InboxState.RECEIVED, None


async def _link_of(connection: MirrorConnection, hint: Hint | None) -> MirrorLink | None:
    if hint is None:
        return None
    links_here = MirrorLink.filter(connection_id=connection.id)
    return await links_here.filter(remote_id=hint.issue).first() or await links_here.filter(
        remote_key=hint.issue
    ).first()  # fmt: skip


@atomic
async def retry(operation_id: UUID, *, by: Actor) -> MirrorOperation:
    """Tries again what had stopped. One that could not tell whether it was done looks before it sends."""
    operation = await _stuck(operation_id, by)
    await MirrorLink.filter(id=operation.link_id, state=MirrorLinkState.BLOCKED).update(
        state=MirrorLinkState.PENDING, reason=None
    )  # fmt: skip
    operation.state, operation.attempts, operation.error = MirrorOperationState.DONE, 0, None
    if operation.kind is MirrorOperationKind.SYNC:
        await links.want_sync(operation.link_id)
    else:
        operation.state = MirrorOperationState.IN_DOUBT if operation.sent_at else MirrorOperationState.PENDING
        operation.wanted, operation.not_before = operation.wanted + 1, await clock.now()
        await links.ring(operation)
    await operation.save(update_fields=["state", "attempts", "error", "wanted", "not_before"])
    await events.append(links.ref(operation.link_id), MirrorOperationRetried(operation_id=operation.id), by=by)
    return operation


@atomic
async def skip(operation_id: UUID, *, by: Actor) -> MirrorOperation:
    """Gives up what had stopped, for good. A skipped create leaves the case without an issue."""
    operation = await _stuck(operation_id, by)
    operation.state, operation.done_at = MirrorOperationState.SKIPPED, await clock.now()
    await operation.save(update_fields=["state", "done_at"])
    if operation.kind is MirrorOperationKind.CREATE:
        await MirrorLink.filter(id=operation.link_id).update(state=MirrorLinkState.DETACHED, reason="Skipped")
    await events.append(links.ref(operation.link_id), MirrorOperationSkipped(operation_id=operation.id), by=by)
    return operation


async def _stuck(operation_id: UUID, by: Actor) -> MirrorOperation:
    rules.ensure_can_operate(by)
    operation = await MirrorOperation.filter(id=operation_id).select_for_update().first()
    if operation is None or not await links.is_seen(operation.link_id, by):
        raise NotFound("operation", operation_id)
    rules.ensure_can_free(operation.state, by)
    return operation
