"""The walk from the rows asked for to everything selected below them, level by level."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import get_named_type

from schema.reads.catalog import Catalog
from schema.reads.declarations import Declaration
from schema.reads.errors import MisdeclaredRead
from schema.reads.portable.beyond import related
from schema.reads.portable.judging import Judge
from schema.reads.portable.lists import Lists
from schema.reads.portable.rows import Told, told
from schema.reads.portable.stored import computed, leaves
from schema.reads.portable.summing import among
from schema.reads.portable.wanted import Wanted
from schema.reads.portable.world import World
from schema.reads.sensitivity import Seen, Sensitive
from schema.reads.sources import Among, Column, Computed, Expression, HumanKey, Identity, SameRow, Where

Shapes = Mapping[str, list[Wanted]]
Found = dict[Any, Any]
"""A value for each row that has one, by the row's id."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk through one world. ``seen`` are the sensitive things it has shown."""

    world: World
    judge: Judge
    lists: Lists
    catalog: Catalog
    seen: dict[Seen, None] = field(default_factory=dict)

    async def visible(self, declaration: Declaration, ids: Iterable[Any]) -> list[Any]:
        """Those of the rows that exist for the viewer; of an interface only kinds that have a member."""
        found = await self.judge.holding(declaration.visible, declaration.table, ids)
        if declaration.kind is None:
            return found
        kinds = await self.world.values(declaration.table, declaration.kind, found)
        members = self._members(declaration.name)
        return [each for each in found if kinds[each] in members]

    async def joined(
        self, declaration: Declaration, rows: list[Any], target: Declaration, on: str, where: Where
    ) -> dict[Any, list[Any]]:
        """For each of the rows those of another table that belong to it and that the viewer may see."""
        join = f"({on}) AND ({where})" if isinstance(where, str) else on
        pairs = await self.world.joined(target.table, join, declaration.table, rows)
        below = list(dict.fromkeys(each for above in rows for each in pairs[above]))
        if where is not None and not isinstance(where, str):
            below = await self.judge.holding(where, target.table, below)
        seen = set(await self.visible(target, below))
        return {above: [each for each in pairs[above] if each in seen] for above in rows}

    async def objects(self, declaration: Declaration, ids: Iterable[Any], shapes: Shapes) -> Found:
        """Each row as the object that was selected."""
        rows = list(dict.fromkeys(ids))
        if declaration.sensitive is not None:
            await self._note(declaration, declaration.sensitive, rows)
        if declaration.kind is not None:
            return await self._by_kind(declaration, rows, declaration.kind, declaration.name, shapes)
        return await self._of_type(declaration, rows, declaration.name, shapes[declaration.name])

    async def _note(self, declaration: Declaration, sensitive: Sensitive, rows: list[Any]) -> None:
        held = await self.judge.holding(sensitive.condition, declaration.table, rows)
        ids = await self.world.values(declaration.table, sensitive.id, held)
        self.seen.update({Seen(sensitive.of or declaration.prefix, ids[each]): None for each in held})

    def _members(self, type_name: str) -> dict[str | None, str]:
        names = [of.name for of in self.catalog.possible(type_name)]
        return {self.catalog.parts[name].kind: name for name in names if name in self.catalog.parts}

    async def _by_kind(
        self, declaration: Declaration, rows: list[Any], kind: str, type_name: str, shapes: Shapes
    ) -> Found:
        kinds = await self.world.values(declaration.table, kind, rows)
        found: Found = {}
        for value, member in self._members(type_name).items():
            of_kind = [each for each in rows if kinds[each] == value]
            found |= await self._of_type(declaration, of_kind, member, shapes[member])
        return found

    async def _of_type(
        self, declaration: Declaration, rows: list[Any], type_name: str, wanted: list[Wanted]
    ) -> dict[Any, Told]:
        made = {each: told(self.catalog, type_name) for each in rows}
        for each in wanted if rows else ():
            values = await self._field(declaration, rows, each)
            for id_, row in made.items():
                row.values[each.key] = values.get(id_)
        return made

    async def _field(self, declaration: Declaration, rows: list[Any], wanted: Wanted) -> Found:
        source = wanted.source
        if source is None:
            raise MisdeclaredRead(f"{declaration.name}.{wanted.name} does not say where its value comes from")
        if source.shown_if is not None:
            rows = await self.judge.holding(source.shown_if, declaration.table, rows)
        match source:
            case Identity() | HumanKey() | Column() | Expression():
                return await leaves(self.world, declaration, rows, wanted)
            case Computed():
                return await computed(self.world, declaration, rows, source)
            case SameRow(kind):
                of = get_named_type(wanted.field.type).name
                if kind is not None:
                    return await self._by_kind(declaration, rows, kind, of, wanted.below)
                return await self._of_type(declaration, rows, of, wanted.below[of])
            case Among():
                return await among(self, declaration, rows, wanted, source)
        return await related(self, declaration, rows, wanted)
