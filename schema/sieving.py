"""Rows that changed, looked at once for all lists of a kind: only the lists they concern hear of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.core.predicates import Entity
from domain.core.transaction import Ref
from schema.judging import ROWS, Judge
from schema.lists import Look
from schema.verdicts import Verdict

By = Mapping[str, str | None]
"""What a list hears of, as in `schema.live.Listing`."""


NOTHING = Look({}, {}, datetime.min.replace(tzinfo=UTC))


async def rows_of(pool: Any, by: By, touched: Mapping[Ref, int]) -> dict[UUID, int]:
    """The list's rows that these subjects stand for, each at its newest position. A round trip a type, at most."""
    found: dict[UUID, int] = {}
    for kind, sql in by.items():
        at = {ref.id: position for ref, position in touched.items() if ref.type == kind}
        if sql is None:
            pairs = [(each, each) for each in at]
        elif at:
            pairs = [(row["origin"], row["id"]) for row in await pool.fetch(sql, list(at))]
        else:
            pairs = []
        for origin, row in pairs:
            found[row] = max(found.get(row, 0), at[origin])
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The sieve of a list whose rows' own columns decide. ``held`` is the list's own set: kept up to date by it."""

    pool: Any
    entity: Entity
    by: By
    held: Collection[UUID]
    asks: Verdict
    sees: Verdict
    kind: object

    async def look(self, touched: Mapping[Ref, int], upto: int) -> Look:
        """Two round trips for rows that are their own subjects."""
        places = await rows_of(self.pool, self.by, touched)
        if not places:
            return NOTHING
        rows, now = await ROWS.of(self.pool, self.entity, frozenset(places), upto)
        there = {row["id"]: row for row in rows}
        return Look(places, {each: there.get(each) for each in places}, now)

    def concerned(self, look: Look, waiting: Collection[UUID]) -> Mapping[UUID, tuple[int, bool]]:
        """No round trip: microseconds a row."""
        found, now = {}, look.now
        for id, row in look.rows.items():  # noqa: A001 - the column's word
            is_held = row is not None and self.asks(row, now) and self.sees(row, now)
            if is_held or id in self.held or id in waiting:
                found[id] = look.places[id], is_held
        return found


def sieve_of(judge: Judge, by: By, held: Collection[UUID]) -> Columns | None:
    """None where more than columns decides."""
    entity, plain = judge.declaration.filters, judge.plain
    if entity is None or plain is None:
        return None
    return Columns(judge.pool, entity, by, held, *plain, kind=(entity.name, id(by)))
