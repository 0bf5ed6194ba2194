"""Where in its variables a client put what GraphQL refused: the library says it in words, or not at all."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_nullable_type,
    is_list_type,
    type_from_ast,
)
from strawberry.exceptions import StrawberryInputCoercionError

_VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid value(?: at ((?:\.\w+|\[\d+\])+))?:")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_FIELD = re.compile(r"(?:required|unknown) field '([^']*)'")

Path = list[str | int]


@dataclass(frozen=True, slots=True)
class Sent:
    """The operation whose variables these are, as they came."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    variables: Mapping[str, Any]


def of_variable(error: GraphQLError, sent: Sent | None) -> Path | None:
    """The path of a wrong value from the variables on; None where the error is about none."""
    found = _VARIABLE.match(error.message)
    if found is None:
        return _of_choice(sent) if isinstance(error, StrawberryInputCoercionError) and sent is not None else None
    steps: Path = [name or int(index) for name, index in _STEP.findall(found[2] or "")]
    field = _FIELD.search(error.message, found.end())
    return [found[1], *steps, *([field[1]] if field else [])]


def _of_choice(sent: Sent) -> Path | None:
    """That of the first input that takes exactly one field and has another number of them, or null."""
    for declared in sent.operation.variable_definitions or ():
        name = declared.variable.name.value
        if name in sent.variables:
            found = _unchosen(type_from_ast(sent.schema, declared.type), sent.variables[name], [name])
            if found is not None:
                return found
    return None


def _unchosen(of: Any, value: Any, path: Path) -> Path | None:
    of = get_nullable_type(of)
    if is_list_type(of):
        items = [([*path, place], item) for place, item in enumerate(value)] if isinstance(value, list) else []
        below = [(of.of_type, item, at) for at, item in items] or [(of.of_type, value, path)]
    elif isinstance(of, GraphQLInputObjectType) and isinstance(value, Mapping):
        if of.is_one_of or of.extensions["strawberry-definition"].is_one_of:
            if len(value) != 1:
                return path
            if None in value.values():
                return [*path, *value]
        below = [(of.fields[name].type, inner, [*path, name]) for name, inner in value.items() if name in of.fields]
    else:
        return None
    return next((found for each in below if (found := _unchosen(*each)) is not None), None)
