"""What a predicate document can be refused for."""

from collections.abc import Sequence

from domain.core.errors import FieldProblem, ValidationFailed


class PredicateRefused(ValidationFailed):
    """The document is no predicate over these fields; the path leads to the wrong key or value."""

    code = "INVALID_FILTER"

    def __init__(self, path: Sequence[str | int], message: str) -> None:
        super().__init__([FieldProblem(tuple(path), self.code, message)])
        self.path = tuple(path)
