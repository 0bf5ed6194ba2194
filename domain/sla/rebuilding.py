"""Clocks of many subjects folded again beside those that are stored."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from domain.core import transaction
from domain.core.tables import Difference, Row, Table, differences
from domain.core.transaction import Ref, atomic
from domain.sla.recording import Standing, arm_next, follow_up, places, set_aside, stand
from domain.sla.writing import forget, write

SUBJECTS = ("case", "inquiry")

_CLOCK, _SEGMENT, _TRANSITION = Table("sla_clock"), Table("sla_segment"), Table("sla_transition")
_KEYS = {_CLOCK: "id", _SEGMENT: "clock_id", _TRANSITION: "clock_id"}

_STORED = """
SELECT t.* FROM {table} t JOIN sla_clock c ON c.id = t.{key}
    JOIN unnest($1::text[], $2::uuid[]) AS s (type, id) ON c.subject_type = s.type AND c.subject_id = s.id
"""

Rows = dict[str, list[Row]]


@atomic
async def compare(refs: Sequence[Ref], *, check: bool) -> list[Difference]:
    """Where the clocks of subjects are not what their events say; they are brought in line unless ``check``.

    A breach that passed since the last fold counts as a difference: the ticker folds it within a tick. So does an
    event of a newer release: then the subject's clocks stay as they are and, unless ``check``, are parked.
    """
    standings, too_new = await stand(refs)
    stored = await _stored(standings)
    apart: list[Standing] = []
    found = [unfolded(ref, str(unknown)) for ref, unknown in too_new.items()]
    for standing in standings:
        if differing := list(_differences(standing, stored[standing.ref])):
            apart.append(standing)
            found += differing
    if not check:
        for ref, unknown in too_new.items():
            await set_aside(ref, str(unknown))
        await _write_anew(apart)
        for standing in standings:
            await follow_up(standing)
        await arm_next(standings)
    return found


def unfolded(ref: Ref, error: str) -> Difference:
    """What is said of a subject whose clocks cannot be folded."""
    return Difference(
        table=_CLOCK.name, key=(ref.type, str(ref.id)), column="clocks", stored="as they were", folded=error
    )


def _differences(standing: Standing, stored: Rows) -> Iterator[Difference]:
    clocks = standing.rows
    yield from differences(_CLOCK, stored[_CLOCK.name], [clock.clock for clock in clocks])
    yield from differences(_SEGMENT, stored[_SEGMENT.name], [row for clock in clocks for row in clock.segments])
    yield from differences(
        _TRANSITION, stored[_TRANSITION.name], [row for clock in clocks for row in clock.transitions]
    )


async def _stored(standings: Sequence[Standing]) -> dict[Ref, Rows]:
    """The rows of each subject by table."""
    connection = transaction.current().connection
    found: dict[Ref, Rows] = {standing.ref: {table.name: [] for table in _KEYS} for standing in standings}
    owners: dict[UUID, Rows] = {}
    for table, key in _KEYS.items():
        for row in await connection.execute_query_dict(_STORED.format(table=table.name, key=key), places(list(found))):
            if table is _CLOCK:
                owners[row["id"]] = found[Ref(row["subject_type"], row["subject_id"])]
            owners[row[key]][table.name].append(row)
    return found


async def _write_anew(standings: Sequence[Standing]) -> None:
    """Whatever the stored digests say, which may be what is wrong. What was acted on is kept."""
    if standings:
        await forget([standing.ref for standing in standings])
        await write([row for standing in standings for row in standing.rows], {})
