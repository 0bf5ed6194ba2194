"""What a schema's types declare, looked up by GraphQL type; built once per schema."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, is_interface_type, is_object_type

from domain.core.ids import parse_public_id
from domain.core.predicates import Condition, Entity, Field
from domain.core.texts import quoted
from schema.reads.declarations import Declaration, Part, declaration_of, part_of
from schema.reads.errors import IdRefused, MisdeclaredRead
from schema.reads.hooks import definition_of, field_of, origin_of
from schema.reads.sources import SOURCE, Column, Source


@dataclass(frozen=True, slots=True)
class Catalog:
    """``named``: GraphQL types by name; ``of_class``: the type made from a class."""

    schema: GraphQLSchema
    declarations: Mapping[str, Declaration] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)
    of_class: Mapping[Any, GraphQLObjectType | GraphQLInterfaceType] = field(default_factory=dict)
    sources: Mapping[tuple[str, str], Source] = field(default_factory=dict)
    visibility: Mapping[str, Condition] = field(default_factory=dict)
    veils: Mapping[int, Condition] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    def declaration(self, type_name: str) -> Declaration:
        found = self.declarations.get(type_name)
        if found is None:
            raise MisdeclaredRead(f"{type_name} declares no table and no visibility")
        return found

    def guard(self, entity: Entity) -> Condition:
        """Which rows of a filter's related entity exist for the viewer; an entity no type shows is refused."""
        found = self.visibility.get(entity.name)
        if found is None:
            raise MisdeclaredRead(f"no readable type has the filters {entity.name}, so its visibility is unknown")
        return found

    def veil(self, field: Field) -> Condition | None:
        """When a filter's field may be looked at: as its column is shown or as it says itself, else always."""
        return self.veils.get(id(field), field.shown_if)

    def locate(self, text: str) -> tuple[str, Any, int | None]:
        """Type name, uuid, number of any entity's id or human key; refuses all else with INVALID_ID."""
        head, _, _ = text.rpartition("_")
        found = parse_public_id(head, text) if head in self.prefixes else None
        if found is not None:
            return self.prefixes[head], found, None
        head, _, digits = text.rpartition("-")
        if head in self.keys and digits.isascii() and digits.isdigit() and len(digits) < 19:
            return self.keys[head], None, int(digits)
        raise IdRefused(f"{quoted(text)} is no id. Ids look like case_0193…, keys like CASE-123.", path=("id",))

    def located(self, text: str) -> tuple[str, Any, int | None] | IdRefused:
        """The same, or why not."""
        try:
            return self.locate(text)
        except IdRefused as refused:
            return refused

    def places(self, texts: Iterable[str], *, all_known: bool) -> list[tuple[str | None, Any, int | None]]:
        """Where each of these is. What is no id is nowhere, or refused where ``all_known`` is wanted."""
        found: list[tuple[str | None, Any, int | None]] = []
        for each in map(self.located, texts):
            if isinstance(each, IdRefused) and all_known:
                raise each
            found.append((None, None, None) if isinstance(each, IdRefused) else each)
        return found

    def possible(self, type_name: str) -> list[GraphQLObjectType]:
        """The object types a type can turn out to be."""
        found = self.schema.type_map[type_name]
        return [found] if is_object_type(found) else list(self.schema.get_possible_types(found))  # type: ignore[arg-type]


_CATALOGS: WeakKeyDictionary[GraphQLSchema, Catalog] = WeakKeyDictionary()


def catalog_of(schema: GraphQLSchema) -> Catalog:
    """The schema's catalog; the first call reads every type, later ones are a look-up."""
    found = _CATALOGS.get(schema)
    if found is None:
        found = _CATALOGS[schema] = _read(schema)
    return found


def _read(schema: GraphQLSchema) -> Catalog:
    declarations: dict[str, Declaration] = {}
    parts: dict[str, Part] = {}
    of_class: dict[Any, GraphQLObjectType | GraphQLInterfaceType] = {}
    sources: dict[tuple[str, str], Source] = {}
    for name, of in schema.type_map.items():
        if not (is_object_type(of) or is_interface_type(of)) or definition_of(of) is None:
            continue
        cls = origin_of(of)
        of_class[cls] = of
        declaration, part = declaration_of(cls), part_of(cls)
        if declaration is not None:
            declarations[name] = declaration
        if part is not None:
            parts[name] = part
        for field_name, field_ in of.fields.items():
            made_from = field_of(field_)
            source = made_from.metadata.get(SOURCE) if made_from is not None else None
            if source is not None:
                sources[name, field_name] = source
    return Catalog(
        schema,
        declarations,
        parts,
        of_class,
        sources,
        visibility={d.filters.name: d.visible for d in declarations.values() if d.filters is not None},
        veils=_veils(schema, declarations, sources),
        prefixes={
            d.prefix: name for name, d in declarations.items() if d.prefix and d.kind is None and d.id_type == "uuid"
        },
        keys={d.key: name for name, d in declarations.items() if d.key},
    )


def hidden_columns(
    schema: GraphQLSchema, name: str, sources: Mapping[tuple[str, str], Source]
) -> Iterator[tuple[str, Condition]]:
    """The columns of a type that some viewers do not get, with the condition under which they do."""
    for field_name, of in schema.type_map[name].fields.items():  # type: ignore[attr-defined]
        source, made_from = sources.get((name, field_name)), field_of(of)
        if isinstance(source, Column) and source.shown_if is not None and made_from is not None:
            yield source.name or made_from.python_name, source.shown_if


def _veils(
    schema: GraphQLSchema, declarations: Mapping[str, Declaration], sources: Mapping[tuple[str, str], Source]
) -> Mapping[int, Condition]:
    found = {}
    for name, declaration in declarations.items():
        for column, shown in hidden_columns(schema, name, sources):
            if declaration.filters is not None and column in declaration.filters.fields:
                found[id(declaration.filters[column])] = shown
    return found
