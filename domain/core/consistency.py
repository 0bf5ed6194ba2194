"""Has what was committed reached everything that is computed from it?"""

from collections.abc import Iterable
from typing import cast

from tortoise import connections

from domain.core.transaction import Ref

_BEHIND = """
WITH seen AS (SELECT * FROM unnest($1::text[], $2::uuid[]) AS s (type, id))
SELECT EXISTS (
    SELECT 1 FROM event_unsequenced u JOIN seen s ON u.subject_type = s.type AND u.subject_id = s.id
    WHERE EXISTS (SELECT 1 FROM consumer c WHERE u.subject_type = ANY (c.subject_types))
) OR EXISTS (
    SELECT 1 FROM dirty_subject d JOIN seen s ON d.subject_type = s.type AND d.subject_id = s.id
) AS behind
"""


async def is_folded(subjects: Iterable[Ref]) -> bool:
    """Whether every consumer has recomputed these subjects since their last event. One round trip."""
    found = list(subjects)
    rows = await connections.get("default").execute_query_dict(
        _BEHIND, [[ref.type for ref in found], [ref.id for ref in found]]
    )
    return not cast("bool", rows[0]["behind"])
