"""The worklist of cases: one row per case with all that lists of work are ordered and narrowed by, so that no list
joins its sort keys. A projection of the case's row and of its clocks, never an input of either."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from domain.cases.states import CaseState
from domain.core import transaction
from domain.core.tables import Difference, Table, differences
from domain.core.transaction import Ref, atomic
from domain.sla import recording

WORKLIST = Table("case_worklist")

_STAGES = ", ".join(f"'{state.value}'" for state in CaseState)
_COPIED = (
    "id", "queue_id", "team_id", "assignee_id", "kind", "state", "severity", "priority", "sensitivity", "rank",
    "opened_at", "resolved_at",
)  # fmt: skip
_MADE = ("stage", "due_at")
_COLUMNS = ", ".join((*_COPIED, *_MADE))

# A clock that runs is due whether or not it is late; one that is paused, or was never given an end, is not.
_ROWS = f"""
SELECT {", ".join(f"c.{name}" for name in _COPIED)},
    array_position(ARRAY[{_STAGES}], c.state::text)::smallint - 1 AS stage,
    (SELECT min(k.due_at) FROM sla_clock k WHERE k.subject_type = 'case' AND k.subject_id = c.id
        AND k.state IN ('RUNNING', 'BREACHING') AND k.running_since IS NOT NULL) AS due_at
FROM "case" c WHERE c.id = ANY ($1::uuid[])
"""
_TOLD = [name for name in (*_COPIED, *_MADE) if name != "id"]
_PUT = f"""
INSERT INTO case_worklist AS w ({_COLUMNS}) {_ROWS}
ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _TOLD)}
WHERE ({", ".join(f"w.{name}" for name in _TOLD)}) IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _TOLD)})
"""
_LOCK = "SELECT 1 FROM event_head WHERE subject_type = 'case' AND subject_id = ANY ($1::uuid[]) ORDER BY subject_id"


async def project(refs: Sequence[Ref]) -> None:
    """Brings cases' rows to what the cases and their clocks are, in the transaction under way. One statement; nothing
    is written where nothing differs."""
    if ids := sorted(ref.id for ref in refs if ref.type == "case"):
        await transaction.current().connection.execute_query(_PUT, [ids])


async def project_with_clocks(ref: Ref) -> None:
    """The same after its clocks were folded again."""
    await recording.project(ref)
    await project([ref])


async def project_all_with_clocks(refs: Sequence[Ref]) -> None:
    """The same of many subjects at a time."""
    await recording.project_all(refs)
    await project(refs)


@atomic
async def compare(ids: Sequence[UUID], *, check: bool) -> list[Difference]:
    """Where rows of the worklist are not what cases and clocks are; they are brought in line unless ``check``."""
    connection = transaction.current().connection
    await connection.execute_query(f"{_LOCK} FOR UPDATE", [list(ids)])
    made: list[dict[str, Any]] = list(map(dict, await connection.execute_query_dict(_ROWS, [list(ids)])))
    stored = await connection.execute_query_dict(
        f"SELECT {_COLUMNS} FROM case_worklist WHERE id = ANY ($1::uuid[])", [list(ids)]
    )
    found = list(differences(WORKLIST, stored, made))
    if found and not check:
        await connection.execute_query(_PUT, [list(ids)])
    return found
