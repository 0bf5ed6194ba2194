"""The worklist of cases: one row per case with all that lists of work are ordered and narrowed by, so that no list
joins its sort keys. A projection of the case's row, of its clocks and of its rank, never an input of any."""

from collections.abc import Sequence
from uuid import UUID

from domain.cases import ranks
from domain.core import transaction
from domain.core.heads import hold
from domain.core.tables import Difference, Table, differences
from domain.core.transaction import Ref, atomic
from domain.sla import recording

WORKLIST = Table("case_worklist")

_ROWS = "SELECT * FROM {of} WHERE id = ANY ($1::uuid[])"
_ABOUT = 'SELECT id FROM "case" WHERE subject_id = ANY ($1::uuid[])'


async def project_with_clocks(ref: Ref) -> None:
    """Brings a subject's clocks and, where it is a case, its rank and its row to what they are."""
    await project_all_with_clocks([ref])


async def project_all_with_clocks(refs: Sequence[Ref]) -> None:
    """The same of many subjects, in the transaction under way. One round trip to read and one to write; nothing is
    written where nothing differs."""
    standings = await recording.held(refs)
    facts = {each.ref.id: each.ranked_by for each in standings if each.ranked_by is not None}
    ids = sorted(ref.id for ref in refs if ref.type == "case")
    if unread := [id for id in ids if id not in facts]:  # noqa: A001
        facts |= await ranks.read(unread)
    due = recording.next_due(standings)
    await recording.keep(standings, due=due, cases=ids, ranks=ranks.moved(facts))


@atomic
async def project_about(subject_ids: Sequence[UUID]) -> list[UUID]:
    """Ranks every case about these subjects anew; says which moved. Holds the cases, so that nobody changes one
    meanwhile."""
    connection = transaction.current().connection
    ids = sorted(row["id"] for row in await connection.execute_query_dict(_ABOUT, [list(subject_ids)]))
    if not ids:
        return []
    await hold([Ref("case", id) for id in ids])  # noqa: A001
    moved = ranks.moved(await ranks.read(ids))
    await ranks.keep(ids, moved)
    return [row["id"] for row in moved]


@atomic
async def compare(ids: Sequence[UUID], *, check: bool) -> list[Difference]:
    """Where rows of the worklist are not what cases and clocks are; they are brought in line unless ``check``."""
    connection = transaction.current().connection
    await hold([Ref("case", id) for id in ids])  # noqa: A001
    made = await connection.execute_query_dict(_ROWS.format(of="case_work"), [list(ids)])
    stored = await connection.execute_query_dict(_ROWS.format(of="case_worklist"), [list(ids)])
    found = list(differences(WORKLIST, stored, list(map(dict, made))))
    if found and not check:
        await ranks.keep(ids, [])
    return found
