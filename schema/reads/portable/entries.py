"""From a read to the rows it names: one row, a list, a connection, or things by their ids."""

from collections.abc import Mapping
from typing import Any

from graphql import FieldNode, get_named_type

from schema.reads.declarations import Declaration
from schema.reads.portable.beyond import connections
from schema.reads.portable.costs import cost
from schema.reads.portable.judging import Judge
from schema.reads.portable.lists import Lists
from schema.reads.portable.pages import Page, read_order, read_page
from schema.reads.portable.walk import Shapes, Walk
from schema.reads.portable.wanted import Asking, Info
from schema.reads.portable.world import World
from schema.reads.selects import Mode, Read, Ref, declared, ref
from schema.reads.sensitivity import Seen

Located = list[tuple[str | None, Any, int | None]]


class Entry:
    """One entry field: everything about its arguments is read, and refused, before a row is looked at."""

    def __init__(self, read: Read, asking: Asking) -> None:
        info, catalog = asking.info, asking.catalog
        self._read, self._catalog = read, catalog
        nodes: list[FieldNode] = info.field_nodes
        self._shapes: Shapes = asking.below(self._possible(info), nodes)
        self._page: Page | None = None
        if read.mode is Mode.CONNECTION:
            field = info.parent_type.fields[info.field_name]
            coordinate = f"{info.parent_type.name}.{info.field_name}"
            given = asking.arguments(field, nodes[0])
            self._page = read_page(
                declared(read.target), given, read.order, asking.secret, coordinate + read.narrowed_to
            )
        self._ref: Ref | None = None if read.ref is None else ref(declared(read.target), read.ref)
        self._located: Located = catalog.places(read.ids, all_known=read.mode is Mode.NODE)

    def _possible(self, info: Info) -> list[Any]:
        named = get_named_type(info.return_type).name
        if self._read.mode in {Mode.NODE, Mode.NODES}:
            return [of for of in self._catalog.possible(named) if of.name in self._catalog.declarations]
        if self._read.mode is not Mode.CONNECTION:
            named = self._catalog.of_class[self._read.target].name
        return self._catalog.possible(named)

    @property
    def cost(self) -> int:
        """How much it may read."""
        return cost(self._read, self._shapes, self._page)

    async def answer(self, world: World) -> tuple[Any, tuple[Seen, ...]]:
        """What the field resolves to, and the sensitive things that are shown by that."""
        judge = Judge(world, self._catalog)
        walk = Walk(world, judge, Lists(judge), self._catalog)
        found = await self._answer(walk)
        return found, tuple(walk.seen)

    async def _answer(self, walk: Walk) -> Any:
        if self._read.mode in {Mode.NODE, Mode.NODES}:
            found = await self._nodes(walk)
            return found if self._read.mode is Mode.NODES else found[0]
        of = declared(self._read.target)
        rows = await self._rows(walk, of)
        if self._read.mode is Mode.CONNECTION:
            return (await connections(walk, of, {None: rows}, self._page, self._shapes))[None]
        if self._ref is None:
            limit = 1 if self._read.mode is Mode.ONE else self._read.limit
            rows = (await walk.lists.ordered(read_order(of, self._read.order), rows))[:limit]
        objects = await walk.objects(of, rows, self._shapes)
        listed = [objects[each] for each in rows]
        return listed if self._read.mode is Mode.LIST else listed[0] if listed else None

    async def _rows(self, walk: Walk, of: Declaration) -> list[Any]:
        rows = await _named(walk.world, of, self._ref)
        for condition in self._read.conditions:
            rows = await walk.judge.holding(condition, of.table, rows, asked=True)
        return await walk.visible(of, rows)

    async def _nodes(self, walk: Walk) -> list[Any]:
        places: list[tuple[str, Any]] = []
        for name, id_, number in self._located:
            if name is None:
                places.append(("", None))
                continue
            found = await _named(walk.world, self._catalog.declaration(name), Ref(id_, number))
            places.append((name, found[0] if found else None))
        objects: dict[str, Mapping[Any, Any]] = {}
        for name in self._shapes:
            of = self._catalog.declaration(name)
            ids = [id_ for kind, id_ in places if kind == name and id_ is not None]
            objects[name] = await walk.objects(of, await walk.visible(of, ids), self._shapes)
        return [objects.get(name, {}).get(id_) for name, id_ in places]


async def _named(world: World, of: Declaration, by: Ref | None) -> list[Any]:
    if by is None:
        return await world.ids(of.table)
    if by.name is not None:
        return await world.ids(of.table, of.by_text_key("{row}", "$1"), by.name)
    if by.number is not None:
        return await world.ids(of.table, f"{{row}}.{of.column(of.key_column)} = $1", by.number)
    return await world.ids(of.table, '{row}."id" = $1', by.id if by.serial is None else by.serial)
