"""Writing what is said of many rows: counts, aggregates, spreads and tallies, of what the viewer may see alone."""

from typing import TYPE_CHECKING, Any

from graphql import get_named_type

from domain.core import predicates
from schema.reads.declarations import Declaration
from schema.reads.errors import MisdeclaredRead
from schema.reads.leaves import leaf_sql
from schema.reads.selection import Shape, Wanted
from schema.reads.sources import Aggregate, Among, Count, Spread, Tally
from schema.reads.summaries import AT_ONCE, PERCENTILE
from schema.reads.targets import entity_named
from schema.reads.texts import array_of, object_of, said

if TYPE_CHECKING:
    from schema.reads.writer import Writer

VALUES_TOLD = 200
SPREAD = {
    "count": "count({x})",
    **AT_ONCE,
    **{name: PERCENTILE.replace("{at}", at) for name, at in (("p50", "0.5"), ("p90", "0.9"), ("p99", "0.99"))},
}


def write_among(writer: "Writer", wanted: Wanted, source: Among, parent: str) -> str:
    """A scalar select over the rows that belong to ``parent``."""
    declaration = entity_named(source.target)
    row = writer.alias()
    among = f"FROM {declaration.table} AS {row} WHERE {_matching(writer, declaration, source, row, parent)}"
    match source:
        case Count():
            return f"(SELECT count(*)::text {among})"
        case Aggregate(function=function, value=value):
            found = function.replace("{x}", value_sql(declaration, value, row, writer))
            told = leaf_sql(wanted.field.type, "v.x", prefix=None, where=wanted.name)
            # the value is told one level above the aggregate: how it is told may hold a select of its own
            return f"(SELECT {told} FROM (SELECT {found} AS x {among}) AS v)"
        case Spread(value=value):
            return _spread(writer, wanted, value_sql(declaration, value, row, writer), among)
        case Tally(value=value):
            return _tally(writer, wanted, value_sql(declaration, value, row, writer), among)
    raise MisdeclaredRead(f"{wanted.name}: {source!r} cannot be written")


def value_sql(declaration: Declaration, value: str, row: str, writer: "Writer") -> str:
    """What is counted or compared of a row."""
    return writer.over(value, row) if "{row}" in value else f"{row}.{declaration.column(value)}"


def _matching(writer: "Writer", declaration: Declaration, source: Among, row: str, parent: str) -> str:
    on, where = source.on, source.where
    belonging = [writer.over(on, row, parent), *writer.where(where, row, parent)]
    return predicates.where([*belonging, *writer.visible(declaration, row, on=on, where=where, parent=parent)])


def _spread(writer: "Writer", wanted: Wanted, value: str, among: str) -> str:
    shape = _only(wanted)
    names = dict.fromkeys(each.name for each in shape.wanted if each.name in SPREAD)
    columns = ", ".join(f'{SPREAD[name].replace("{x}", value)} AS "{name}"' for name in names)
    told = object_of(writer.pair(each, _told(each, shape)) for each in shape.wanted)
    return f"(SELECT {told} FROM (SELECT {columns or 'count(*)'} {among}) AS v)"


def _tally(writer: "Writer", wanted: Wanted, value: str, among: str) -> str:
    shape = _only(wanted)
    told = object_of(writer.pair(each, _told(each, shape)) for each in shape.wanted)
    counted = f'SELECT {value} AS "value", count(*) AS "count" {among} AND {value} IS NOT NULL GROUP BY 1'
    most = f'SELECT * FROM ({counted}) AS v ORDER BY "count" DESC, "value"::text LIMIT {VALUES_TOLD}'
    return f"(SELECT {array_of(told)} FROM ({most}) AS v)"


def _told(wanted: Wanted, shape: Shape) -> str:
    if wanted.name == "__typename":
        return said(shape.type.name)
    return leaf_sql(wanted.field.type, f'v."{wanted.name}"', prefix=None, where=f"{shape.type.name}.{wanted.name}")


def _only(wanted: Wanted) -> Shape:
    (shape,) = (wanted.value or {}).values()
    return shape


def told_type(of: Any, source: Among) -> Any:
    """The GraphQL type of what is told of ``source``'s value; refused where the field's type tells it otherwise."""
    if not isinstance(source, Spread | Tally):
        return of
    named = get_named_type(of)
    wanted = "maximum" if isinstance(source, Spread) else "value"
    fields = getattr(named, "fields", {})
    if wanted not in fields or "count" not in fields:
        word = type(source).__name__
        raise MisdeclaredRead(f"a {word.lower()} is told as one of reads' own {word} types, not as {named.name}")
    return fields[wanted].type
