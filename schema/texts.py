"""What a request may hold: PostgreSQL has no place for U+0000, UTF-8 none for half of a surrogate pair, and JSON as we
write it none for numbers beyond 64 bits."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import FloatValueNode, GraphQLError, IntValueNode, StringValueNode, ValidationRule, get_named_type

from domain.core.errors import Refusal
from domain.core.texts import flaw_of

Path = tuple[str | int, ...]
LONGEST_INTEGER = 20
"""Characters of the longest number of 64 bits."""


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
    """The same for texts and numbers written into the document itself."""

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        flaw = flaw_of(node.value)
        if flaw is not None:
            self.report_error(GraphQLError(flaw, node, extensions={"code": TextRefused.code}))

    def enter_int_value(self, node: IntValueNode, *_: Any) -> None:
        # Python refuses to read thousands of digits at all.
        if self._is_in_json() and (len(node.value) > LONGEST_INTEGER or not -(2**63) <= int(node.value) < 2**64):
            self._refuse(node, "A whole number has 64 bits at most. Send it as a text.")

    def enter_float_value(self, node: FloatValueNode, *_: Any) -> None:
        if self._is_in_json() and not math.isfinite(float(node.value)):
            self._refuse(node, "A number of that size cannot be kept. Send it as a text.")

    def _is_in_json(self) -> bool:
        """Whatever stands in an object or a list of a JSON value has no type."""
        of = self.context.get_input_type()
        return of is None or get_named_type(of).name == "JSON"

    def _refuse(self, node: IntValueNode | FloatValueNode, said: str) -> None:
        self.report_error(GraphQLError(said, node, extensions={"code": "INVALID_VALUE"}))
