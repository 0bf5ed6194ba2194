"""What a composite field leads to."""

from typing import Any

from graphql import get_named_type, get_nullable_type

from schema.reads.declarations import Declaration, declaration_of
from schema.reads.errors import MisdeclaredRead


def unwrapped(of: Any) -> Any:
    """The type without its outermost non-null."""
    return get_nullable_type(of)


def listed_name(of: Any) -> str:
    """The name of the type a connection type lists."""
    named: str = get_named_type(get_named_type(of).fields["nodes"].type).name
    return named


def entity_named(target: Any) -> Declaration:
    """The declaration of a class, or of what a function returns where the class comes later."""
    found = declaration_of(target) or declaration_of(target())
    if found is None:
        raise MisdeclaredRead(f"{target} is no entity")
    return found
