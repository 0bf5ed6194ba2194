"""From a read to the statement that answers it, and what is kept between requests."""

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from graphql import GraphQLOutputType, get_named_type
from graphql.pyutils import Path

from domain.core import predicates
from schema.reads.catalog import Catalog, catalog_of
from schema.reads.declarations import Declaration
from schema.reads.hooks import CoreExecutor as Executor
from schema.reads.hooks import (
    Details,
    arguments,
    document_key,
    document_size,
    path_key,
    shaping_variables,
    variable,
    variables_of,
)
from schema.reads.pages import Page, is_steady, order_of, page_of, source_of
from schema.reads.paging import Listing, write_page
from schema.reads.parameters import Constant, Given, OfViewer, Recipe, value_of
from schema.reads.selection import Shape, Sites, shapes
from schema.reads.selects import Mode, Read, declared, ref
from schema.reads.sensitivity import with_notes
from schema.reads.sources import Connected
from schema.reads.targets import listed_name
from schema.reads.texts import array_of, columns_of
from schema.reads.writer import Writer

PLANS_KEPT = 1000
STATEMENTS_KEPT = 64
ASKED_KEPT = 2000
LONGEST_VARIABLES = 2000
CHARACTERS_KEPT = 64 * 1024 * 1024
"""Of documents and SQL together: what all plans of a process may hold."""
_PLACEHOLDER = re.compile(r"\$(\d+)(?=::)")
Values = dict[int | None, dict[Hashable, Any]]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and how its parameters get their values. ``noting``: it returns what of it is sensitive beside the answer."""

    sql: str
    recipes: tuple[Recipe, ...]
    noting: bool = False

    @property
    def rests_on(self) -> set[str]:
        """The attributes of the viewer that it takes, besides what they hold."""
        return {recipe.attribute for recipe in self.recipes if isinstance(recipe, OfViewer)}

    def values(self, viewer: object, given: Values) -> list[Any]:
        return [value_of(recipe, viewer, given) for recipe in self.recipes]


@dataclass(slots=True, eq=False)
class Plan:
    """What one place of one document wants, and the statements written for it so far."""

    shapes: Mapping[str, Shape]
    sites: Sites
    characters: int
    statements: OrderedDict[Hashable, Statement] = field(default_factory=OrderedDict)
    forgotten: bool = False

    @property
    def patched(self) -> bool:
        return any(shape.patched for shape in self.shapes.values())


@dataclass(frozen=True, slots=True)
class Asked:
    """What the arguments below one entry come to: values by site, and the pages. Says nothing of who asks."""

    given: Values
    pages: Mapping[int | None, Page]
    shape: Hashable


class Plans:
    """Plans by document, place and directive variables; the longest unused are forgotten.

    Bounded by their number and, since documents differ a thousandfold, by the ``characters`` they hold together.
    """

    def __init__(self, *, characters: int = CHARACTERS_KEPT) -> None:
        self.kept: OrderedDict[Hashable, Plan] = OrderedDict()
        self.characters = 0
        self._most = characters
        self._shaping: OrderedDict[Hashable, tuple[str, ...]] = OrderedDict()
        self._asked: OrderedDict[tuple[Plan, bytes, Hashable], Asked] = OrderedDict()

    def plan(self, executor: Executor[Any], read: Read, of: GraphQLOutputType, details: Details, path: Path) -> Plan:
        document = (executor.schema, *document_key(executor))
        names = self._shaped_by(document, executor)
        flags = tuple(variable(executor, name) for name in names)
        target = (read.target, read.mode)
        key = (document, path_key(path), flags, target)
        found = self.kept.get(key)
        if found is None:
            found = self.kept[key] = _plan(executor, read, of, details)
            self._grow(found.characters)
        else:
            self.kept.move_to_end(key)
        return found

    def asked(self, plan: Plan, variables: bytes | None, more: Hashable, make: Callable[[], Asked]) -> Asked:
        """What a plan's arguments come to with these variables: read once, however often somebody looks again."""
        if variables is None or len(variables) > LONGEST_VARIABLES or plan.forgotten:
            return make()
        key = (plan, variables, more)
        found = self._asked.get(key)
        if found is None:
            found = self._asked[key] = make()
            if len(self._asked) > ASKED_KEPT:
                self._asked.popitem(last=False)
        else:
            self._asked.move_to_end(key)
        return found

    def keep(self, plan: Plan, key: Hashable, statement: Statement) -> None:
        """Adds a statement to a plan; the plan's longest unused one is forgotten where it has too many."""
        plan.statements[key] = statement
        grown = len(statement.sql)
        if len(plan.statements) > STATEMENTS_KEPT:
            _, oldest = plan.statements.popitem(last=False)
            grown -= len(oldest.sql)
        plan.characters += grown
        if not plan.forgotten:
            self._grow(grown)

    def _grow(self, characters: int) -> None:
        self.characters += characters
        while len(self.kept) > PLANS_KEPT or self.characters > self._most:
            _, oldest = self.kept.popitem(last=False)
            oldest.forgotten = True
            self.characters -= oldest.characters
            # what was asked of it would keep it, and with it all of its document
            for key in [key for key in self._asked if key[0] is oldest]:
                del self._asked[key]

    def _shaped_by(self, document: Hashable, executor: Executor[Any]) -> tuple[str, ...]:
        found = self._shaping.get(document)
        if found is None:
            found = self._shaping[document] = shaping_variables(executor)
            if len(self._shaping) > PLANS_KEPT:
                self._shaping.popitem(last=False)
        else:
            self._shaping.move_to_end(document)
        return found


