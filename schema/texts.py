"""Which texts a request may hold: PostgreSQL has no place for U+0000, and UTF-8 none for half of a surrogate pair."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import GraphQLError, StringValueNode, ValidationRule

from domain.core.errors import Refusal
from domain.core.texts import flaw_of

Path = tuple[str | int, ...]


class TextRefused(Refusal):
    """A text of the request holds a character that cannot be kept; ``path`` leads to it from the variables."""

    code = "NUL_CHARACTER"


def ensure_storable(variables: Mapping[str, Any]) -> None:
    """Refuses the first text among the variables, keys of objects included, that could not be kept. Costs one walk."""
    for path, text in _texts(variables):
        flaw = flaw_of(text)
        if flaw is not None:
            raise TextRefused(f"${'.'.join(map(str, path))}: {flaw}", path=path)


def _texts(variables: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    waiting: list[tuple[Path, Any]] = [((), variables)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, Mapping):
            yield from ((path, key) for key in value)
            waiting += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, index), inner) for index, inner in enumerate(value)]


class StorableLiterals(ValidationRule):
    """The same for texts written into the document itself."""

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        flaw = flaw_of(node.value)
        if flaw is not None:
            self.report_error(GraphQLError(flaw, node, extensions={"code": TextRefused.code}))
