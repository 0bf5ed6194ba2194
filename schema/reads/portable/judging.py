"""Which rows a condition holds of: what it speaks of is fetched first, then `matches` judges row by row."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from domain.core.predicates import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Field,
    IsNull,
    Keyed,
    Kind,
    Not,
    Related,
    Relation,
    matches,
)
from domain.core.predicates.conditions import NO_ROWS_ID
from schema.reads.catalog import Catalog
from schema.reads.portable.world import World

Place = tuple[str, str]


@dataclass(slots=True)
class Judge:
    """Judges rows of one world. ``asked`` conditions came with the request: rows and values the viewer may not see
    count as absent in them."""

    world: World
    catalog: Catalog
    fields: dict[Place, Field] = field(default_factory=dict)
    relations: dict[Place, Relation] = field(default_factory=dict)
    values: dict[Place, Mapping[Any, Any]] = field(default_factory=dict)
    joined: dict[Place, Mapping[Any, list[Any]]] = field(default_factory=dict)

    async def holding(self, condition: Condition, table: str, ids: Iterable[Any], *, asked: bool = False) -> list[Any]:
        """Those of the rows of which the condition holds, in their order."""
        rows = list(ids)
        settled = await self._settled(condition)
        await self._load(settled, table, rows, asked=asked)
        given: dict[str, Any] = {"viewer": self.world.viewer, "now": self.world.now}
        if asked:
            given |= {"guard": self.catalog.guard, "veil": self.catalog.veil}
        return [each for each in rows if matches(settled, Seen(self, table, each), **given)]

    async def _settled(self, condition: Condition) -> Condition:
        """The condition with human keys replaced by the ids they stand for."""
        match condition:
            case Compare(operand=Keyed(table, _, number)):
                found = await self.world.ids(f'"{table}"', "{row}.number = $1", number)
                return replace(condition, operand=found[0] if found else NO_ROWS_ID)
            case AllOf(of) | AnyOf(of):
                return replace(condition, of=tuple([await self._settled(each) for each in of]))
            case Not(of) | Related(of=of):
                return replace(condition, of=await self._settled(of))
        return condition

    async def _load(self, condition: Condition, table: str, ids: list[Any], *, asked: bool) -> None:
        match condition:
            case Compare(field=found) | IsNull(field=found):
                place = (table, found.name)
                self.fields[place] = found
                self.values[place] = await self.world.values(table, found.sql, ids)
                shown = self.catalog.veil(found) if asked else None
                if shown is not None:
                    await self._load(shown, table, ids, asked=False)
            case AllOf(of) | AnyOf(of):
                for each in of:
                    await self._load(each, table, ids, asked=asked)
            case Not(inner):
                await self._load(inner, table, ids, asked=asked)
            case Related():
                await self._load_related(condition, table, ids, asked=asked)

    async def _load_related(self, condition: Related, table: str, ids: list[Any], *, asked: bool) -> None:
        relation = condition.relation
        target = relation.target()
        theirs = f'"{target.table}"'
        place = (table, relation.name)
        self.relations[place] = relation
        self.joined[place] = joined = await self.world.joined(theirs, relation.on, table, ids)
        children = [below for above in ids for below in joined[above]]
        await self._load(condition.of, theirs, children, asked=asked)
        if asked:
            await self._load(self.catalog.guard(target), theirs, children, asked=False)


@dataclass(frozen=True, slots=True)
class Seen(Mapping[str, Any]):
    """A row as `matches` reads it: values under the names of fields, related rows under the names of relations."""

    judge: Judge
    table: str
    id: Any

    def __getitem__(self, name: str) -> Any:
        place = (self.table, name)
        found = self.judge.fields.get(place)
        if found is not None:
            value = self.judge.values[place][self.id]
            lasts = found.kind is Kind.DURATION and value is not None
            return timedelta(microseconds=value) if lasts else value
        relation = self.judge.relations[place]
        rows = [Seen(self.judge, f'"{relation.target().table}"', each) for each in self.judge.joined[place][self.id]]
        return rows if relation.many else rows[0] if rows else None

    def __iter__(self) -> Iterator[str]:
        return (name for table, name in (*self.judge.fields, *self.judge.relations) if table == self.table)

    def __len__(self) -> int:
        return sum(1 for _ in self)
