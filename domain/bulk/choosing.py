"""Which cases a batch is about: those named, or those a filter finds for its actor."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any
from uuid import UUID

from domain.bulk import rules
from domain.bulk.errors import CountDiffers
from domain.cases.filters import CASE
from domain.cases.visibility import CASES
from domain.core import predicates as p
from domain.core import transaction
from domain.core.actor import Actor
from domain.core.errors import invalid
from domain.core.transaction import atomic


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Cases by their ids, with the names that mean none to the actor; or a filter's document and how many cases it
    should find."""

    ids: Sequence[UUID] | None = None
    unknown: Sequence[str] = field(default=())
    filter: Mapping[str, Any] | None = None
    expected_count: int | None = None


@atomic
async def visible(
    ids: Collection[UUID], *, by: Actor, numbers: Collection[int] = ()
) -> dict[UUID, int]:  # fmt: skip
    """The numbers of those cases of these ids and numbers that the actor may see. One that is hidden and one that
    nobody has are alike missing."""
    binds = p.Positional(by, start=3)
    connection = transaction.current().connection
    rows = await connection.execute_query_dict(
        'SELECT t.id, t.number FROM "case" t WHERE (t.id = ANY ($1::uuid[]) OR t.number = ANY ($2::bigint[]))'
        f" AND {p.to_sql(CASES, row='t', binds=binds)}",
        [list(ids), list(numbers), *binds.values],
    )
    return {row["id"]: row["number"] for row in rows}


async def chosen(choice: Choice, *, by: Actor, among: Collection[UUID] | None = None) -> list[UUID]:
    """The cases, each once, in the order of their ids. Refuses a filter without its count, or that finds another.
    ``among``: what a filter chooses from, and counts; None is every case of the actor's."""
    if (choice.ids is None) == (choice.filter is None):
        raise invalid("ids", "Give either ids or a filter.")
    if choice.ids is not None:
        found = sorted(set(choice.ids), key=attrgetter("int"))
        total = len(found) + len(choice.unknown)
        if choice.expected_count not in {None, total}:
            raise CountDiffers(expected=choice.expected_count or 0, actual=total)
        if not total:
            raise invalid("ids", "Name at least one case.")
        return found
    if choice.expected_count is None:
        raise invalid("expectedCount", "Say how many cases the filter finds: what you saw is what is done.")
    within, first = ("", []) if among is None else ("t.id = ANY ($1::uuid[]) AND ", [list(among)])
    binds = p.Positional(by, start=len(first) + 1)
    condition = p.to_sql(p.parse(CASE, choice.filter, path=("filter",)) & CASES, row="t", binds=binds)
    connection = transaction.current().connection
    rows = await connection.execute_query_dict(
        f'SELECT t.id FROM "case" t WHERE {within}{condition} ORDER BY t.id LIMIT {rules.MOST + 1}',
        [*first, *binds.values],
    )
    if len(rows) != choice.expected_count and len(rows) <= rules.MOST:
        raise CountDiffers(expected=choice.expected_count, actual=len(rows))
    return [row["id"] for row in rows]
