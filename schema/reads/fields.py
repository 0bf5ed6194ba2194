"""How fields are declared: each function says where a value comes from and is assigned in the class body."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from domain.core.predicates import Condition
from schema.reads.declarations import Declaration, declaration_of
from schema.reads.errors import MisdeclaredRead
from schema.reads.hooks import listed_type
from schema.reads.inputs import page_arguments
from schema.reads.sources import (
    SOURCE,
    Column,
    Computed,
    Connected,
    Expression,
    HumanKey,
    Many,
    OneOf,
    Reference,
    SameRow,
    Source,
    Where,
)


def _field(source: Source, description: str | None, deprecation_reason: str | None = None) -> Any:
    return strawberry.field(metadata={SOURCE: source}, description=description, deprecation_reason=deprecation_reason)


def column(
    name: str | None = None,
    *,
    prefix: str | None = None,
    shown_if: Condition | None = None,
    description: str | None = None,
    deprecation_reason: str | None = None,
) -> Any:
    """The column of the model's field of this name, or of ``name``. ``prefix`` makes an ID of another type."""
    return _field(Column(name, prefix, shown_if=shown_if), description, deprecation_reason)


def expression(
    sql: str,
    *,
    arguments: Mapping[str, Any] | None = None,
    prefix: str | None = None,
    shown_if: Condition | None = None,
    description: str | None = None,
    deprecation_reason: str | None = None,
) -> Any:
    """SQL over `{row}`, `{clock}`, `{viewer.x}` and `{argument.x}`; all but the row are bound."""
    found = _field(Expression(sql, arguments or {}, prefix, shown_if=shown_if), description, deprecation_reason)
    if arguments:
        found.arguments = [StrawberryArgument(name, None, StrawberryAnnotation(of)) for name, of in arguments.items()]
    return found


def key(*, description: str | None = None) -> Any:
    """The human key of the row."""
    return _field(HumanKey(), description)


def reference(
    column: str = "id",
    *,
    to: str = "id",
    on: str | None = None,
    where: Where = None,
    shown_if: Condition | None = None,
    description: str | None = None,
) -> Any:
    """The one row whose ``to`` our ``column`` holds, or that ``on`` says; null where the viewer may not see it."""
    return _field(Reference(column, to, where, on, shown_if=shown_if), description)


def joined(column: str | None, on: str | None) -> str:
    """How their rows belong to ours: by ``column`` of theirs that holds our id, or by ``on``; never both."""
    if (column is None) is (on is None):
        raise MisdeclaredRead("say their column, or on=, and not both")
    return on or f'{{row}}."{column}" = {{parent}}."id"'


def many(
    column: str | None = None,
    *,
    on: str | None = None,
    where: Where = None,
    order: str | None = None,
    limit: int = 200,
    description: str | None = None,
) -> Any:
    """All rows (at most ``limit``) whose ``column`` holds our id, that the viewer may see."""
    return _field(Many(joined(column, on), where, order, limit), description)


def same_row(*, kind: str | None = None, description: str | None = None) -> Any:
    """A part read from this very row; ``kind`` (SQL over `{row}`) chooses among a union's or interface's parts."""
    return _field(SameRow(kind), description)


def one_of(
    members: Mapping[str, Any],
    *,
    kind: str,
    id: str,  # noqa: A002 - the field's word
    description: str | None = None,
) -> Any:
    """A reference to a row of the entity that ``kind``'s value names; a member may be a function that returns it."""
    return _field(OneOf(members, kind, id), description)


def computed(
    *,
    needs: Sequence[str] | Mapping[str, str],
    compute: Callable[[Mapping[str, Any], Any], Any],
    description: str | None = None,
) -> Any:
    """``compute(row, viewer)`` after the fetch, once per row and only when selected. It may not query."""
    return _field(Computed(needs, compute), description)


class PagedField(StrawberryField):
    """A field whose arguments follow from what it is a connection of."""

    @property
    def arguments(self) -> list[StrawberryArgument]:
        if not self._arguments:
            listed = listed_type(self.type)
            declared: Declaration | None = declaration_of(listed)
            if declared is None:
                raise MisdeclaredRead(f"{self.python_name}: {listed} is no entity")
            self._arguments = page_arguments(declared)
        return self._arguments

    @arguments.setter
    def arguments(self, value: list[StrawberryArgument]) -> None:
        self._arguments = value


def connection(
    column: str | None = None,
    *,
    on: str | None = None,
    where: Where = None,
    order: str | None = None,
    description: str | None = None,
) -> Any:
    """The rows whose ``column`` holds our id, in pages."""
    return PagedField(metadata={SOURCE: Connected(joined(column, on), where, order)}, description=description)
