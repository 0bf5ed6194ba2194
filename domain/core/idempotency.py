"""A repeated request is answered with what the first one did, for a day."""

import hashlib
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

import orjson

from domain.core import transaction
from domain.core.actor import Actor
from domain.core.errors import Refused, invalid
from domain.core.ids import new_id

LONGEST_KEY = 255

_TAKE = """
INSERT INTO idempotency_key AS k (id, principal_id, key, field, input_hash, created_at)
VALUES ($1, $2, $3, $4, $5, app_clock())
ON CONFLICT (principal_id, key, field) DO UPDATE
    SET input_hash = excluded.input_hash, outcome = NULL, created_at = excluded.created_at
    WHERE k.created_at < app_clock() - interval '24 hours'
RETURNING id
"""


class KeyReused(Refused):
    """The key was used for something else."""

    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self) -> None:
        super().__init__("This idempotency key was used with another input. Use a new key for a new request.")


async def take(key: str, *, by: Actor, field: str, given: bytes) -> tuple[UUID, Mapping[str, Any] | None]:
    """Takes the key in the transaction under way; with an outcome where it was taken before. A repeat that comes while
    the first is under way waits for it. Refuses the same key with another input."""
    if not 0 < len(key) <= LONGEST_KEY:
        raise invalid("idempotencyKey", f"Give 1 to {LONGEST_KEY} characters.")
    connection = transaction.current().connection
    digest = hashlib.sha256(given).hexdigest()
    rows = await connection.execute_query_dict(_TAKE, [new_id(), by.id, key, field, digest])
    if rows:
        return cast("UUID", rows[0]["id"]), None
    (known,) = await connection.execute_query_dict(
        "SELECT id, input_hash, outcome FROM idempotency_key WHERE principal_id = $1 AND key = $2 AND field = $3",
        [by.id, key, field],
    )
    if known["input_hash"] != digest:
        raise KeyReused
    return cast("UUID", known["id"]), cast("Mapping[str, Any]", known["outcome"])


async def keep(taken: UUID, outcome: Mapping[str, Any]) -> None:
    """Says what the request did, in the same transaction."""
    # orjson knows uuid.UUID itself and not the driver's subclass of it.
    await transaction.current().connection.execute_query(
        "UPDATE idempotency_key SET outcome = $2::jsonb WHERE id = $1",
        [taken, orjson.dumps(outcome, default=str).decode()],
    )
