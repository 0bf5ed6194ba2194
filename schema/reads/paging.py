"""Writing a connection: one keyset page, its edges, what lies around it, and the count."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.core import predicates
from schema.reads.declarations import Declaration
from schema.reads.pages import Page, SortKey, cursor_sql, source_of
from schema.reads.parameters import Given
from schema.reads.selection import Shape, Wanted
from schema.reads.sources import Where
from schema.reads.texts import array_of, columns_of, json_of, object_of, said

if TYPE_CHECKING:
    from schema.reads.writer import Writer

COUNT_BOUND = 10_000
_PLACE = '"#"'
UNKNOWN = 10
"""PostgreSQL takes a limit it does not know for one in so many of the rows below it."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows a connection pages through; ``extra`` are conditions already written over `{row}`."""

    declaration: Declaration
    on: str
    where: Where
    parent: str


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one page as it is written; ``size`` is the placeholder of how many it has.

    ``numbered``: each has its place, from the edge on, and one beyond the page may be among them. That costs a window,
    so rows that need none are the page's own, in its order.
    """

    declaration: Declaration
    row: str
    page: Page
    site: int | None
    size: str
    numbered: bool

    @property
    def by(self) -> str:
        """The order that puts them as the page has them; empty where they come so."""
        return f"{self.row}.{_PLACE} {'DESC' if self.page.backward else 'ASC'}" if self.numbered else ""

    @property
    def within(self) -> str:
        return f"FILTER (WHERE {self.row}.{_PLACE} <= {self.size})" if self.numbered else ""


def write_page(writer: "Writer", shapes: Mapping[str, Shape], listing: Listing, site: int | None) -> str:
    """A scalar select of the connection's JSON object; counts and pages are only made where selected."""
    (shape,) = shapes.values()
    page = writer.pages[site]
    row = writer.alias()
    matching = _matching(writer, listing, page, row, site)
    size = writer.parameters(Given(site, "size"), "bigint")
    numbered = page.backward or shape.only("pageInfo") is not None
    rows = _Rows(listing.declaration, row, page, site, size, numbered)
    pairs = []
    paged = False
    with writer.listing(row) as joins:
        for wanted in shape.wanted:
            if wanted.name == "__typename":
                value = said(shape.type.name)
            elif wanted.name == "totalCount":
                value = _total(writer, wanted, listing.declaration.table, row, matching)
            else:
                paged = True
                value = _paged(writer, wanted, rows)
            pairs.append(writer.pair(wanted, value))
    found = f"SELECT {object_of(pairs)}"
    if not paged:
        return f"({found})"
    chosen = _chosen(writer, rows, matching, " ".join((found, *joins)))
    # one answer however many rows: what was selected alone might not aggregate
    return f"({found} FROM ({chosen}) AS {' '.join((row, *joins))} HAVING TRUE)"


def _matching(writer: "Writer", listing: Listing, page: Page, row: str, site: int | None) -> list[str]:
    conditions = [
        writer.over(listing.on, row, listing.parent),
        *writer.where(listing.where, row, listing.parent),
        *writer.visible(listing.declaration, row, on=listing.on, where=listing.where, parent=listing.parent),
    ]
    if page.condition is not None:
        conditions.append(writer.asked(page.condition, row, site, "filter"))
    return conditions


def _chosen(writer: "Writer", rows: _Rows, matching: list[str], told: str) -> str:
    page, row, site = rows.page, rows.row, rows.site
    order = tuple(key.reversed for key in page.order) if page.backward else page.order
    conditions = list(matching)
    if page.edge is not None:
        conditions.append(_after(writer, order, page.edge, row, site))
    by = writer.order_by(order, row)
    columns = [name for name in columns_of(told, row) if name != f"{row}.{_PLACE}"]
    if rows.numbered:
        columns.append(f"row_number() OVER (ORDER BY {by}) AS {_PLACE}")
    found = (
        f"SELECT {', '.join(columns) or '1'} FROM {source_of(rows.declaration, order)} AS {row} "
        f"WHERE {predicates.where(conditions)} ORDER BY {by} LIMIT"
    )
    if rows.numbered:
        return f"{found} {page.bound or writer.parameters(Given(site, 'limit'), 'bigint')}"
    if page.bound is None:
        return f"{found} {rows.size}"
    # which makes it expect as many rows as the bound says
    return f"SELECT * FROM ({found} {page.bound * UNKNOWN}) AS {row} LIMIT {rows.size}"


