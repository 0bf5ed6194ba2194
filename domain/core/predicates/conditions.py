"""The conditions themselves: values that compare equal, combine with & | ~ and hold no SQL of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from domain.core.predicates.entities import Field, Relation


class Op(StrEnum):
    """How a field is compared; the value is its name in documents."""

    EQ = "eq"
    NEQ = "neq"
    IN = "in"
    NIN = "nin"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    CONTAINS = "contains"
    STARTS_WITH = "startsWith"
    SEARCH = "search"


SET_OPS = frozenset({Op.IN, Op.NIN})


class Quantifier(StrEnum):
    """How many related rows must match; THAT is for to-one: there is one, and it does."""

    SOME = "some"
    NONE = "none"
    EVERY = "every"
    THAT = "that"


class Condition:
    """Anything that is true or false of a row, never unknown."""

    __slots__ = ()

    def __and__(self, other: Condition) -> Condition:
        return AllOf((self, other))

    def __or__(self, other: Condition) -> Condition:
        return AnyOf((self, other))

    def __invert__(self) -> Condition:
        return Not(self)


@dataclass(frozen=True, slots=True)
class Viewer:
    """An attribute of whoever asks: one value, or a set of them where the comparator takes many."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Ago:
    """A moment relative to the evaluation: ``offset`` is added to now."""

    offset: timedelta


NO_ROWS_ID = UUID(int=0)
"""An id no row has."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """The id of the row of ``table`` with a human key: CASE-12 is ``key`` CASE, ``number`` 12. Where none is, an id
    nobody has: all but that one are all, as are all but one that is hidden.
    """

    table: str
    key: str
    number: int


@dataclass(frozen=True, slots=True)
class Always(Condition):
    """The same verdict for every row."""

    verdict: bool


@dataclass(frozen=True, slots=True)
class Compare(Condition):
    """``operand``: a value, a tuple for in and nin, a Viewer or an Ago. False where either side is null."""

    field: Field
    op: Op
    operand: Any


@dataclass(frozen=True, slots=True)
class IsNull(Condition):
    field: Field
    expected: bool


@dataclass(frozen=True, slots=True)
class Holds(Condition):
    """Whoever asks has ``value`` in one of their sets (permissions, clearances); says nothing about the row."""

    value: str
    attribute: str = "permissions"


@dataclass(frozen=True, slots=True)
class AllOf(Condition):
    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not(Condition):
    of: Condition


@dataclass(frozen=True, slots=True)
class Related(Condition):
    """Over the rows at the other end of a relation. EVERY holds where there are none."""

    relation: Relation
    quantifier: Quantifier
    of: Condition


EVERYONE = Always(verdict=True)
NOBODY = Always(verdict=False)


def viewer(attribute: str) -> Viewer:
    """An attribute of the actor who asks, e.g. ``teams`` or ``person_id``."""
    return Viewer(attribute)


def holds(value: str, *, attribute: str = "permissions") -> Condition:
    """Whether whoever asks has this permission (or this value in another of their sets)."""
    return Holds(value, attribute)


def ago(*, weeks: int = 0, days: int = 0, hours: int = 0, minutes: int = 0) -> Ago:
    """So long before the evaluation."""
    return Ago(-timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes))
