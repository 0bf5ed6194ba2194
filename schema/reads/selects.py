"""Reads as values: a resolver returns one, the executor compiles it against what was selected."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from domain.core.ids import parse_public_id
from domain.core.predicates import Condition
from domain.core.texts import quoted
from schema.reads.declarations import Declaration, declaration_of
from schema.reads.errors import IdRefused, MisdeclaredRead
from schema.reads.types import Connection

T = TypeVar("T")
TEXT_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,126}")
"""What a short name looks like; texts of another form are told that they are no id."""


class Mode(StrEnum):
    """What the answer of a read is."""

    ONE = "ONE"
    LIST = "LIST"
    CONNECTION = "CONNECTION"
    NODE = "NODE"
    NODES = "NODES"


@dataclass(frozen=True, slots=True)
class Ref:
    """A row by its primary key (``serial`` where that is a number), or by its human key: a number or a short name."""

    id: UUID | None
    number: int | None = None
    serial: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What to read. ``ids`` holds what a client gave `node` and `nodes`; the target is then any entity."""

    target: Any
    mode: Mode
    conditions: tuple[Condition, ...] = ()
    order: str | None = None
    limit: int = 200
    ref: str | UUID | None = None
    ids: tuple[str, ...] = ()
    narrowed_to: str = ""
    """What an argument of the list stands for just now; its cursors are of no use for anything else."""


def declared(target: Any) -> Declaration:
    """The declaration of an entity or interface; refused where it has none."""
    found = declaration_of(target)
    if found is None:
        raise MisdeclaredRead(f"{target} is no entity: it declares no table and no visibility")
    return found


def ref(declaration: Declaration, text: str | UUID) -> Ref:
    """Reads `case_0193…`, `CASE-12` or a uuid; refuses all else with INVALID_ID."""
    if isinstance(text, UUID):
        return Ref(text)
    if declaration.id_type == "bigint":
        return Ref(None, serial=_serial(declaration, text))
    found = parse_public_id(declaration.prefix, text)
    if found is not None:
        return Ref(found)
    head, _, digits = text.rpartition("-")
    if declaration.key and head == declaration.key and digits.isascii() and digits.isdigit() and len(digits) < 19:
        return Ref(None, int(digits))
    if declaration.text_key and TEXT_KEY.fullmatch(text) and not text.startswith(f"{declaration.prefix}_"):
        return Ref(None, name=text)
    keyed = f" or {declaration.key}-123" if declaration.key else " or its key" if declaration.text_key else ""
    wanted = f"{declaration.prefix}_…{keyed}"
    raise IdRefused(f"{quoted(text)} is no id of {declaration.name}: {wanted} is needed.", path=("id",))


def _serial(declaration: Declaration, text: str) -> int:
    head, _, digits = text.rpartition("_")
    if head == declaration.prefix and digits.isascii() and digits.isdigit() and len(digits) < 19:
        return int(digits)
    raise IdRefused(f"{quoted(text)} is no id of {declaration.name}: {declaration.prefix}_123 is needed.", path=("id",))


@dataclass(frozen=True, slots=True)
class Select(Generic[T]):
    """Builds a read; every method that ends it is typed as what the answer becomes."""

    target: type[T]
    conditions: tuple[Condition, ...] = ()
    by: str | None = None

    def where(self, condition: Condition) -> "Select[T]":
        return replace(self, conditions=(*self.conditions, condition))

    def order(self, by: str) -> "Select[T]":
        """Names of sorts joined by commas, each with a minus for descending."""
        return replace(self, by=by)

    def one(self, id_or_key: str | UUID) -> T:
        """That row; null where there is none or the viewer may not see it."""
        return cast("T", Read(self.target, Mode.ONE, self.conditions, ref=id_or_key))

    def first(self) -> T:
        """The first row in order; null where there is none."""
        return cast("T", Read(self.target, Mode.ONE, self.conditions, self.by, 1))

    def list(self, *, limit: int = 200) -> "list[T]":
        return cast("list[T]", Read(self.target, Mode.LIST, self.conditions, self.by, limit))

    def connection(self) -> Connection[T]:
        """A page, chosen by the GraphQL field's own first, after, last, before, filter and orderBy."""
        return cast("Connection[T]", Read(self.target, Mode.CONNECTION, self.conditions, self.by))


def select(target: type[T]) -> Select[T]:
    """A read of the rows of an entity or interface."""
    return Select(target)


def one(target: type[T], id_or_key: str | UUID) -> T:
    """One row, for a mutation's payload or a subscription's event."""
    return Select(target).one(id_or_key)
