"""What a schema's types declare, by strawberry's public look-ups alone."""

from collections.abc import Iterator, Mapping
from typing import Any, cast
from weakref import WeakKeyDictionary

from graphql import GraphQLSchema, is_interface_type, is_object_type
from strawberry.schema.base import BaseSchema
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from domain.core.predicates import Condition
from schema.reads.catalog import Catalog
from schema.reads.declarations import Declaration, declaration_of, part_of
from schema.reads.sources import SOURCE, Column

_CATALOGS: WeakKeyDictionary[GraphQLSchema, Catalog] = WeakKeyDictionary()


def catalog_of(schema: BaseSchema, core: GraphQLSchema) -> Catalog:
    """The catalog of a schema; the first call reads every type."""
    found = _CATALOGS.get(core)
    if found is None:
        found = _CATALOGS[core] = _read(schema, core)
    return found


def fields_of(schema: BaseSchema, type_name: str) -> Iterator[tuple[str, StrawberryField]]:
    """The fields of a type by the names clients use; none of introspection's types."""
    definition = schema.get_type_by_name(type_name)
    if isinstance(definition, StrawberryObjectDefinition):
        for field in definition.fields:
            yield schema.config.name_converter.get_graphql_name(field), field


def python_name(schema: BaseSchema, type_name: str, name: str) -> str:
    """What a field is called in Python."""
    return next(field.python_name for label, field in fields_of(schema, type_name) if label == name)


def _read(schema: BaseSchema, core: GraphQLSchema) -> Catalog:
    found = Catalog(core, {}, {}, {}, {}, {}, {}, {}, {})
    for name, of in core.type_map.items():
        definition = schema.get_type_by_name(name)
        if not (is_object_type(of) or is_interface_type(of)) or not isinstance(definition, StrawberryObjectDefinition):
            continue
        cls = (definition.concrete_of or definition).origin
        _keep(found.of_class, cls, of)
        declaration, part = declaration_of(cls), part_of(cls)
        if part is not None:
            _keep(found.parts, name, part)
        for label, field in fields_of(schema, name):
            source = field.metadata.get(SOURCE)
            if source is not None:
                _keep(found.sources, (name, label), source)
        if declaration is not None:
            _declare(found, name, declaration, dict(fields_of(schema, name)))
    return found


def _declare(found: Catalog, name: str, declaration: Declaration, fields: Mapping[str, StrawberryField]) -> None:
    _keep(found.declarations, name, declaration)
    if declaration.key:
        _keep(found.keys, declaration.key, name)
    if declaration.prefix and declaration.kind is None and declaration.id_type == "uuid":
        _keep(found.prefixes, declaration.prefix, name)
    if declaration.filters is None:
        return
    _keep(found.visibility, declaration.filters.name, declaration.visible)
    for field in fields.values():
        source = field.metadata.get(SOURCE)
        shown: Condition | None = source.shown_if if isinstance(source, Column) else None
        column = source.name or field.python_name if isinstance(source, Column) else ""
        if shown is not None and column in declaration.filters.fields:
            _keep(found.veils, id(declaration.filters[column]), shown)


def _keep(held: Any, key: Any, value: Any) -> None:
    cast("dict[Any, Any]", held)[key] = value
