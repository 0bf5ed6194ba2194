"""Conditions as SQL. Values are only ever bound; text comes from declared fields.

An unknown (SQL's null) counts as false where a condition stands alone, under AND and under OR, so comparators need no
guard there and indexes stay usable; NOT is written IS NOT TRUE, which turns unknown and false alike into true.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from enum import Enum
from typing import Any, Protocol

from domain.core import search
from domain.core.predicates.conditions import (
    NO_ROWS_ID,
    SET_OPS,
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
from domain.core.predicates.entities import Entity, Field, Kind

Guard = Callable[[Entity], Condition]
"""Under which condition a related row exists for whoever asks."""
Veil = Callable[[Field], Condition | None]
"""Under which condition of its row a field's value is shown to whoever asks; elsewhere it counts as null."""
_SYMBOLS = {Op.EQ: "=", Op.NEQ: "<>", Op.LT: "<", Op.LTE: "<=", Op.GT: ">", Op.GTE: ">="}
_MICROSECOND = timedelta(microseconds=1)


class Binds(Protocol):
    """Gives out placeholders; each call is one operand, in the order of `literals`."""

    def literal(self, value: Any, sql_type: str) -> str: ...
    def viewer(self, attribute: str, sql_type: str) -> str: ...
    def holds(self, attribute: str, value: str) -> str: ...


class Positional:
    """Binds for a statement that runs once: ``$1…`` and their values; ``viewer`` is the actor, if any."""

    def __init__(self, viewer: object = None, *, start: int = 1) -> None:
        self.values: list[Any] = []
        self._viewer = viewer
        self._start = start

    def literal(self, value: Any, sql_type: str) -> str:
        self.values.append(value)
        return f"${self._start + len(self.values) - 1}::{sql_type}"

    def viewer(self, attribute: str, sql_type: str) -> str:
        return self.literal(viewer_value(self._viewer, attribute), sql_type)

    def holds(self, attribute: str, value: str) -> str:
        return self.literal(value in getattr(self._viewer, attribute), "boolean")


def viewer_value(viewer: object, attribute: str) -> Any:
    """An actor's attribute as the driver takes it: sets become lists."""
    value = getattr(viewer, attribute)
    return list(value) if isinstance(value, frozenset | set | tuple) else value


