"""Where a field's value comes from: one value per way of declaring a field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.core.predicates import Condition

SOURCE = "caseward.reads"
"""The key under which a strawberry field's metadata holds its source."""

Where = str | Condition | None


@dataclass(frozen=True, slots=True)
class Source:
    """``shown_if``: the value is null for rows of which this does not hold."""

    shown_if: Condition | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Column(Source):
    name: str | None = None
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Expression(Source):
    sql: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Identity(Source):
    """The public id of the row."""


@dataclass(frozen=True, slots=True)
class HumanKey(Source):
    """The key people say aloud."""


@dataclass(frozen=True, slots=True)
class Reference(Source):
    """``on`` joins `{row}` with `{parent}` where no column of ours holds theirs."""

    column: str
    to: str = "id"
    where: Where = None
    on: str | None = None


@dataclass(frozen=True, slots=True)
class Many(Source):
    """``on`` joins `{row}` with `{parent}`."""

    on: str
    where: Where = None
    order: str | None = None
    limit: int = 200


@dataclass(frozen=True, slots=True)
class Connected(Source):
    """To-many in pages."""

    on: str
    where: Where = None
    order: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Among(Source):
    """Something said of all the rows of ``target`` that belong here and that the viewer may see."""

    target: Any
    on: str
    where: Where = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Among):
    """How many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate(Among):
    """One number of them. ``function`` is SQL over `{x}`, ``value`` a column of theirs or SQL over `{row}`."""

    function: str
    value: str
    exact: bool = True
    """Whether whole numbers stay whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread(Among):
    """How their ``value`` is spread: the members of a `reads.Spread` that were selected, in one pass."""

    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally(Among):
    """How many of them per ``value``, the most first."""

    value: str


@dataclass(frozen=True, slots=True)
class SameRow(Source):
    """``kind`` tells the parts of a union or interface apart."""

    kind: str | None = None


@dataclass(frozen=True, slots=True)
class OneOf(Source):
    """``members``: value of ``kind`` → entity; both are columns or SQL over `{row}`."""

    members: Mapping[str, Any]
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Computed(Source):
    """``compute(row, viewer)``; ``needs`` are columns, or names with SQL over `{row}`."""

    needs: Sequence[str] | Mapping[str, str]
    compute: Callable[[Mapping[str, Any], Any], Any]
