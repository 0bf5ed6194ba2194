"""Conditions over a row's own columns as plain functions: what many lists ask of every row that changes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from domain.core.predicates import Ago, AllOf, Always, AnyOf, Compare, Condition, Holds, IsNull, Not, Op, Viewer

Row = Mapping[str, Any]
Verdict = Callable[[Row, datetime], bool]
_TESTS: dict[Op, Callable[[str, Any], Verdict]] = {
    Op.EQ: lambda name, other: lambda row, _: (value := row[name]) is not None and value == other,
    Op.NEQ: lambda name, other: lambda row, _: (value := row[name]) is not None and value != other,
    Op.LT: lambda name, other: lambda row, _: (value := row[name]) is not None and value < other,
    Op.LTE: lambda name, other: lambda row, _: (value := row[name]) is not None and value <= other,
    Op.GT: lambda name, other: lambda row, _: (value := row[name]) is not None and value > other,
    Op.GTE: lambda name, other: lambda row, _: (value := row[name]) is not None and value >= other,
    Op.IN: lambda name, other: lambda row, _: (value := row[name]) is not None and value in other,
    Op.NIN: lambda name, other: lambda row, _: (value := row[name]) is not None and value not in other,
}


def always(_row: Row, _now: datetime) -> bool:
    """True of every row."""
    return True


def never(_row: Row, _now: datetime) -> bool:
    """True of none."""
    return False


def verdict(condition: Condition, viewer: object) -> Verdict:
    """What `predicates.matches` says of a row to this viewer, who is asked once. TypeError where more decides than the
    row's own columns, and for what is searched in texts.
    """
    match condition:
        case Always(fixed):
            return always if fixed else never
        case Holds(value, attribute):
            return always if value in getattr(viewer, attribute) else never
        case IsNull(field, expected):
            name = field.name
            return lambda row, _: (row[name] is None) is expected
        case Compare():
            return _compared(condition, viewer)
        case Not(of):
            return _denied(verdict(of, viewer))
        case AllOf(parts):
            return _every([verdict(part, viewer) for part in parts])
        case AnyOf(parts):
            return _denied(_every([_denied(verdict(part, viewer)) for part in parts]))
    raise TypeError(f"no verdict for {condition!r}")


def _compared(condition: Compare, viewer: object) -> Verdict:
    name, operand, test = condition.field.name, condition.operand, _TESTS.get(condition.op)
    if test is None:
        raise TypeError(f"no verdict for {condition!r}")
    if isinstance(operand, Ago):
        offset, relative = operand.offset, test
        return lambda row, now: relative(name, now + offset)(row, now)
    other = _plain(getattr(viewer, operand.attribute) if isinstance(operand, Viewer) else operand)
    return never if other is None else test(name, other)


def _denied(of: Verdict) -> Verdict:
    if of is always or of is never:
        return never if of is always else always
    return lambda row, now: not of(row, now)


def _every(parts: Sequence[Verdict]) -> Verdict:
    if never in parts:
        return never
    left = [part for part in parts if part is not always]
    match left:
        case []:
            return always
        case [only]:
            return only
        case [one, two]:
            return lambda row, now: one(row, now) and two(row, now)
    return lambda row, now: all(part(row, now) for part in left)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return frozenset(map(_plain, value))
    return value
