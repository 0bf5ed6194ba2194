"""Which of some rows are in a list for its viewer: judged in Python where columns alone decide, else in SQL."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import asyncpg

from domain.core import predicates as p
from domain.core.actor import Actor
from domain.core.predicates import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Entity,
    Field,
    IsNull,
    Keyed,
    Kind,
    Not,
    Op,
    Related,
)
from schema.lists import LONGEST_LIST, ListTooLong
from schema.reads.catalog import Catalog
from schema.reads.declarations import Declaration
from schema.reads.errors import ReadTimedOut
from schema.verdicts import Verdict, verdict

KEPT = 32
COLUMNS = frozenset({Kind.ID, Kind.TEXT, Kind.CHOICE, Kind.BOOLEAN, Kind.INTEGER, Kind.NUMBER, Kind.MOMENT})
Pool = Any
Row = Mapping[str, Any]


class Rows:
    """Rows read once for all lists of one kind that look at the same batch."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, asyncio.Future[tuple[list[Row], datetime]]] = OrderedDict()

    async def of(self, pool: Pool, entity: Entity, ids: frozenset[UUID], upto: int) -> tuple[list[Row], datetime]:
        """The fields of those that there are, as of ``upto`` or later, and the clock's time. At most one round trip."""
        key = (entity.name, ids, upto)
        found = self._kept.get(key)
        if found is None or (found.done() and (found.cancelled() or found.exception() is not None)):
            found = self._kept[key] = asyncio.ensure_future(_read(pool, entity, ids))
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return await asyncio.shield(found)


ROWS = Rows()


class _Noting(p.Positional):
    """Notes which attributes of the viewer are asked for."""

    def __init__(self, viewer: object) -> None:
        super().__init__(viewer)
        self.attributes: set[str] = set()

    def viewer(self, attribute: str, sql_type: str) -> str:
        self.attributes.add(attribute)
        return super().viewer(attribute, sql_type)


def attributes(condition: Condition, viewer: Actor) -> set[str]:
    """What of the viewer a condition asks for, besides permissions and clearances held."""
    binds = _Noting(viewer)
    p.to_sql(condition, row="t", binds=binds)
    return binds.attributes


async def _read(pool: Pool, entity: Entity, ids: frozenset[UUID]) -> tuple[list[Row], datetime]:
    columns = "".join(f', {_over(field)} AS "{field.name}"' for field in entity.fields.values() if _is_column(field))
    rows = await pool.fetch(
        f'SELECT app_clock() AS "#now"{columns} FROM unnest($1::uuid[]) AS u(id) LEFT JOIN "{entity.table}" AS t'
        " ON t.id = u.id",
        list(ids),
    )
    return [row for row in rows if row["id"] is not None], rows[0]["#now"]


def _over(field: Field) -> str:
    return f"({field.sql})".replace("{row}", "t")


def _is_column(field: Field) -> bool:
    return field.kind in COLUMNS


def is_of_columns(condition: Condition, catalog: Catalog) -> bool:
    """Whether the row's own columns decide, in Python as in SQL."""
    return all(_is_plain(part, catalog) for part in _parts(condition))


def _is_plain(part: Condition, catalog: Catalog) -> bool:
    match part:
        case Related():
            return False
        case Compare(field, op, operand):
            same = op in {Op.EQ, Op.NEQ, Op.IN, Op.NIN} and not isinstance(operand, Keyed)
            return (same or _sorts(field)) and _is_column(field) and catalog.veil(field) is None
        case IsNull(field):
            return _is_column(field) and catalog.veil(field) is None
    return True


def _sorts(field: Field) -> bool:
    return field.kind in {Kind.INTEGER, Kind.NUMBER, Kind.MOMENT}


def _parts(condition: Condition) -> Iterator[Condition]:
    yield condition
    match condition:
        case AllOf(of) | AnyOf(of):
            for part in of:
                yield from _parts(part)
        case Not(of) | Related(of=of):
            yield from _parts(of)


@dataclass(frozen=True)
class Judge:
    """Of one list for one viewer. ``limit`` is in seconds, for each statement."""

    pool: Pool
    catalog: Catalog
    declaration: Declaration
    asked: Condition
    viewer: Actor
    limit: float

    def attributes(self) -> set[str]:
        """What of the viewer decides, besides permissions and clearances held."""
        binds = _Noting(self.viewer)
        self._write(binds)
        return binds.attributes

    async def all(self) -> set[UUID]:
        """Every row in the list; LIST_TOO_LONG where these are too many. One statement."""
        visible, asked, values = self._sql(1)
        sql = f"SELECT t.id FROM {self.declaration.table} AS t WHERE {visible} AND {asked} LIMIT {LONGEST_LIST + 1}"
        found = {row["id"] for row in await self._fetch(sql, values)}
        if len(found) > LONGEST_LIST:
            raise ListTooLong
        return found

    @cached_property
    def plain(self) -> tuple[Verdict, Verdict] | None:
        """What was asked of a row, and who may see it; None where more than its columns decides."""
        if self.declaration.filters is None or not is_of_columns(self.declaration.visible & self.asked, self.catalog):
            return None
        return verdict(self.asked, self.viewer), verdict(self.declaration.visible, self.viewer)

    async def of(self, ids: Collection[UUID], upto: int, *, others: bool) -> dict[UUID, bool]:
        """Those of these that the list holds; with ``others`` also those that the viewer may see and it does not."""
        entity = self.declaration.filters
        if entity is not None and self.plain is not None:
            asks, sees = self.plain
            rows, now = await ROWS.of(self.pool, entity, frozenset(ids), upto)
            held = ((row["id"], row, asks(row, now)) for row in rows)
            # most rows are in few lists: who may see the others is only asked where it matters
            return {id: is_held for id, row, is_held in held if (is_held or others) and sees(row, now)}  # noqa: A001
        seen, asked, values = self._sql(2)
        table = self.declaration.table
        sql = f"SELECT t.id, {asked} AS held FROM {table} AS t WHERE t.id = ANY ($1::uuid[]) AND {seen}"
        return {row["id"]: bool(row["held"]) for row in await self._fetch(sql, [list(ids), *values])}

    def _sql(self, start: int) -> tuple[str, str, list[Any]]:
        binds = p.Positional(self.viewer, start=start)
        return *self._write(binds), binds.values

    def _write(self, binds: p.Positional) -> tuple[str, str]:
        """Who may see a row, and what was asked of it."""
        seen = p.to_sql(self.declaration.visible, row="t", binds=binds)
        asked = p.to_sql(self.asked, row="t", binds=binds, guard=self.catalog.guard, veil=self.catalog.veil, own=binds)
        return f"({seen})", f"({asked})"

    async def _fetch(self, sql: str, values: list[Any]) -> list[Any]:
        try:
            found: list[Any] = await self.pool.fetch(sql, *values, timeout=self.limit)
        except (TimeoutError, asyncpg.QueryCanceledError) as stopped:
            raise ReadTimedOut(f"Reading the list took longer than {self.limit:g} s. Filter more.") from stopped
        return found
