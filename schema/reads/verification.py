"""Start-up checks: what is wrong with a declaration is said before the first request, all of it at once."""

from graphql import (
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_leaf_type,
    is_non_null_type,
    is_object_type,
)
from strawberry import Schema
from tortoise import Model

from domain.core.predicates import EVERYONE
from schema.reads.aggregates import told_type
from schema.reads.catalog import Catalog, catalog_of, hidden_columns
from schema.reads.declarations import Declaration
from schema.reads.errors import MisdeclaredRead
from schema.reads.hooks import core_schema, field_of
from schema.reads.leaves import leaf_sql
from schema.reads.needs import needs_kinds
from schema.reads.pages import order_of
from schema.reads.sources import (
    Aggregate,
    Among,
    Column,
    Computed,
    Connected,
    Count,
    HumanKey,
    Identity,
    Many,
    OneOf,
    Reference,
    SameRow,
    Source,
)
from schema.reads.targets import entity_named, listed_name, unwrapped

SPREADABLE = {"Float", "Duration", "Decimal"}
"""Scalars that hold what a mean or an interpolation gives."""


def verify(schema: Schema) -> None:
    """Refuses with MisdeclaredRead, naming every type and field that cannot be compiled as declared."""
    catalog = catalog_of(core_schema(schema))
    problems: list[str] = []
    for name, declaration in catalog.declarations.items():
        for of in catalog.possible(name):
            problems += _type(catalog, of, declaration)
        problems += _tried(lambda of=declaration: order_of(of, None))
        problems += _relations(catalog, declaration)
        problems += [
            f"{name}.{column} is hidden from some, so it can be no sort: an order would tell them"
            for column, _ in hidden_columns(catalog.schema, name, catalog.sources)
            if column in declaration.sorts
        ]
    if problems:
        raise MisdeclaredRead("These types cannot be read as declared:\n" + "\n".join(sorted(set(problems))))


def _tried(check: object) -> list[str]:
    try:
        check()  # type: ignore[operator]
    except MisdeclaredRead as wrong:
        return [str(wrong)]
    return []


def _relations(catalog: Catalog, declaration: Declaration) -> list[str]:
    """Filters reach related rows, so who may see those must be known, and by one condition."""
    found: list[str] = []
    if declaration.filters is not None:
        if catalog.guard(declaration.filters) != declaration.visible:
            found.append(f"{declaration.name} shares its filters with a type of different visibility")
        for relation in declaration.filters.relations.values():
            found += _tried(lambda of=relation: catalog.guard(of.target()))
    return found


def _type(catalog: Catalog, of: GraphQLObjectType, declaration: Declaration) -> list[str]:
    found: list[str] = []
    for name in of.fields:
        found += _tried(lambda name=name: _field(catalog, of, name, declaration))
    return found


def _field(catalog: Catalog, of: GraphQLObjectType, name: str, declaration: Declaration) -> None:
    at = f"{of.name}.{name}"
    source = catalog.sources.get((of.name, name))
    field = of.fields[name]
    if source is None:
        raise MisdeclaredRead(f"{at} does not say where its value comes from")
    if source.shown_if is not None and is_non_null_type(field.type):
        raise MisdeclaredRead(f"{at} is hidden from some, so its type must allow null")
    made_from = field_of(field)
    python_name = made_from.python_name if made_from is not None else name
    if isinstance(source, Among):
        _among(catalog, field.type, source, at)
    if is_leaf_type(get_named_type(field.type)) and not isinstance(source, Computed | Count):
        leaf_sql(field.type, "x", prefix=None, where=at)
    _source(source, at, python_name, declaration)
    if is_composite_type(get_named_type(field.type)) and not isinstance(source, Computed | Among):
        _target(catalog, field.type, source, at, declaration)
    if isinstance(source, Column):
        _nullability(field.type, source.name or python_name, at, declaration)


def _source(source: Source, at: str, python_name: str, declaration: Declaration) -> None:
    match source:
        case Column(name):
            declaration.column(name or python_name)
        case Reference(column):
            declaration.column(column)
        case HumanKey() | Identity():
            key = isinstance(source, HumanKey)
            declaration.column(declaration.key_column if key else "id")
            if not (declaration.key if key else declaration.prefix):
                raise MisdeclaredRead(f"{at}: {declaration.name} declares no {'key' if key else 'prefix'}")
        case Computed(needs):
            needs_kinds(needs, declaration)
        case OneOf(_, kind, id_):
            for spot in (kind, id_):
                if "{row}" not in spot:
                    declaration.column(spot)