def _paged(writer: "Writer", wanted: Wanted, rows: _Rows) -> str:
    row, page = rows.row, rows.page
    if wanted.name == "nodes":
        node = writer.rows(wanted.value or {}, row, rows.declaration)
        return array_of(node, by=rows.by, within=rows.within)
    scope = writer.parameters(Given(rows.site, "scope"), "bytea")
    cursor = cursor_sql([writer.over(key.sql, row) for key in page.order], scope)
    if wanted.name == "edges":
        edge = _edge(writer, wanted, rows.declaration, row, cursor)
        return array_of(edge, by=rows.by, within=rows.within)
    cursors = f"(array_agg({cursor} ORDER BY {rows.by}) {rows.within})"
    return _page_info(writer, wanted, page, f"count({row}.{_PLACE})", cursors, rows.size)


def _edge(writer: "Writer", wanted: Wanted, declaration: Declaration, row: str, cursor: str) -> str:
    ((_, shape),) = (wanted.value or {}).items()
    pairs = []
    for each in shape.wanted:
        if each.name == "node":
            pairs.append(writer.pair(each, writer.rows(each.value or {}, row, declaration)))
        else:
            pairs.append(writer.pair(each, json_of(cursor) if each.name == "cursor" else said(shape.type.name)))
    return object_of(pairs)


def _page_info(writer: "Writer", wanted: Wanted, page: Page, count: str, cursors: str, size: str) -> str:
    ((_, shape),) = (wanted.value or {}).items()
    more, began = f"{count} > {size}", "TRUE" if page.edge is not None else "FALSE"
    values = {
        "hasNextPage": json_of(began if page.backward else more),
        "hasPreviousPage": json_of(more if page.backward else began),
        "startCursor": json_of(f"{cursors}[1]"),
        "endCursor": json_of(f"{cursors}[least({count}, {size})]"),
        "__typename": said(shape.type.name),
    }
    return object_of(writer.pair(each, values[each.name]) for each in shape.wanted)


def _total(writer: "Writer", wanted: Wanted, table: str, row: str, matching: list[str]) -> str:
    ((_, shape),) = (wanted.value or {}).items()
    values = {
        "value": f"least(count(*), {COUNT_BOUND})::text",
        "relation": f"CASE WHEN count(*) > {COUNT_BOUND} THEN {said('AT_LEAST')} ELSE {said('EXACT')} END",
        "__typename": said(shape.type.name),
    }
    told = object_of(writer.pair(each, values[each.name]) for each in shape.wanted)
    counted = f"SELECT FROM {table} AS {row} WHERE {predicates.where(matching)} LIMIT {COUNT_BOUND + 1}"
    return f"(SELECT {told} FROM ({counted}) AS counted HAVING TRUE)"


def _after(
    writer: "Writer", order: tuple[SortKey, ...], edge: tuple[str | None, ...], row: str, site: int | None
) -> str:
    """Rows that come after the edge in this order."""
    keys = [
        (key, writer.over(key.sql, row), None if value is None else _bound(writer, key, index, site))
        for index, (key, value) in enumerate(zip(order, edge, strict=True))
    ]
    uniform = len({key.descending for key, _, _ in keys}) == 1 and not any(key.nullable for key, _, _ in keys)
    if uniform:
        sign = "<" if order[0].descending else ">"
        return f"({', '.join(sql for _, sql, _ in keys)}) {sign} ({', '.join(bound or 'NULL' for _, _, bound in keys)})"
    found = ""
    for key, sql, bound in reversed(keys):
        beyond, same = _beyond(key, sql, bound)
        found = f"({beyond} OR ({same} AND {found}))" if found else f"({beyond})"
    first, sql, bound = keys[0]
    if bound is None or first.nullable:
        return found
    # follows from the rest, but only a plain comparison lets an index begin at the edge
    return f"{sql} {'<=' if first.descending else '>='} {bound} AND {found}"


def _bound(writer: "Writer", key: SortKey, index: int, site: int | None) -> str:
    return f"({writer.parameters(Given(site, ('edge', index)), 'text')})::{key.sort.sql_type}"


def _beyond(key: SortKey, sql: str, bound: str | None) -> tuple[str, str]:
    """Strictly after the edge by this key alone; and level with it."""
    if bound is None:
        return (f"{sql} IS NOT NULL" if key.nulls_first else "FALSE"), f"{sql} IS NULL"
    beyond = f"{sql} {'<' if key.descending else '>'} {bound}"
    if key.nullable and not key.nulls_first:
        beyond = f"({beyond} OR {sql} IS NULL)"
    return beyond, f"{sql} = {bound}"
