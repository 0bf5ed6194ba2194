"""A selection set as a tree of what is wanted, before any SQL: one `Wanted` per response key and runtime type."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_composite_type

from schema.reads.catalog import Catalog
from schema.reads.hooks import CoreExecutor as Executor
from schema.reads.hooks import Details, FieldDetails, field_of, subfields
from schema.reads.sources import Computed, Source


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """One response key. ``site`` numbers it among the fields whose arguments are read per request."""

    key: str
    name: str
    field: GraphQLField
    detail: FieldDetails
    source: Source | None
    python_name: str
    value: "Mapping[str, Shape] | None"
    site: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What is wanted of one object type. ``patched``: something here or below is computed in Python."""

    type: GraphQLObjectType
    wanted: tuple[Wanted, ...]
    patched: bool

    def only(self, name: str) -> Wanted | None:
        """The first thing wanted under that field name."""
        return next((each for each in self.wanted if each.name == name), None)


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A selected field that takes arguments. ``coordinate``: `Case.comments`."""

    field: GraphQLField
    detail: FieldDetails
    source: Source | None
    coordinate: str


Sites = list[Site]
"""The sites of one plan, in the order they were met."""


def shapes(
    executor: Executor[Any], catalog: Catalog, types: list[GraphQLObjectType], details: Details, sites: Sites
) -> Mapping[str, Shape]:
    """What is wanted, per object type the value can turn out to be."""
    return {of.name: _shape(executor, catalog, of, details, sites) for of in types}


def _shape(executor: Executor[Any], catalog: Catalog, of: GraphQLObjectType, details: Details, sites: Sites) -> Shape:
    wanted = tuple(
        wanted_of(executor, catalog, of, key, found, sites) for key, found in subfields(executor, of, details).items()
    )
    patched = any(
        isinstance(each.source, Computed) or any(shape.patched for shape in (each.value or {}).values())
        for each in wanted
    )
    return Shape(of, wanted, patched)


def wanted_of(
    executor: Executor[Any], catalog: Catalog, of: GraphQLObjectType, key: str, details: Details, sites: Sites
) -> Wanted:
    """What one selected field of ``of`` wants, with all that is below it; adds to ``sites`` what takes arguments."""
    detail = details[0]
    name = detail.node.name.value
    graphql_field = executor.schema.get_field(of, name)
    if graphql_field is None:  # validation came before
        raise LookupError(f"{of.name} has no field {name}")
    source = catalog.sources.get((of.name, name))
    site = None
    if graphql_field.args:
        site = len(sites)
        sites.append(Site(graphql_field, detail, source, f"{of.name}.{name}"))
    named = get_named_type(graphql_field.type)
    value = None
    if is_composite_type(named):
        value = shapes(executor, catalog, catalog.possible(named.name), details, sites)
    made_from = field_of(graphql_field)
    python_name = made_from.python_name if made_from is not None else name
    return Wanted(key, name, graphql_field, detail, source, python_name, value, site)
