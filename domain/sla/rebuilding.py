"""A subject's clocks folded again beside those that are stored."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from domain.core import transaction
from domain.core.actor import Actor
from domain.core.tables import Difference, Table, differences
from domain.core.transaction import Ref, atomic
from domain.sla.actions import rebuild

SUBJECTS = ("case", "inquiry")

TABLES = {
    Table("sla_clock"): "subject_type = $1 AND subject_id = $2",
    Table("sla_segment"): "clock_id IN (SELECT id FROM sla_clock WHERE subject_type = $1 AND subject_id = $2)",
    Table("sla_transition"): "clock_id IN (SELECT id FROM sla_clock WHERE subject_type = $1 AND subject_id = $2)",
}

_LOCK = "SELECT 1 FROM event_head WHERE subject_type = $1 AND subject_id = $2 FOR UPDATE"


class _OnlyLooked(Exception):
    """Takes back what a comparison wrote."""


async def compare(ref: Ref, *, by: Actor, check: bool) -> list[Difference]:
    """Where a subject's clocks are not what its events say; they are brought in line unless ``check``.

    A breach that passed since the last fold counts as a difference: the ticker folds it within a tick.
    """
    found: list[Difference] = []
    with contextlib.suppress(_OnlyLooked):
        await _compare(ref, found, by=by, check=check)
    return found


@atomic
async def _compare(ref: Ref, found: list[Difference], *, by: Actor, check: bool) -> None:
    await transaction.current().connection.execute_query(_LOCK, [ref.type, ref.id])
    before = await _stored(ref)
    await rebuild(ref, by=by)
    after = await _stored(ref)
    found[:] = [
        each for table in TABLES for each in differences(table, before[table.name], list(map(dict, after[table.name])))
    ]
    if check:
        raise _OnlyLooked


async def _stored(ref: Ref) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    connection = transaction.current().connection
    return {
        table.name: await connection.execute_query_dict(
            f"SELECT * FROM {table.name} WHERE {where}", [ref.type, ref.id]
        )
        for table, where in TABLES.items()
    }  # fmt: skip
