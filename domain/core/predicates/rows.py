"""Conditions over one row in Python: the same verdict SQL gives, without the database."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from domain.core import search
from domain.core.predicates.conditions import (
    NO_ROWS_ID,
    Ago,
    AllOf,
    Always,
    AnyOf,
    Compare,
    Condition,
    Holds,
    IsNull,
    Keyed,
    Not,
    Op,
    Quantifier,
    Related,
    Viewer,
)
from domain.core.predicates.entities import Field
from domain.core.predicates.sql import Guard, Veil

Row = Mapping[str, Any]
Named = Callable[[Keyed], UUID | None]
"""The id of the row that a human key means; None where there is none."""
_COMPARATORS: dict[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: operator.eq,
    Op.NEQ: operator.ne,
    Op.LT: operator.lt,
    Op.LTE: operator.le,
    Op.GT: operator.gt,
    Op.GTE: operator.ge,
    Op.IN: lambda value, many: value in many,
    Op.NIN: lambda value, many: value not in many,
    Op.CONTAINS: lambda value, part: part in value,
    Op.STARTS_WITH: lambda value, part: value.startswith(part),
}


def matches(
    condition: Condition,
    row: Row,
    *,
    viewer: object = None,
    now: datetime | None = None,
    guard: Guard | None = None,
    veil: Veil | None = None,
    named: Named | None = None,
) -> bool:
    """Whether the row satisfies the condition.

    ``row`` holds values under field names; a to-many relation is a sequence of such rows, a to-one a row or None.
    ``now`` is needed by relative times, ``viewer`` by viewer parameters; ``guard`` and ``veil`` are as in `to_sql`.
    ``named`` looks human keys up: a row alone does not tell whose number one is, and without it none is anybody's.
    """
    return _Judge(viewer, now, guard, veil, named).of(condition, row)


@dataclass(frozen=True, slots=True)
class _Judge:
    viewer: object
    now: datetime | None
    guard: Guard | None
    veil: Veil | None
    named: Named | None

    def of(self, condition: Condition, row: Row) -> bool:
        match condition:
            case Always(verdict):
                return verdict
            case Compare():
                return self._compare(condition, self._value(condition.field, row))
            case IsNull(field, expected):
                return (self._value(field, row) is None) is expected
            case Holds(value, attribute):
                return value in getattr(self.viewer, attribute)
        return self._compound(condition, row)

    def _value(self, field: Field, row: Row) -> Any:
        shown = self.veil(field) if self.veil is not None else None
        if shown is not None and not matches(shown, row, viewer=self.viewer, now=self.now):
            return None
        return _plain(row[field.name])

    def _compound(self, condition: Condition, row: Row) -> bool:
        match condition:
            case AllOf(of):
                return all(self.of(part, row) for part in of)
            case AnyOf(of):
                return any(self.of(part, row) for part in of)
            case Not(of):
                return not self.of(of, row)
            case Related():
                return self._related(condition, row)
        raise TypeError(f"no verdict for {condition!r}")

    def _related(self, condition: Related, row: Row) -> bool:
        found = row[condition.relation.name]
        rows = [found] if isinstance(found, Mapping) else list(found or ())
        if self.guard is not None:
            seen = self.guard(condition.relation.target())
            rows = [each for each in rows if matches(seen, each, viewer=self.viewer, now=self.now)]
        verdicts = (self.of(condition.of, each) for each in rows)
        match condition.quantifier:
            case Quantifier.NONE:
                return not any(verdicts)
            case Quantifier.EVERY:
                return all(verdicts)
        return any(verdicts)

    def _compare(self, condition: Compare, value: Any) -> bool:
        operand = self._operand(condition.operand)
        if value is None or operand is None:
            return False
        if condition.op is Op.SEARCH:
            return search.holds(value, operand, key=condition.field.key)
        return _COMPARATORS[condition.op](value, _plain(operand))

    def _operand(self, operand: Any) -> Any:
        match operand:
            case Viewer(attribute):
                return getattr(self.viewer, attribute)
            case Ago(offset):
                if self.now is None:
                    raise ValueError("a relative time needs now")
                return self.now + offset
            case Keyed():
                return (self.named(operand) if self.named is not None else None) or NO_ROWS_ID
        return operand


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return value