def _among(catalog: Catalog, of: object, source: Among, at: str) -> None:
    target = entity_named(source.target)
    value = getattr(source, "value", None)
    if value is None:
        return
    if target.name not in catalog.declarations:
        raise MisdeclaredRead(f"{at}: {target.name} is no type of this schema, so who may see its values is unknown")
    if "{row}" not in value:
        target.column(value)
    if value in {column for column, _ in hidden_columns(catalog.schema, target.name, catalog.sources)}:
        raise MisdeclaredRead(f"{at}: {target.name}.{value} is hidden from some, so nothing is told of many")
    try:
        told = told_type(of, source)
    except MisdeclaredRead as wrong:
        raise MisdeclaredRead(f"{at}: {wrong}") from wrong
    leaf_sql(told, "x", prefix=None, where=at)
    if isinstance(source, Aggregate):
        _aggregate(of, source, at)


def _aggregate(of: object, source: Aggregate, at: str) -> None:
    name = get_named_type(of).name  # type: ignore[call-overload]
    if not source.exact and name not in SPREADABLE:
        raise MisdeclaredRead(f"{at}: a mean or a percentile is no {name}, but one of {', '.join(sorted(SPREADABLE))}")
    if is_non_null_type(of) and not source.function.startswith("COALESCE"):
        raise MisdeclaredRead(f"{at}: of no rows there is none, so its type must allow null")


def _nullability(of: object, name: str, at: str, declaration: Declaration) -> None:
    if isinstance(declaration.model, str) or not is_non_null_type(of):
        return
    model: type[Model] = declaration.model
    stored = model._meta.fields_map.get(name)  # noqa: SLF001 - Tortoise names it so
    if stored is not None and stored.null and not hasattr(unwrapped(of), "of_type"):
        raise MisdeclaredRead(f"{at}: the column may be null, so its type must allow null")


def _target(catalog: Catalog, of: object, source: Source, at: str, declaration: Declaration) -> None:
    named = get_named_type(of)  # type: ignore[call-overload]
    match source:
        case Reference():
            target = catalog.declaration(named.name)
            if is_non_null_type(of) and target.visible != EVERYONE:
                raise MisdeclaredRead(f"{at}: a viewer may not see every {named.name}, so its type must allow null")
        case Many(order=order):
            order_of(catalog.declaration(named.name), order)
        case Connected(order=order):
            _pages(catalog.declaration(listed_name(of)), order, at)
        case OneOf(members):
            strangers = {entity_named(member).name for member in members.values()}
            strangers -= {each.name for each in catalog.possible(named.name)}
            if strangers:
                raise MisdeclaredRead(f"{at}: {', '.join(sorted(strangers))} is no {named.name}")
            if is_non_null_type(of):
                raise MisdeclaredRead(f"{at}: it may point at nothing a viewer may see, so its type must allow null")
        case SameRow(kind):
            _parts(catalog, named, kind, at, declaration)
        case _:
            raise MisdeclaredRead(f"{at}: {named.name} cannot be read this way")


def _pages(target: Declaration, order: str | None, at: str) -> None:
    for key in order_of(target, order):
        if not key.sort.sql_type:
            raise MisdeclaredRead(f"{at}: pages are ordered by {key.name}, which is no sort of {target.name}")


def _parts(catalog: Catalog, named: object, kind: str | None, at: str, declaration: Declaration) -> None:
    members = catalog.possible(named.name)  # type: ignore[attr-defined]
    if kind is None and not is_object_type(named):
        raise MisdeclaredRead(f"{at}: say by which kind the members are told apart")
    for member in members:
        part = catalog.parts.get(member.name)
        if part is None or (kind is not None and part.kind is None):
            raise MisdeclaredRead(f"{at}: {member.name} is no part" + (" with a kind" if kind else ""))
        problems = _type(catalog, member, declaration)
        if problems:
            raise MisdeclaredRead("\n".join(problems))
