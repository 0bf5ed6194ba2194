"""Fields of the row itself: columns, expressions, and what is computed from them."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from graphql import get_named_type

from domain.core.predicates import Kind, camel
from schema.reads.declarations import Declaration
from schema.reads.needs import needs_kinds
from schema.reads.portable.leaves import NEEDS, Read, as_is, leaf
from schema.reads.portable.rows import Later
from schema.reads.portable.wanted import Wanted
from schema.reads.portable.world import Argument, World
from schema.reads.sources import Column, Computed, Expression, HumanKey, Identity, Source

if TYPE_CHECKING:
    from schema.reads.portable.walk import Found

SQL_TYPES = {"Int": "bigint", "DateTime": "timestamptz", "Float": "double precision", "Boolean": "boolean"}


async def leaves(world: World, declaration: Declaration, rows: list[Any], wanted: Wanted) -> "Found":
    """The values of a column or expression."""
    sql, prefix, arguments = _asked(declaration, wanted, wanted.source)
    how = leaf(wanted.field.type, sql, prefix)
    values = await world.values(declaration.table, how.sql, rows, arguments)
    return {each: how.read(values[each]) for each in rows}


def _asked(declaration: Declaration, wanted: Wanted, source: Source | None) -> tuple[str, str | None, list[Argument]]:
    match source:
        case Identity():
            return '{row}."id"', declaration.prefix, []
        case HumanKey():
            return f"'{declaration.key}-' || {{row}}.{declaration.column(declaration.key_column)}", None, []
        case Column(name, prefix):
            return f"{{row}}.{declaration.column(name or wanted.python_name)}", prefix, []
        case Expression(sql, arguments, prefix):
            return sql, prefix, _arguments(wanted, arguments)
    raise TypeError(f"{wanted.name} is no value of its row")


def _arguments(wanted: Wanted, names: Iterable[str]) -> list[Argument]:
    found = []
    for name in names:
        label = camel(name)
        of = get_named_type(wanted.field.args[label].type).name
        found.append((f"{{argument.{name}}}", wanted.given.get(label), SQL_TYPES.get(of, "text")))
    return found


async def computed(world: World, declaration: Declaration, rows: list[Any], source: Computed) -> "Found":
    """The functions with what they need; they run when their fields are resolved."""
    needs: dict[str, Mapping[Any, Any]] = {}
    for name, kind in needs_kinds(source.needs, declaration).items():
        sql, read = _need(declaration, source, name, kind)
        values = await world.values(declaration.table, sql, rows)
        needs[name] = {each: None if values[each] is None else read(values[each]) for each in rows}
    return {
        each: Later(source.compute, {name: values[each] for name, values in needs.items()}, world.viewer)
        for each in rows
    }


def _need(declaration: Declaration, source: Computed, name: str, kind: Kind | None) -> tuple[str, Read]:
    if isinstance(source.needs, Mapping):
        return f"to_json({source.needs[name]})", as_is
    filtered = declaration.filters.fields.get(name) if declaration.filters is not None else None
    if filtered is not None:
        return filtered.sql, filtered.choices or NEEDS.get(filtered.kind, as_is)
    model = declaration.model
    stored = None if isinstance(model, str) else model._meta.fields_map.get(name)  # noqa: SLF001 - Tortoise names it so
    read: Read = getattr(stored, "enum_type", None) or (as_is if kind is None else NEEDS.get(kind, as_is))
    return f"{{row}}.{declaration.column(name)}", read