def encode(field: Field, value: Any) -> Any:
    """A value as the driver takes it for this field."""
    if isinstance(value, tuple):
        return [encode(field, item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if field.kind is Kind.DURATION and isinstance(value, timedelta):
        return value // _MICROSECOND
    return value


def literals(condition: Condition) -> Iterator[Any]:
    """The condition's own values as the driver takes them, in the order `to_sql` binds them."""
    match condition:
        case Compare(operand=Ago(offset)):
            yield offset
        case Compare(operand=Keyed(_, _, number)):
            yield number
        case Compare(field, Op.SEARCH, question):
            numbers, rest = search.named(question, field.key)
            for number in numbers:
                yield from (number, search.mention(field.key, number))
            yield from (term.tsquery for term in search.terms(rest))
        case Compare(field, _, operand) if not isinstance(operand, Viewer):
            yield encode(field, operand)
        case AllOf(of) | AnyOf(of):
            for part in of:
                yield from literals(part)
        case Not(of) | Related(of=of):
            yield from literals(of)


def shape(condition: Condition) -> tuple[Any, ...]:
    """All of a condition but its values: conditions of one shape share one SQL text."""
    match condition:
        case Compare(field, Op.SEARCH, question):
            numbers, rest = search.named(question, field.key)
            return ("search", field, len(numbers), len(search.terms(rest)))
        case Compare(field, op, operand):
            by = operand if isinstance(operand, Viewer) else isinstance(operand, Ago), isinstance(operand, Keyed)
            return ("compare", field, op, by)
        case AllOf(of) | AnyOf(of):
            return (type(condition).__name__, *map(shape, of))
        case Not(of):
            return ("not", shape(of))
        case Related(relation, quantifier, of):
            return ("related", relation, quantifier, shape(of))
    return (condition,)


def to_sql(
    condition: Condition,
    *,
    row: str,
    binds: Binds,
    clock: str = "app_clock()",
    guard: Guard | None = None,
    veil: Veil | None = None,
    own: Binds | None = None,
) -> str:
    """A boolean expression over ``row``; null counts as false.

    The values of what ``guard`` and ``veil`` say are bound by ``own``, so that they do not count among the condition's.
    """
    return _Writer(binds, clock, guard, veil, own or binds).write(condition, row)


def where(conditions: Iterable[str]) -> str:
    """The conditions joined by AND; TRUE where there are none."""
    return " AND ".join(f"({text})" for text in conditions) or "TRUE"


class _Writer:
    def __init__(
        self, binds: Binds, clock: str, guard: Guard | None, veil: Veil | None, own: Binds, depth: int = 0
    ) -> None:
        self._binds = binds
        self._clock = clock
        self._guard = guard
        self._veil = veil
        self._own = own
        self._depth = depth

    def write(self, condition: Condition, row: str, *, apart: bool = False) -> str:
        """``apart``: below OR or NOT, where a sub-select cannot become a join."""
        match condition:
            case Always(verdict):
                return "TRUE" if verdict else "FALSE"
            case Compare():
                return self._compare(condition, row)
            case IsNull(field, expected):
                return f"{self._value(field, row)} IS {'' if expected else 'NOT '}NULL"
            case Holds(value, attribute):
                return self._binds.holds(attribute, value)
            case AllOf(of):
                return "(" + (" AND ".join(self.write(part, row, apart=apart) for part in of) or "TRUE") + ")"
            case AnyOf(of):
                return "(" + (" OR ".join(self.write(part, row, apart=True) for part in of) or "FALSE") + ")"
            case Not(of):
                return f"(({self.write(of, row, apart=True)}) IS NOT TRUE)"
            case Related():
                return self._related(condition, row, apart=apart)
        raise TypeError(f"no SQL for {condition!r}")

    def _value(self, field: Field, row: str) -> str:
        value = f"({_over(field.sql, row)})"
        shown = self._veil(field) if self._veil is not None else None
        if shown is None:
            return value
        return f"(CASE WHEN {self._declared().write(shown, row)} THEN {value} END)"

    def _declared(self) -> "_Writer":
        # what declarations say is judged as it stands: neither guarded nor veiled
        return _Writer(self._own, self._clock, None, None, self._own, self._depth + 10)

    def _compare(self, condition: Compare, row: str) -> str:
        field, op = condition.field, condition.op
        if op is Op.SEARCH:
            return self._search(field, condition.operand, row)
        left = self._value(field, row)
        right = self._operand(field, condition.operand, many=op in SET_OPS)
        if op is Op.IN:
            return f"{left} = ANY({right})"
        if op is Op.NIN:
            # <> ALL of an empty list is true even for null
            present = f"{left} IS NOT NULL AND " if field.nullable or self._veil is not None else ""
            return f"({present}{left} <> ALL({right}))"
        if op is Op.CONTAINS:
            return f"strpos({left}, {right}) > 0"
        if op is Op.STARTS_WITH:
            return f"{left} ^@ {right}"
        if field.sql_type == "text" and op not in {Op.EQ, Op.NEQ}:
            left = f'{left} COLLATE "C"'
        return f"{left} {_SYMBOLS[op]} {right}"

    def _search(self, field: Field, question: str, row: str) -> str:
        """Each term in one of the row's texts: a look-up of its own, so that the index of words serves it. A key is the
        row's own or spoken of in a text: one list of both, as an OR would be tried on every row."""
        numbers, rest = search.named(question, field.key)
        found = [self._keyed(field, number, row) for number in numbers]
        found += [
            f'EXISTS (SELECT FROM search_document AS s WHERE s.subject_id = {row}."id" AND s.words @@ {bound})'
            for bound in (self._binds.literal(term.tsquery, "tsquery") for term in search.terms(rest))
        ]
        shown = self._veil(field) if self._veil is not None else None
        if shown is not None:
            found.insert(0, self._declared().write(shown, row))
        return f"({' AND '.join(found) or 'FALSE'})"

    def _keyed(self, field: Field, number: int, row: str) -> str:
        own = self._binds.literal(number, "bigint")
        said = self._binds.literal(search.mention(field.key, number), "tsquery")
        return (
            f'{row}."id" IN (SELECT k.id FROM "{field.keyed_in}" AS k WHERE k.number = {own}'
            f" UNION ALL SELECT s.subject_id FROM search_document AS s WHERE s.words @@ {said})"
        )

    def _operand(self, field: Field, operand: Any, *, many: bool) -> str:
        sql_type = f"{field.sql_type}[]" if many else field.sql_type
        if isinstance(operand, Viewer):
            return self._binds.viewer(operand.attribute, sql_type)
        if isinstance(operand, Ago):
            return f"({self._clock} + {self._binds.literal(operand.offset, 'interval')})"
        if isinstance(operand, Keyed):
            number = self._binds.literal(operand.number, "bigint")
            found = f'SELECT k.id FROM "{operand.table}" AS k WHERE k.number = {number}'
            return f"COALESCE(({found}), '{NO_ROWS_ID}'::uuid)"
        return self._binds.literal(encode(field, operand), sql_type)

    def _related(self, condition: Related, parent: str, *, apart: bool) -> str:
        relation = condition.relation
        target = relation.target()
        row = f"r{self._depth}"
        rows = f'FROM "{target.table}" AS {row} WHERE {_over(relation.on, row, parent)}'
        if self._guard is not None:
            rows += f" AND {self._declared().write(self._guard(target), row)}"
        inner = _Writer(self._binds, self._clock, self._guard, self._veil, self._own, self._depth + 1)
        verdict = inner.write(condition.of, row)
        match condition.quantifier:
            case Quantifier.NONE:
                return _none(f"{rows} AND {verdict}", apart=apart)
            case Quantifier.EVERY:
                return _none(f"{rows} AND ({verdict}) IS NOT TRUE", apart=apart)
        # EXISTS that cannot become a join may be answered by a hash of the whole table, for a page of 25 too
        found = f"{rows} AND {verdict}"
        return f"((SELECT TRUE {found} LIMIT 1) IS NOT NULL)" if apart else f"EXISTS (SELECT {found})"


def _none(rows: str, *, apart: bool) -> str:
    return f"((SELECT TRUE {rows} LIMIT 1) IS NULL)" if apart else f"(NOT EXISTS (SELECT {rows}))"


def _over(template: str, row: str, parent: str = "") -> str:
    return template.replace("{row}", row).replace("{parent}", parent)
