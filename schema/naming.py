"""What a subscription's operation asks for at its root."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    visit,
)

from schema.reads.hooks import core_schema


@dataclass(frozen=True, slots=True)
class Root:
    """The root field, and its argument ``after``; ``after_variable`` is the variable that is used for nothing else."""

    name: str
    after: int | None = None
    after_variable: str | None = None


def root_of(
    contract: Any, node: OperationDefinitionNode, document: DocumentNode, variables: Mapping[str, Any]
) -> Root | None:
    """None where the position is no whole number: the operation itself says then what is wrong."""
    field = _field(node.selection_set, document)
    if field is None:
        return None
    subscription = core_schema(contract).subscription_type
    of = subscription.fields.get(field.name.value) if subscription is not None else None
    argument = next((each.value for each in field.arguments or () if each.name.value == "after"), None)
    if of is None or "after" not in of.args or argument is None:
        return Root(field.name.value)
    if isinstance(argument, VariableNode):
        name = argument.name.value
        given = variables.get(name, _default(node, name))
        alone = name if _uses(document, name) == 1 else None
    else:
        given, alone = int(argument.value) if isinstance(argument, IntValueNode) else None, None
    try:
        after = None if given is None else of.args["after"].type.parse_value(given)
    except (GraphQLError, TypeError, ValueError):
        return None
    return Root(field.name.value, after, alone)


def _field(selected: SelectionSetNode, document: DocumentNode) -> FieldNode | None:
    for each in selected.selections:
        if isinstance(each, FieldNode):
            return each
        inner = _fragment(document, each.name.value) if isinstance(each, FragmentSpreadNode) else _inline(each)
        found = None if inner is None else _field(inner, document)
        if found is not None:
            return found
    return None


def _inline(node: SelectionNode) -> SelectionSetNode | None:
    return node.selection_set if isinstance(node, InlineFragmentNode) else None


def _fragment(document: DocumentNode, name: str) -> SelectionSetNode | None:
    for each in document.definitions:
        if isinstance(each, FragmentDefinitionNode) and each.name.value == name:
            return each.selection_set
    return None


def _default(node: OperationDefinitionNode, name: str) -> int | None:
    for each in node.variable_definitions or ():
        if each.variable.name.value == name and isinstance(each.default_value, IntValueNode):
            return int(each.default_value.value)
    return None


def _uses(document: DocumentNode, name: str) -> int:
    """How often a variable is used, its definitions aside."""
    found = 0

    class Finder(Visitor):
        def enter_variable(self, variable: VariableNode, _key: Any, parent: Any, *_: Any) -> None:
            nonlocal found
            found += variable.name.value == name and parent.kind != "variable_definition"

    visit(document, Finder())
    return found
