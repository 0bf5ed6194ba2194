"""What a request asks to be changed, as one: an idempotency key belongs to all of it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson
from graphql import (
    DirectiveLocation,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLNonNull,
    GraphQLString,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    print_ast,
)

IDEMPOTENT = GraphQLDirective(
    "idempotent",
    [DirectiveLocation.MUTATION],
    args={"key": GraphQLArgument(GraphQLNonNull(GraphQLString), description="1 to 255 characters, of your making.")},
    description="The operation may be sent again under this key for 24 hours and is done once; the same as the header"
    " Idempotency-Key, and before it.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The names in the answer of what an operation does, in order, and the digest of it: which mutations under which
    names with which arguments, in a document that writes them alike. What is read of the answers is no part of it."""

    names: tuple[str, ...]
    digest: str


def asked(document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Asked:
    """What a valid operation asks for, what ``@skip`` and ``@include`` leave out not counted. ``variables`` are
    coerced, so one left out is its default, given."""
    spreads = {part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)}
    found: dict[str, FieldNode] = {}
    for node in _fields(operation.selection_set, spreads, variables):
        found.setdefault(node.alias.value if node.alias else node.name.value, node)
    told = [
        (name, node.name.value, {each.name.value: _written(each.value, variables) for each in node.arguments or ()})
        for name, node in found.items()
    ]
    digest = hashlib.sha256(orjson.dumps(told, default=str, option=orjson.OPT_SORT_KEYS))
    return Asked(tuple(found), digest.hexdigest())


def key_of(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> str | None:
    """The key that a valid operation says it may be repeated under."""
    for each in operation.directives or ():
        if each.name.value == IDEMPOTENT.name:
            (argument,) = each.arguments or ()
            said = argument.value
            key = variables[said.name.value] if isinstance(said, VariableNode) else cast("StringValueNode", said).value
            return str(key)
    return None


def _fields(
    selected: SelectionSetNode, spreads: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]
) -> Iterator[FieldNode]:
    for node in selected.selections:
        if node.directives and _left_out(node, variables):
            continue
        if isinstance(node, FieldNode):
            yield node
        else:
            fragment: Any = spreads[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            yield from _fields(fragment.selection_set, spreads, variables)


def _left_out(node: Any, variables: Mapping[str, Any]) -> bool:
    for each in node.directives:
        if each.name.value in {"skip", "include"}:
            said = each.arguments[0].value
            holds = variables.get(said.name.value) if isinstance(said, VariableNode) else said.value
            if bool(holds) is (each.name.value == "skip"):
                return True
    return False


def _written(node: ValueNode, variables: Mapping[str, Any]) -> Any:
    match node:
        case VariableNode():
            name = node.name.value
            return {"given": variables[name]} if name in variables else {}
        case ListValueNode():
            return [_written(each, variables) for each in node.values]
        case ObjectValueNode():
            return {each.name.value: _written(each.value, variables) for each in node.fields}
        case _:
            return print_ast(node)