def _plan(executor: Executor[Any], read: Read, of: GraphQLOutputType, details: Details) -> Plan:
    catalog = catalog_of(executor.schema)
    sites: Sites = []
    name = (
        get_named_type(of).name
        if read.mode in {Mode.CONNECTION, Mode.NODE, Mode.NODES}
        else catalog.of_class[read.target].name
    )
    possible = catalog.possible(name)
    if read.mode in {Mode.NODE, Mode.NODES}:
        possible = [each for each in possible if each.name in catalog.declarations]
    found = shapes(executor, catalog, possible, details, sites)
    return Plan(found, sites, document_size(executor))


@dataclass(frozen=True, slots=True)
class Bound:
    """One request's values for a plan, with the statement that takes them."""

    plan: Plan
    statement: Statement
    given: Values


def bind(
    executor: Executor[Any], plans: Plans, plan: Plan, read: Read, details: Details, coordinate: str, secret: bytes
) -> Bound:
    """Reads this request's arguments and finds, or writes, the statement of their shape."""
    catalog = catalog_of(executor.schema)
    asked = plans.asked(
        plan,
        variables_of(executor),
        (secret, read.order, _is_ranged(read), read.narrowed_to),
        lambda: _asked(executor, catalog, plan, read, details, coordinate, secret),
    )
    given = {**asked.given, None: _read_values(catalog, read) | asked.given[None]}
    key = (_read_shape(read, given[None]), asked.shape)
    statement = plan.statements.get(key)
    if statement is None:
        statement = _write(catalog, plan, read, asked.pages, given[None])
        plans.keep(plan, key, statement)
    else:
        plan.statements.move_to_end(key)
    return Bound(plan, statement, given)


def _is_ranged(read: Read) -> bool:
    return not all(map(is_steady, read.conditions))


def _asked(
    executor: Executor[Any], catalog: Catalog, plan: Plan, read: Read, details: Details, coordinate: str, secret: bytes
) -> Asked:
    given: Values = {None: {}}
    pages: dict[int | None, Page] = {}
    for index, site in enumerate(plan.sites):
        found = arguments(executor, site.field, site.detail)
        given[index] = _plain(found)
        if isinstance(site.source, Connected):
            listed = catalog.declaration(listed_name(site.field.type))
            pages[index] = page_of(listed, found, site.source.order, secret, site.coordinate)
            given[index] |= _page_values(pages[index])
    if read.mode is Mode.CONNECTION:
        own = arguments(executor, _entry(executor, coordinate), details[0])
        page = page_of(declared(read.target), own, read.order, secret, coordinate + read.narrowed_to)
        pages[None] = replace(page, ranged=_is_ranged(read))
        given[None] |= _page_values(pages[None])
    return Asked(given, pages, tuple((index, page.shape) for index, page in pages.items()))


def _entry(executor: Executor[Any], coordinate: str) -> Any:
    type_name, field_name = coordinate.split(".")
    return executor.schema.type_map[type_name].fields[field_name]  # type: ignore[attr-defined]


def _plain(found: Mapping[str, Any]) -> dict[Hashable, Any]:
    return {name: value.value if isinstance(value, Enum) else value for name, value in found.items()}


def _page_values(page: Page) -> dict[Hashable, Any]:
    values: dict[Hashable, Any] = {"size": page.size, "limit": page.size + 1, "scope": page.scope}
    if page.condition is not None:
        values |= {("filter", index): value for index, value in enumerate(predicates.literals(page.condition))}
    return values | {("edge", index): value for index, value in enumerate(page.edge or ())}


def _read_values(catalog: Catalog, read: Read) -> dict[Hashable, Any]:
    values: dict[Hashable, Any] = {"limit": read.limit}
    if read.ref is not None:
        found = ref(declared(read.target), read.ref)
        values |= {"id": found.id if found.serial is None else found.serial, "number": found.number}
        values["key"] = found.name
    if read.ids:
        located = catalog.places(read.ids, all_known=read.mode is Mode.NODE)
        values |= {"types": [name for name, _, _ in located], "ids": [found for _, found, _ in located]}
        values["numbers"] = [number for _, _, number in located]
    for place, condition in enumerate(read.conditions):
        values |= {((place, "where"), index): value for index, value in enumerate(predicates.literals(condition))}
    return values


