"""Root fields that need no resolver of their own."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from domain.core.predicates import Condition, dump
from schema.reads.fields import PagedField
from schema.reads.selects import Mode, Read, declared, select
from schema.reads.types import Node

_ROOT = "caseward.root"
_NARROWING = "caseward.narrowing"
Resolve = Callable[[Mapping[str, Any]], Any]


class _RootField(StrawberryField):
    @property
    def is_basic_field(self) -> bool:
        return False

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:  # noqa: ARG002
        resolve: Resolve = self.metadata[_ROOT]
        return resolve(kwargs)


class _RootPagedField(PagedField, _RootField):
    """Its arguments are read where the page is bound: what it resolves to depends on none of them."""

    @property
    def is_basic_field(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Narrowing:
    """An argument of a list that stands for a condition, and for an order where it has one: ``wanted(id, viewer)``
    looks both up before the list's own statement."""

    argument: str
    description: str
    wanted: Callable[[str, Any], Awaitable[tuple[Condition, str | None]]]


class _NarrowedField(PagedField, _RootField):
    @property
    def arguments(self) -> list[StrawberryArgument]:
        narrowing: Narrowing = self.metadata[_NARROWING]
        of = StrawberryAnnotation(strawberry.ID)
        own = StrawberryArgument(narrowing.argument, None, of, description=narrowing.description)
        return [own, *super().arguments]

    @arguments.setter
    def arguments(self, value: list[StrawberryArgument]) -> None:
        self._arguments = value

    async def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        narrowing: Narrowing = self.metadata[_NARROWING]
        read: Read = super().get_result(source, info, args, kwargs)
        condition, order = await narrowing.wanted(kwargs[narrowing.argument], info.context.viewer)
        said = orjson.dumps(dump(condition), option=orjson.OPT_SORT_KEYS).decode()
        return replace(read, conditions=(*read.conditions, condition), order=order or read.order, narrowed_to=said)


def unasked(field: StrawberryField | None) -> Read | None:
    """The read a root field always stands for, whatever its arguments say; None where they have to be known first."""
    return field.metadata[_ROOT]({}) if isinstance(field, _RootPagedField) else None


def narrowed_connection(target: Any, narrowing: Narrowing, *, description: str | None = None) -> Any:
    """A root field that pages through those rows of ``target`` that an argument stands for and the viewer may see."""
    read = Read(target, Mode.CONNECTION)
    return _NarrowedField(metadata={_ROOT: lambda _: read, _NARROWING: narrowing}, description=description)


def root_connection(
    target: Any, *, where: Condition | None = None, order: str | None = None, description: str | None = None
) -> Any:
    """A root field that pages through every row of ``target`` the viewer may see."""
    read = Read(target, Mode.CONNECTION, () if where is None else (where,), order)
    return _RootPagedField(metadata={_ROOT: lambda _: read}, description=description)


def root_one(target: Any, *, description: str | None = None) -> Any:
    """A root field that takes `id` (an id or a human key); null where there is none the viewer may see."""
    of = declared(target)
    keyed = f", or the key: {of.key}-123" if of.key else ", or the key" if of.text_key else ""
    said = f"The id{keyed}{' of the version in effect' if of.current else ''}."
    return _root(lambda given: select(target).one(given["id"]), description, id=(strawberry.ID, said))


def root_node(*, description: str | None = None) -> Any:
    """`node(id)` over every entity of the schema that has a prefix."""
    return _root(
        lambda given: Read(Node, Mode.NODE, ids=(given["id"],)),
        description,
        id=(strawberry.ID, "The id, or the human key."),
    )


def root_nodes(*, description: str | None = None) -> Any:
    """`nodes(ids)`: one place per id, in their order; null where there is none the viewer may see."""
    return _root(
        lambda given: Read(Node, Mode.NODES, ids=tuple(given["ids"])),
        description,
        ids=(list[strawberry.ID], "At most 200 ids or human keys."),
    )


def _root(resolve: Resolve, description: str | None, **arguments: tuple[Any, str]) -> Any:
    found = _RootField(metadata={_ROOT: resolve}, description=description)
    found.arguments = [
        StrawberryArgument(name, None, StrawberryAnnotation(of), description=said)
        for name, (of, said) in arguments.items()
    ]
    return found
