"""Writing the statement: a tree of what is wanted becomes nested selects of JSON."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from graphql import get_named_type, get_nullable_type

from domain.core import predicates
from domain.core.predicates import Condition
from schema.reads.aggregates import write_among
from schema.reads.catalog import Catalog
from schema.reads.declarations import Declaration
from schema.reads.errors import MisdeclaredRead
from schema.reads.implied import remaining
from schema.reads.leaves import leaf_sql
from schema.reads.needs import needs_sql
from schema.reads.pages import Page, SortKey, order_of, source_of
from schema.reads.paging import Listing, write_page
from schema.reads.parameters import VIEWER_TYPES, Constant, Given, Parameters, SiteBinds
from schema.reads.promises import is_doubtful, marked
from schema.reads.selection import Shape, Wanted
from schema.reads.sensitivity import SETTING, noting
from schema.reads.sources import (
    Among,
    Column,
    Computed,
    Connected,
    Expression,
    HumanKey,
    Identity,
    Many,
    OneOf,
    Reference,
    SameRow,
    Where,
)
from schema.reads.targets import entity_named, listed_name
from schema.reads.texts import array_of, columns_of, object_of, said

CLOCK = "app_clock()"
TAG = "#type"
"""No response key can be this: it is no GraphQL name."""
Shapes = Mapping[str, Shape]


def needs_tags(shapes: Shapes) -> bool:
    """Whether whoever patches the answer has to be told which of several types a row turned out to be."""
    return len(shapes) > 1 and any(shape.patched for shape in shapes.values())


@dataclass(slots=True)
class Writer:
    """Writes one statement. ``pages`` are this request's pages by site: only their shape reaches the text.

    ``noting``: it notes sensitive rows. ``within`` is the prefix of the type whose field is being written. ``joins``:
    what has to be joined to the rows of a list, by their alias, for the JSON of each.
    """

    catalog: Catalog
    pages: Mapping[int | None, Page]
    parameters: Parameters = field(default_factory=Parameters)
    noting: bool = False
    within: str = ""
    joins: dict[str, list[str]] = field(default_factory=dict)
    _aliases: int = 0
    _seen: dict[str, Condition] = field(default_factory=dict)

    @contextmanager
    def listing(self, row: str) -> Iterator[list[str]]:
        """While the JSON of many rows is written: what it refers to may be joined to them instead of looked up."""
        self.joins[row] = []
        try:
            yield self.joins[row]
        finally:
            del self.joins[row]

    @contextmanager
    def _apart(self, row: str) -> Iterator[None]:
        """While something of only some rows is written: others need nothing joined for it."""
        joins = self.joins.pop(row, None)
        try:
            yield
        finally:
            if joins is not None:
                self.joins[row] = joins

    def alias(self) -> str:
        self._aliases += 1
        return f"t{self._aliases - 1}"

    def condition(self, condition: Condition, row: str) -> str:
        """A declared condition; its values are the declaration's."""
        return predicates.to_sql(condition, row=row, binds=self.parameters, clock=CLOCK)

    def asked(self, condition: Condition, row: str, site: int | None, group: Hashable) -> str:
        """A condition that came with the request; rows and values the viewer may not see count as absent."""
        binds = SiteBinds(self.parameters, site, group)
        catalog, own = self.catalog, self.parameters
        return predicates.to_sql(
            condition, row=row, binds=binds, clock=CLOCK, guard=catalog.guard, veil=catalog.veil, own=own
        )

    def visible(
        self, declaration: Declaration, row: str, *, on: str = "", where: Where = None, parent: str = ""
    ) -> list[str]:
        """Which rows exist for the viewer; for an interface also: only kinds that have a member.

        What ``parent``, whose rows they meet by ``on``, has answered is not asked again, nor what ``where`` has.
        """
        above, self._seen[row] = self._seen.get(parent), declaration.visible
        known = where if isinstance(where, Condition) else None
        asked = remaining(declaration.visible, seen=above, on=on, known=known)
        found = [self.condition(asked, row)]
        if declaration.kind is not None:
            kinds = [part.kind for _, part in self._members(declaration.name)]
            found.append(f"{self.over(declaration.kind, row)} = ANY({self.parameters(Constant(kinds), 'text[]')})")
        return found

    def where(self, where: Where, row: str, parent: str) -> list[str]:
        if where is None:
            return []
        return [self.over(where, row, parent) if isinstance(where, str) else self.condition(where, row)]

    def over(self, template: str, row: str, parent: str = "") -> str:
        """Declared SQL with its row, clock, viewer and arguments put in; all but the row become parameters."""
        found = template.replace("{row}", row).replace("{parent}", parent).replace("{clock}", CLOCK)
        for name, sql_type in VIEWER_TYPES.items():
            if f"{{viewer.{name}}}" in found:
                found = found.replace(f"{{viewer.{name}}}", self.parameters.viewer(name, sql_type))
        return found

    # objects

    def rows(self, shapes: Shapes, row: str, declaration: Declaration, *, tagged: bool = False) -> str:
        """The JSON of one row as whatever type it is."""
        if declaration.kind is None:
            found = self.object(next(iter(shapes.values())), row, declaration, tagged=tagged)
        else:
            found = self._cases(shapes, row, self.over(declaration.kind, row), declaration)
        return noting(self, declaration, row, found)

    def object(self, shape: Shape, row: str, declaration: Declaration, *, tagged: bool = False) -> str:
        """``tagged`` adds the type's name for whoever patches the answer."""
        pairs = [self.pair(each, self._value(each, shape, row, declaration)) for each in shape.wanted]
        if tagged:
            pairs.append((TAG, said(shape.type.name)))
        return object_of(pairs)

    def pair(self, wanted: Wanted, value: str) -> tuple[str, str]:
        # an alias is the client's word: bound; a field's own name is ours: written
        own = wanted.key == wanted.name
        return wanted.key if own else self.parameters(Constant(wanted.key), "text"), value

    def _members(self, type_name: str) -> list[tuple[str, Any]]:
        members = self.catalog.possible(type_name)
        return [(each.name, self.catalog.parts[each.name]) for each in members if each.name in self.catalog.parts]

    def _cases(self, shapes: Shapes, row: str, kind: str, declaration: Declaration) -> str:
        cases = []
        tagged = needs_tags(shapes)
        for name, shape in shapes.items():
            part = self.catalog.parts.get(name)
            if part is None or part.kind is None:
                raise MisdeclaredRead(f"{name} is told apart by kind, but declares none")
            with self._apart(row):
                found = self.object(shape, row, declaration, tagged=tagged)
            cases.append(f"WHEN {self.parameters(Constant(part.kind), 'text')} THEN {found}")
        return f"CASE ({kind})::text {' '.join(cases)} END"

    # fields

    def _value(self, wanted: Wanted, shape: Shape, row: str, declaration: Declaration) -> str:
        if wanted.name == "__typename":
            return said(shape.type.name)
        source = wanted.source
        if source is None:
            raise MisdeclaredRead(f"{shape.type.name}.{wanted.name} does not say where its value comes from")
        if source.shown_if is not None:
            with self._apart(row):
                found = self._from(wanted, shape, row, declaration)
            return f"CASE WHEN {self.condition(source.shown_if, row)} THEN {found} END"
        found = self._from(wanted, shape, row, declaration)
        return marked(found) if is_doubtful(wanted, declaration) else found

    def _from(self, wanted: Wanted, shape: Shape, row: str, declaration: Declaration) -> str:
        at = f"{shape.type.name}.{wanted.name}"
        match wanted.source:
            case Identity():
                return leaf_sql(wanted.field.type, f'{row}."id"', prefix=declaration.prefix, where=at)
            case HumanKey():
                number = f"{row}.{declaration.column(declaration.key_column)}"
                return f"'\"{declaration.key}-' || {number} || '\"'"
            case Column(name, prefix):
                column = f"{row}.{declaration.column(name or wanted.python_name)}"
                return leaf_sql(wanted.field.type, column, prefix=prefix, where=at)
            case Expression(sql, arguments, prefix):
                text = self.over(sql, row)
                for name in arguments:
                    text = text.replace(f"{{argument.{name}}}", self._argument(wanted, name))
                return leaf_sql(wanted.field.type, text, prefix=prefix, where=at)
            case Computed(needs):
                return needs_sql(self, needs, row, declaration)
        return self._nested(wanted, row, declaration)

    def _argument(self, wanted: Wanted, name: str) -> str:
        label = predicates.camel(name)
        given = get_nullable_type(wanted.field.args[label].type)
        sql_type = {"Int": "bigint", "DateTime": "timestamptz", "Float": "double precision", "Boolean": "boolean"}
        return self.parameters(Given(wanted.site, label), sql_type.get(getattr(given, "name", ""), "text"))

    def _nested(self, wanted: Wanted, row: str, declaration: Declaration) -> str:
        outer, self.within = self.within, declaration.prefix
        try:
            return self._below(wanted, row, declaration)
        finally:
            self.within = outer

    def _below(self, wanted: Wanted, row: str, declaration: Declaration) -> str:
        shapes = wanted.value or {}
        match wanted.source:
            case Reference(column, to, where, on):
                join = on or f'{{row}}."{to}" = {{parent}}.{declaration.column(column)}'
                return self._joined(self.to_one(shapes, self._target(wanted), join, where, row), row)
            case Many(on, where, order, limit):
                return self.listed(shapes, self._target(wanted), on, where, order, limit, row)
            case Connected(on, where):
                listing = Listing(self.catalog.declaration(listed_name(wanted.field.type)), on, where, row)
                return write_page(self, shapes, listing, wanted.site)
            case Among() as source:
                return write_among(self, wanted, source, row)
            case SameRow(kind):
                if kind is None:
                    return self.object(next(iter(shapes.values())), row, declaration)
                return self._cases(shapes, row, self.over(kind, row), declaration)
            case OneOf(members, kind, id_):
                return self._one_of(
                    shapes, members, self._spot(kind, row, declaration), self._spot(id_, row, declaration)
                )
        raise MisdeclaredRead(f"{wanted.name}: {wanted.source!r} cannot be written")

    def to_one(
        self, shapes: Shapes, declaration: Declaration, on: str, where: Where, parent: str, *, tagged: bool = False
    ) -> str:
        """A scalar select of the row's JSON; null where there is none or none the viewer may see."""
        row = self.alias()
        conditions = [self.over(on, row, parent), *self.where(where, row, parent)]
        conditions += self.visible(declaration, row, on=on, where=where, parent=parent)
        chosen = predicates.where(conditions)
        found = self.rows(shapes, row, declaration, tagged=tagged)
        return f"(SELECT {found} FROM {declaration.table} AS {row} WHERE {chosen} LIMIT 1)"

    def _joined(self, select: str, row: str) -> str:
        """A scalar select as a join to the rows of a list, so that PostgreSQL asks once for what many of them refer to.

        A limit below LATERAL keeps it from joining in any other way than row by row: the order of the rows stays. What
        notes the rows it shows is looked up where it is shown, and nowhere else.
        """
        if row not in self.joins or SETTING in select:
            return select
        alias = self.alias()
        self.joins[row].append(f"LEFT JOIN LATERAL {select} AS {alias} (found) ON TRUE")
        return f"{alias}.found"

    def listed(
        self,
        shapes: Shapes,
        declaration: Declaration,
        on: str,
        where: Where,
        order: str | None,
        limit: int,
        parent: str,
    ) -> str:
        """A select of a JSON array; empty where nothing matches."""
        row = self.alias()
        conditions = [self.over(on, row, parent), *self.where(where, row, parent)]
        conditions += self.visible(declaration, row, on=on, where=where, parent=parent)
        keys = order_of(declaration, order)
        by, source = self.order_by(keys, row), source_of(declaration, keys)
        with self.listing(row) as joins:
            items = array_of(self.rows(shapes, row, declaration))
        columns = ", ".join(columns_of(" ".join((items, *joins)), row)) or "1"
        of = f"SELECT {columns} FROM {source} AS {row} WHERE {predicates.where(conditions)} ORDER BY {by}"
        return f"(SELECT {items} FROM ({of} LIMIT {limit}) AS {' '.join((row, *joins))})"

    def order_by(self, order: Iterable[SortKey], row: str) -> str:
        return ", ".join(
            f"{self.over(key.sql, row)} {'DESC' if key.descending else 'ASC'}"
            + (
                f" NULLS {'FIRST' if key.nulls_first else 'LAST'}"
                if key.nullable and key.nulls_first is not key.descending
                else ""
            )
            for key in order
        )

    def _one_of(self, shapes: Shapes, members: Mapping[str, Any], kind: str, id_: str) -> str:
        cases = []
        for value, member in members.items():
            declaration = entity_named(member)
            of = {declaration.name: shapes[declaration.name]}
            found = self.to_one(of, declaration, f'{{row}}."id" = {id_}', None, "", tagged=needs_tags(shapes))
            cases.append(f"WHEN {self.parameters(Constant(value), 'text')} THEN {found}")
        return f"CASE ({kind})::text {' '.join(cases)} END"

    def _spot(self, name: str, row: str, declaration: Declaration) -> str:
        return self.over(name, row) if "{row}" in name else f"{row}.{declaration.column(name)}"

    # targets

    def _target(self, wanted: Wanted) -> Declaration:
        return self.catalog.declaration(get_named_type(wanted.field.type).name)
