"""Everything configured is versioned: immutable, effective from a date, never edited in place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from tortoise import connections

from domain.core import transaction
from domain.core.actor import Actor
from domain.core.errors import invalid
from domain.core.ids import new_id
from domain.core.texts import ensure_short

LONGEST_KEY = 127
LONGEST_NOTE = 4000


class ConfigKind(StrEnum):
    """What can be configured."""

    WORKFLOW = "WORKFLOW"
    ROUTING = "ROUTING"
    CALENDAR = "CALENDAR"
    SLA_POLICY = "SLA_POLICY"
    SCHEDULE = "SCHEDULE"
    ESCALATION_POLICY = "ESCALATION_POLICY"
    MIRROR_MAPPING = "MIRROR_MAPPING"
    CONTENT_POLICY = "CONTENT_POLICY"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one configured thing. ``body`` is valid for its kind's specification."""

    id: UUID
    kind: ConfigKind
    key: str
    rev: int
    effective_from: datetime
    body: Mapping[str, Any]


_COLUMNS = "id, kind, key, rev, effective_from, body"


def _version(row: Mapping[str, Any]) -> Version:
    return Version(row["id"], ConfigKind(row["kind"]), row["key"], row["rev"], row["effective_from"], row["body"])


def ensure_key(key: str) -> str:
    """The key itself; refuses one that is blank or over LONGEST_KEY characters."""
    if not key.strip():
        raise invalid("key", "Give a key.", code="BLANK")
    return ensure_short(key, path=("key",), limit=LONGEST_KEY)


async def publish(
    kind: ConfigKind, key: str, body: Mapping[str, Any], *, by: Actor, note: str, effective_from: datetime | None = None
) -> Version:
    """Adds the next version, in the transaction under way. The caller has validated ``body`` and checked the right.

    Refuses a key that is blank or over LONGEST_KEY characters, and a note over LONGEST_NOTE."""
    ensure_key(key)
    ensure_short(note, path=("note",), limit=LONGEST_NOTE)
    connection = transaction.current().connection
    await connection.execute_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [f"{kind}/{key}"])
    rows = await connection.execute_query_dict(
        "INSERT INTO config_version (id, kind, key, rev, effective_from, body, created_by, created_at, note)"
        " SELECT $1, $2::varchar, $3::varchar, coalesce(max(rev), 0) + 1, coalesce($4, app_clock()), $5::jsonb, $6,"
        " app_clock(), $7"
        f" FROM config_version WHERE kind = $2 AND key = $3 RETURNING {_COLUMNS}",
        [new_id(), kind.value, key, effective_from, orjson.dumps(body).decode(), by.id, note],
    )
    return _version(rows[0])


async def history(kind: ConfigKind) -> list[Version]:
    """Every version of a kind, by key and revision: what a fold over time needs."""
    rows = await connections.get("default").execute_query_dict(
        f"SELECT {_COLUMNS} FROM config_version WHERE kind = $1 ORDER BY key, rev", [kind.value]
    )
    return [_version(row) for row in rows]


async def latest(kind: ConfigKind, key: str) -> Version | None:
    """The version in effect now; None where nothing of this key is in effect yet."""
    rows = await connections.get("default").execute_query_dict(
        f"SELECT {_COLUMNS} FROM config_version WHERE kind = $1 AND key = $2 AND effective_from <= app_clock()"
        " ORDER BY rev DESC LIMIT 1",
        [kind.value, key],
    )
    return _version(rows[0]) if rows else None


async def in_effect(kind: ConfigKind) -> list[Version]:
    """The version in effect now of every key, by key."""
    rows = await connections.get("default").execute_query_dict(
        f"SELECT DISTINCT ON (key) {_COLUMNS} FROM config_version WHERE kind = $1 AND effective_from <= app_clock()"
        " ORDER BY key, rev DESC",
        [kind.value],
    )
    return [_version(row) for row in rows]
