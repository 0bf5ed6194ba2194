"""Heads of subjects' chains of events: whoever holds one, nobody else adds to what happened to that subject."""

from collections.abc import Sequence

from domain.core import transaction
from domain.core.transaction import Ref

_HOLD = """
SELECT 1 FROM event_head h JOIN unnest($1::text[], $2::uuid[]) AS s (type, id)
    ON h.subject_type = s.type AND h.subject_id = s.id
ORDER BY h.subject_type, h.subject_id FOR UPDATE OF h
"""


async def hold(refs: Sequence[Ref]) -> None:
    """Holds the heads there are until the transaction under way ends. Always in one order, so that two who hold many
    never wait for each other in a circle. One round trip."""
    connection = transaction.current().connection
    await connection.execute_query(_HOLD, [[ref.type for ref in refs], [ref.id for ref in refs]])