def _read_shape(read: Read, values: Mapping[Hashable, Any]) -> Hashable:
    return (read.order, read.ref is None, _named_by(values), tuple(map(predicates.shape, read.conditions)))


def _write(
    catalog: Catalog, plan: Plan, read: Read, pages: Mapping[int | None, Page], values: Mapping[Hashable, Any]
) -> Statement:
    writer = Writer(catalog, pages)
    match read.mode:
        case Mode.CONNECTION:
            listing = Listing(declared(read.target), _conditions(writer, read), None, "")
            body = write_page(writer, plan.shapes, listing, None)
        case Mode.NODE | Mode.NODES:
            body = _write_nodes(writer, plan, read)
        case _:
            body = _write_rows(writer, plan, read, by=_named_by(values))
    sql = with_notes(body) if writer.noting else f"SELECT ({body})::text"
    return _numbered(sql, writer.parameters.recipes, noting=writer.noting)


def _numbered(sql: str, recipes: list[Recipe], *, noting: bool) -> Statement:
    """Leaves out parameters that were asked for but not written: PostgreSQL cannot tell their type."""
    used = sorted({int(found) for found in _PLACEHOLDER.findall(sql)})
    numbers = {old: new for new, old in enumerate(used, start=1)}
    text = _PLACEHOLDER.sub(lambda found: f"${numbers[int(found[1])]}", sql)
    return Statement(text, tuple(recipes[old - 1] for old in used), noting)


def _conditions(writer: Writer, read: Read) -> str:
    asked = [
        writer.asked(condition, "{row}", None, (place, "where")) for place, condition in enumerate(read.conditions)
    ]
    return predicates.where(asked)


def _named_by(values: Mapping[Hashable, Any]) -> str:
    """Which of a row's names the request gave."""
    return next((name for name in ("number", "key") if values.get(name) is not None), "id")


def _write_rows(writer: Writer, plan: Plan, read: Read, *, by: str) -> str:
    declaration = declared(read.target)
    row = writer.alias()
    conditions = [writer.over(_conditions(writer, read), row), *writer.visible(declaration, row)]
    if read.ref is not None:
        conditions.insert(0, _by_ref(writer, declaration, row, by=by))
    keys = order_of(declaration, read.order)
    order = writer.order_by(keys, row)
    limit = writer.parameters(Given(None, "limit"), "bigint")
    if read.ref is not None:
        found = writer.rows(plan.shapes, row, declaration)
        return f"SELECT {found} FROM {declaration.table} AS {row} WHERE {predicates.where(conditions)}"
    with writer.listing(row) as joins:
        found = writer.rows(plan.shapes, row, declaration)
    columns = ", ".join(columns_of(" ".join((found, *joins)), row)) or "1"
    rows = f"SELECT {columns} FROM {source_of(declaration, keys)} AS {row} WHERE {predicates.where(conditions)}"
    joined = " ".join((row, *joins))
    if read.mode is Mode.ONE:
        return f"SELECT {found} FROM ({rows} ORDER BY {order} LIMIT 1) AS {joined}"
    return f"SELECT {array_of(found)} FROM ({rows} ORDER BY {order} LIMIT {limit}) AS {joined}"


def _by_ref(writer: Writer, declaration: Declaration, row: str, *, by: str) -> str:
    if by == "key":
        return declaration.by_text_key(row, writer.parameters(Given(None, "key"), "text"))
    if by == "number":
        column = declaration.column(declaration.key_column)
        return f"{row}.{column} = {writer.parameters(Given(None, 'number'), 'bigint')}"
    return f'{row}."id" = {writer.parameters(Given(None, "id"), declaration.id_type)}'


def _write_nodes(writer: Writer, plan: Plan, read: Read) -> str:
    cases = []
    for name, shape in plan.shapes.items():
        declaration = writer.catalog.declaration(name)
        by_id = '{row}."id" = u.id'
        by = (
            f"({by_id} OR {{row}}.{declaration.column(declaration.key_column)} = u.number)"
            if declaration.key
            else by_id
        )
        found = writer.to_one({name: shape}, declaration, by, None, "", tagged=plan.patched)
        cases.append(f"WHEN {writer.parameters(Constant(name), 'text')} THEN {found}")
    node = f"CASE u.of {' '.join(cases)} END" if cases else "NULL::text"
    places = ", ".join(
        writer.parameters(Given(None, name), sql_type)
        for name, sql_type in (("types", "text[]"), ("ids", "uuid[]"), ("numbers", "bigint[]"))
    )
    rows = f"unnest({places}) WITH ORDINALITY AS u(of, id, number, place)"
    if read.mode is Mode.NODE:
        return f"SELECT {node} FROM {rows}"
    return f"SELECT {array_of(node, by='u.place')} FROM {rows}"
