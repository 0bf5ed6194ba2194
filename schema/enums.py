"""The business's enums as clients see them: every value says what it means."""

import inspect
from enum import Enum
from typing import Any, TypeVar, cast

import strawberry

E = TypeVar("E", bound=Enum)


def describe(enum: type[E], **values: str) -> type[E]:
    """Makes an enum part of the contract. Every member must be described, and nothing else; its docstring is used."""
    names = {member.name for member in enum}
    if names != set(values):
        message = f"{enum.__name__}: describe exactly {', '.join(sorted(names ^ set(values)))}."
        raise TypeError(message)
    # an input read earlier may have met the enum already: one definition stays one
    made = enum if hasattr(enum, "__strawberry_definition__") else strawberry.enum(enum)
    definition = cast("Any", made).__strawberry_definition__
    definition.description = inspect.cleandoc(enum.__doc__ or "")
    for value in definition.values:
        value.description = values[value.name]
    return made
