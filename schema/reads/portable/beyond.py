"""Fields that lead to other rows: references, lists, connections."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graphql import get_named_type

from schema.reads.declarations import Declaration
from schema.reads.errors import MisdeclaredRead
from schema.reads.portable.lists import around, total
from schema.reads.portable.pages import Page, read_order
from schema.reads.portable.rows import Told
from schema.reads.portable.wanted import Wanted
from schema.reads.sources import Connected, Many, OneOf, Reference
from schema.reads.targets import entity_named, listed_name

if TYPE_CHECKING:
    from schema.reads.portable.walk import Found, Shapes, Walk


async def related(walk: "Walk", declaration: Declaration, rows: list[Any], wanted: Wanted) -> "Found":
    """For each of the rows what its field leads to."""
    match wanted.source:
        case Reference() as source:
            return await _reference(walk, declaration, rows, wanted, source)
        case Many() as source:
            return await _many(walk, declaration, rows, wanted, source)
        case Connected() as source:
            target = walk.catalog.declaration(listed_name(wanted.field.type))
            joined = await walk.joined(declaration, rows, target, source.on, source.where)
            return await connections(walk, target, joined, wanted.page, wanted.below)
        case OneOf() as source:
            return await _one_of(walk, declaration, rows, wanted, source)
    raise MisdeclaredRead(f"{wanted.name}: {wanted.source!r} cannot be walked")


async def _reference(
    walk: "Walk", declaration: Declaration, rows: list[Any], wanted: Wanted, source: Reference
) -> "Found":
    join = source.on or f'{{row}}."{source.to}" = {{parent}}.{declaration.column(source.column)}'
    target = walk.catalog.declaration(get_named_type(wanted.field.type).name)
    joined = await walk.joined(declaration, rows, target, join, source.where)
    objects = await walk.objects(target, [each[0] for each in joined.values() if each], wanted.below)
    return {above: objects[below[0]] for above, below in joined.items() if below}


async def _many(walk: "Walk", declaration: Declaration, rows: list[Any], wanted: Wanted, source: Many) -> "Found":
    target = walk.catalog.declaration(get_named_type(wanted.field.type).name)
    joined = await walk.joined(declaration, rows, target, source.on, source.where)
    order = read_order(target, source.order)
    listed = {above: (await walk.lists.ordered(order, of))[: source.limit] for above, of in joined.items()}
    objects = await walk.objects(target, [each for of in listed.values() for each in of], wanted.below)
    return {above: [objects[each] for each in of] for above, of in listed.items()}


async def _one_of(walk: "Walk", declaration: Declaration, rows: list[Any], wanted: Wanted, source: OneOf) -> "Found":
    spots = [each if "{row}" in each else f"{{row}}.{declaration.column(each)}" for each in (source.kind, source.id)]
    kinds, ids = [await walk.world.values(declaration.table, sql, rows) for sql in spots]
    found: Found = {}
    for kind, member in source.members.items():
        target = entity_named(member)
        held = {ids[each] for each in rows if kinds[each] == kind and ids[each] is not None}
        there = (await walk.world.values(target.table, '{row}."id"', held)).keys() & held
        objects = await walk.objects(target, await walk.visible(target, there), wanted.below)
        found |= {each: objects.get(ids[each]) for each in rows if kinds[each] == kind}
    return found


async def connections(
    walk: "Walk", target: Declaration, joined: Mapping[Any, list[Any]], page: Page | None, below: "Shapes"
) -> "Found":
    """One connection for each list of visible rows."""
    if page is None:
        raise MisdeclaredRead(f"{target.name}: a connection without a page")
    matching = joined
    if page.condition is not None:
        every = list(dict.fromkeys(each for of in joined.values() for each in of))
        held = set(await walk.judge.holding(page.condition, target.table, every, asked=True))
        matching = {above: [each for each in of if each in held] for above, of in joined.items()}
    pages = {above: await walk.lists.cut(page, of) for above, of in matching.items()}
    (fields,) = below.values()
    made = {above: Told() for above in joined}
    for wanted in fields:
        if wanted.name == "totalCount":
            values = {above: total(wanted, len(of)) for above, of in matching.items()}
        else:
            values = await _paged(walk, target, page, pages, wanted)
        for above, value in values.items():
            made[above].values[wanted.key] = value
    return dict(made)


async def _paged(
    walk: "Walk", target: Declaration, page: Page, pages: Mapping[Any, tuple[list[Any], bool]], wanted: Wanted
) -> "Found":
    shown = list(dict.fromkeys(each for of, _ in pages.values() for each in of))
    if wanted.name == "nodes":
        items = await walk.objects(target, shown, wanted.below)
    else:
        cursors = await walk.lists.cursors(page, shown)
        if wanted.name == "pageInfo":
            return {
                above: around(wanted, page, [cursors[each] for each in of], more=more)
                for above, (of, more) in pages.items()
            }
        items = await _edges(walk, target, shown, wanted, cursors)
    return {above: [items[each] for each in of] for above, (of, _) in pages.items()}


async def _edges(
    walk: "Walk", target: Declaration, shown: list[Any], wanted: Wanted, cursors: Mapping[Any, str]
) -> "Found":
    (fields,) = wanted.below.values()
    made = {each: Told() for each in shown}
    for field in fields:
        known = cursors if field.name == "cursor" else await walk.objects(target, shown, field.below)
        for each, edge in made.items():
            edge.values[field.key] = known[each]
    return dict(made)
