"""The rows of the mirror: links, what is to be done for them, and what both sides last agreed on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.cases.record import is_visible
from domain.core import effects, transaction
from domain.core.actor import Actor
from domain.core.ids import new_id
from domain.core.transaction import Ref
from domain.mirror.merge import Agreed
from domain.mirror.models import MirrorBaseline, MirrorConnection, MirrorLink, MirrorOperation
from domain.mirror.remote import Field
from domain.mirror.states import MirrorOperationKind

LANE = "mirror.lane"


def ref(link_id: UUID) -> Ref:
    """The link as a subject of the log, of timers and of effects."""
    return Ref("mirror_link", link_id)


async def ensure_link(connection: MirrorConnection, case_id: UUID) -> MirrorLink:
    """The case's link, made with its first operation where there is none; of two makers at once one makes it."""
    link_id = new_id()
    rows = await _query(
        "INSERT INTO mirror_link (id, case_id, connection_id, state, marker, needs_decision, created_at)"
        " VALUES ($1, $2, $3, 'PENDING', $4, false, app_clock()) ON CONFLICT (connection_id, case_id) DO NOTHING"
        " RETURNING id",
        [link_id, case_id, connection.id, f"caseward-{link_id}"],
    )
    if rows:
        await want(link_id, MirrorOperationKind.CREATE, key=f"create:{link_id}")
    return await MirrorLink.get(case_id=case_id, connection_id=connection.id)


async def want(
    link_id: UUID, kind: MirrorOperationKind, *, key: str, comment_id: UUID | None = None, note: str | None = None
) -> None:
    """Asks for an operation and rings its lane, in the transaction under way. A repeated ``key`` changes nothing."""
    rows = await _query(
        "INSERT INTO mirror_operation (id, link_id, seq, kind, dedupe_key, state, comment_id, note, not_before,"
        " created_at) SELECT $1, $2, coalesce(max(seq), 0) + 1, $3, $4, 'PENDING', $5, $6, app_clock(), app_clock()"
        " FROM mirror_operation WHERE link_id = $2 ON CONFLICT (dedupe_key) DO NOTHING RETURNING id, wanted",
        [new_id(), link_id, kind.value, key, comment_id, note],
    )
    await _ring(link_id, rows)


async def want_sync(link_id: UUID) -> None:
    """Asks that both sides be made equal. However often that is asked, one operation waits; it then does it once."""
    operation_id = new_id()
    rows = await _query(
        "INSERT INTO mirror_operation (id, link_id, seq, kind, dedupe_key, state, not_before, created_at)"
        " SELECT $1, $2, coalesce(max(seq), 0) + 1, 'SYNC', $3, 'PENDING', app_clock(), app_clock()"
        " FROM mirror_operation WHERE link_id = $2"
        " ON CONFLICT (link_id) WHERE kind = 'SYNC' AND state = 'PENDING'"
        " DO UPDATE SET wanted = mirror_operation.wanted + 1 RETURNING id, wanted",
        [operation_id, link_id, f"sync:{operation_id}"],
    )
    await _ring(link_id, rows)


async def ring(operation: MirrorOperation) -> None:
    """Rings the lane for an operation that is to run again, in the transaction under way."""
    await _ring(operation.link_id, [{"id": operation.id, "wanted": operation.wanted}])


async def _ring(link_id: UUID, rows: list[Mapping[str, Any]]) -> None:
    for row in rows:
        await effects.plan(LANE, key=f"mirror:{link_id}:{row['id']}:{row['wanted']}", ref=ref(link_id))


async def baseline(link_id: UUID) -> dict[Field, Agreed]:
    """What both sides held when they last agreed, by field."""
    return {Field(row.field): Agreed(row.ours, row.theirs) for row in await MirrorBaseline.filter(link_id=link_id)}


async def agree(link_id: UUID, agreed: Mapping[Field, Agreed], *, updated: datetime) -> None:
    """Writes the new base of these fields, in the transaction under way."""
    for name, each in agreed.items():
        await _query(
            "INSERT INTO mirror_baseline (id, link_id, field, ours, theirs, remote_updated)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (link_id, field) DO UPDATE"
            " SET ours = excluded.ours, theirs = excluded.theirs, remote_updated = excluded.remote_updated",
            [new_id(), link_id, name.value, each.ours, each.theirs, updated],
        )


async def _query(sql: str, values: list[Any]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = await transaction.current().connection.execute_query_dict(sql, values)
    return found


async def is_seen(link_id: UUID, by: Actor) -> bool:
    """Whether the actor may see the case of a link."""
    link = await MirrorLink.filter(id=link_id).prefetch_related("case").get()
    return is_visible(link.case, by)
