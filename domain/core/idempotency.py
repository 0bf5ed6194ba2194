"""A repeated request is answered with what the first one did, for a day. A key belongs to one request."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

import orjson

from domain.core import transaction
from domain.core.actor import Actor
from domain.core.errors import Refused, invalid
from domain.core.ids import new_id

LONGEST_KEY = 255

# Of a row, ``field`` is the place of the change in its request and ``input_hash`` the digest of all that this asks for.
_TAKE = """
INSERT INTO idempotency_key AS k (id, principal_id, key, field, input_hash, created_at)
SELECT $1::uuid, $2::uuid, $3::varchar, $4::varchar, $5::varchar, app_clock()
WHERE NOT EXISTS (
    SELECT FROM idempotency_key AS other
    WHERE other.principal_id = $2 AND other.key = $3 AND other.input_hash <> $5
        AND other.created_at >= app_clock() - interval '24 hours')
ON CONFLICT (principal_id, key, field) DO UPDATE
    SET input_hash = excluded.input_hash, outcome = NULL, created_at = excluded.created_at
    WHERE k.created_at < app_clock() - interval '24 hours'
RETURNING id
"""

# What another request holds of the key comes before what this one does.
_KNOWN = """
SELECT id, input_hash, outcome FROM idempotency_key
WHERE principal_id = $1 AND key = $2
    AND (field = $3 OR (input_hash <> $4 AND created_at >= app_clock() - interval '24 hours'))
ORDER BY input_hash = $4 LIMIT 1
"""


class KeyReused(Refused):
    """The key belongs to another request: to other mutations, other names for their answers, or other inputs."""

    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self) -> None:
        super().__init__("This idempotency key was used for another request. Use a new key for a new request.")


async def take(key: str, *, by: Actor, place: int, request: str) -> tuple[UUID, Mapping[str, Any] | None]:
    """Takes the key in the transaction under way; with an outcome where it was taken before. A repeat that comes while
    the first is under way waits for it. ``request`` is the digest of the whole request, ``place`` which of its changes
    this is, from 0: two requests that race for one key meet at the first. Refuses a key that another request holds."""
    if not 0 < len(key) <= LONGEST_KEY:
        raise invalid("idempotencyKey", f"Give 1 to {LONGEST_KEY} characters.")
    connection = transaction.current().connection
    rows = await connection.execute_query_dict(_TAKE, [new_id(), by.id, key, str(place), request])
    if rows:
        return cast("UUID", rows[0]["id"]), None
    known = await connection.execute_query_dict(_KNOWN, [by.id, key, str(place), request])
    if not known or known[0]["input_hash"] != request:
        raise KeyReused
    return cast("UUID", known[0]["id"]), cast("Mapping[str, Any]", known[0]["outcome"])


def keep(taken: UUID, outcome: Mapping[str, Any]) -> None:
    """Says what the request did, as its transaction ends."""
    # orjson knows uuid.UUID itself and not the driver's subclass of it.
    transaction.defer("keep_outcome($1, $2::jsonb)", [taken, orjson.dumps(outcome, default=str).decode()])
