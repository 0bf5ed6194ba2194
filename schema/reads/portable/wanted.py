"""What was asked for below one field, with its arguments read, before any row is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSkipDirective,
    SelectionSetNode,
    get_argument_values,
    get_directive_values,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    type_from_ast,
)

from schema.reads.catalog import Catalog
from schema.reads.portable.pages import Page, read_page
from schema.reads.sources import Connected, Source
from schema.reads.targets import listed_name

Info = GraphQLResolveInfo[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """One response key of one object type. ``below`` is by the object types its value can be."""

    key: str
    name: str
    python_name: str
    field: GraphQLField
    source: Source | None
    given: Mapping[str, Any]
    page: Page | None
    below: "Mapping[str, list[Wanted]]"


@dataclass(frozen=True, slots=True)
class Asking:
    """Reads selections of one request; what is wrong with an argument at any depth is refused at once.

    ``names`` gives the Python name of a field of a type; ``variables`` are the request's, coerced.
    """

    info: Info
    catalog: Catalog
    secret: bytes
    names: Callable[[str, str], str]
    variables: Any

    def below(self, types: list[GraphQLObjectType], nodes: list[FieldNode]) -> Mapping[str, list[Wanted]]:
        return {of.name: self._of_type(of, nodes) for of in types}

    def arguments(self, field: GraphQLField, node: FieldNode) -> dict[str, Any]:
        """Coerced, by the names clients use."""
        return get_argument_values(field, node, self.variables)

    def _of_type(self, of: GraphQLObjectType, nodes: list[FieldNode]) -> list[Wanted]:
        grouped: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for node in nodes:
            if node.selection_set is not None:
                for found in self._fields(of, node.selection_set, seen):
                    grouped.setdefault(found.alias.value if found.alias else found.name.value, []).append(found)
        return [
            self._wanted(of, key, found) for key, found in grouped.items() if not found[0].name.value.startswith("__")
        ]

    def _fields(self, of: GraphQLObjectType, selections: SelectionSetNode, seen: set[str]) -> Iterator[FieldNode]:
        for node in selections.selections:
            if self._left_out(node):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            fragment: Any = node
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in seen:
                    continue
                seen.add(node.name.value)
                fragment = self.info.fragments[node.name.value]
            if self._applies(of, fragment.type_condition):
                yield from self._fields(of, fragment.selection_set, seen)

    def _left_out(self, node: Any) -> bool:
        values = self.variables
        skip = get_directive_values(GraphQLSkipDirective, node, values)
        include = get_directive_values(GraphQLIncludeDirective, node, values)
        return (skip is not None and skip["if"]) or (include is not None and not include["if"])

    def _applies(self, of: GraphQLObjectType, condition: Any) -> bool:
        named: Any = None if condition is None else type_from_ast(self.info.schema, condition)
        return named is None or named is of or (is_abstract_type(named) and self.info.schema.is_sub_type(named, of))

    def _wanted(self, of: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Wanted:
        name = nodes[0].name.value
        field, source = of.fields[name], self.catalog.sources.get((of.name, name))
        given = self.arguments(field, nodes[0])
        page = None
        if isinstance(source, Connected):
            listed = self.catalog.declaration(listed_name(field.type))
            page = read_page(listed, given, source.order, self.secret, f"{of.name}.{name}")
        named = get_named_type(field.type)
        below = self.below(self.catalog.possible(named.name), nodes) if is_composite_type(named) else {}
        plain = {label: value.value if isinstance(value, Enum) else value for label, value in given.items()}
        return Wanted(key, name, self.names(of.name, name), field, source, plain, page, below)
