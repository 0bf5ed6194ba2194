"""What is said of many rows: those that belong and may be seen are found here, the database adds them up."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from schema.reads.declarations import Declaration
from schema.reads.errors import MisdeclaredRead
from schema.reads.portable.leaves import leaf
from schema.reads.portable.rows import Told, plain
from schema.reads.portable.wanted import Wanted
from schema.reads.sources import Aggregate, Among, Count, Spread, Tally
from schema.reads.summaries import AT_ONCE, PERCENTILE
from schema.reads.targets import entity_named

if TYPE_CHECKING:
    from schema.reads.portable.walk import Found, Walk

MOST_VALUES = 200
PARTS = {"count": "count({x})", **AT_ONCE} | {
    f"p{share}": PERCENTILE.replace("{at}", f"0.{share}") for share in (50, 90, 99)
}


async def among(walk: "Walk", declaration: Declaration, rows: list[Any], wanted: Wanted, source: Among) -> "Found":
    """The number, spread or tally for each of the rows."""
    target = entity_named(source.target)
    joined = await walk.joined(declaration, rows, target, source.on, source.where)
    match source:
        case Count():
            return {above: len(of) for above, of in joined.items()}
        case Aggregate(function=function, value=value):
            sql = function.replace("{x}", _value(target, value))
            return {above: await _told(walk, target, wanted.field.type, sql, of) for above, of in joined.items()}
        case Spread(value=value):
            return {above: await _spread(walk, target, wanted, value, of) for above, of in joined.items()}
        case Tally(value=value):
            return {above: await _tally(walk, target, wanted, value, of) for above, of in joined.items()}
    raise MisdeclaredRead(f"{wanted.name}: {source!r} cannot be walked")


def _value(target: Declaration, value: str) -> str:
    return value if "{row}" in value else f"{{row}}.{target.column(value)}"


async def _told(walk: "Walk", target: Declaration, of: Any, sql: str, rows: list[Any]) -> Any:
    how = leaf(of, "v.x", None)
    return how.read(await walk.world.over(target.table, sql, rows, told=how.sql))


async def _spread(walk: "Walk", target: Declaration, wanted: Wanted, value: str, rows: list[Any]) -> Told:
    (fields,) = wanted.below.values()
    found = {}
    for each in fields:
        sql = PARTS[each.name].replace("{x}", _value(target, value))
        found[each.name] = await _told(walk, target, each.field.type, sql, rows)
    return plain(fields, **found)


async def _tally(walk: "Walk", target: Declaration, wanted: Wanted, value: str, rows: list[Any]) -> list[Told]:
    (fields,) = wanted.below.values()
    sql = _value(target, value)
    texts = await walk.world.values(target.table, f"({sql})::text", rows)
    counted = Counter(texts[each] for each in rows if texts[each] is not None)
    ranks = await walk.world.ranks(counted)
    most = sorted(counted, key=lambda text: (-counted[text], ranks[text]))[:MOST_VALUES]
    of = next((each.field.type for each in fields if each.name == "value"), None)
    values = {} if of is None else await _values(walk, target, of, sql, rows, texts)
    return [plain(fields, value=values.get(text), count=counted[text]) for text in most]


async def _values(walk: "Walk", target: Declaration, of: Any, sql: str, rows: list[Any], texts: Any) -> dict[str, Any]:
    how = leaf(of, sql, None)
    found = await walk.world.values(target.table, how.sql, rows)
    return {texts[each]: how.read(found[each]) for each in rows if texts[each] is not None}
