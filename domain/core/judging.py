"""Whether a condition holds of a stored row: the evaluation that needs nothing but the row's id."""

from typing import Any
from uuid import UUID

from tortoise import connections

from domain.core import predicates as p


async def holds(condition: p.Condition, of: p.Entity, id: UUID, *, viewer: Any) -> bool:  # noqa: A002
    """Whether there is such a row and the condition holds of it for this viewer, relations included. One round trip,
    in the transaction under way if there is one."""
    binds = p.Positional(viewer, start=2)
    sql = f'SELECT 1 FROM "{of.table}" AS t WHERE t.id = $1 AND {p.to_sql(condition, row="t", binds=binds)}'
    return bool(await connections.get("default").execute_query_dict(sql, [id, *binds.values]))
