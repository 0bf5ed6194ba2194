"""What can be asked about: entities, their fields and their relations. SQL text comes from here and nowhere else."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cached_property
from itertools import chain
from typing import Any

from domain.core.predicates.conditions import Compare, Condition, IsNull, Op, Quantifier, Related, Viewer


class Kind(StrEnum):
    """What a field holds. DURATION is a bigint of microseconds in SQL and a timedelta in Python; DOCUMENT the texts of
    a row that search documents are kept of, in Python a sequence of them."""

    ID = "ID"
    TEXT = "TEXT"
    CHOICE = "CHOICE"
    BOOLEAN = "BOOLEAN"
    INTEGER = "INTEGER"
    NUMBER = "NUMBER"
    DECIMAL = "DECIMAL"
    MOMENT = "MOMENT"
    DAY = "DAY"
    DURATION = "DURATION"
    DOCUMENT = "DOCUMENT"


SQL_TYPES = {
    Kind.ID: "uuid",
    Kind.TEXT: "text",
    Kind.CHOICE: "text",
    Kind.BOOLEAN: "boolean",
    Kind.INTEGER: "bigint",
    Kind.NUMBER: "double precision",
    Kind.DECIMAL: "numeric",
    Kind.MOMENT: "timestamptz",
    Kind.DAY: "date",
    Kind.DURATION: "bigint",
    Kind.DOCUMENT: "text[]",
}
_SAME = (Op.EQ, Op.NEQ, Op.IN, Op.NIN)
_ORDERED = (*_SAME, Op.LT, Op.LTE, Op.GT, Op.GTE)
_OPS: dict[Kind, tuple[Op, ...]] = dict.fromkeys(Kind, _ORDERED) | {
    Kind.ID: _SAME,
    Kind.CHOICE: _SAME,
    Kind.BOOLEAN: (Op.EQ, Op.NEQ),
    Kind.DOCUMENT: (Op.SEARCH,),
}


def camel(name: str) -> str:
    """`created_at` as clients write it: `createdAt`."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)


@dataclass(frozen=True, slots=True)
class Field:
    """``sql`` is over `{row}`. Rows in Python are mappings that hold the value under ``name``."""

    name: str
    kind: Kind
    sql: str
    nullable: bool = False
    search: bool = False
    prefix: str = ""
    key: str = ""
    keyed_in: str = ""
    ordered: bool = False
    choices: type[Enum] | None = None
    description: str = ""
    shown_if: Condition | None = None

    @property
    def ops(self) -> tuple[Op, ...]:
        """The comparators this field offers; text search only where the field declares an index for it."""
        if self.ordered:
            return _ORDERED
        return _OPS[self.kind] + ((Op.CONTAINS, Op.STARTS_WITH) if self.search else ())

    @property
    def sql_type(self) -> str:
        if self.choices is not None and isinstance(next(iter(self.choices)).value, int):
            return "bigint"
        return SQL_TYPES[self.kind]

    def eq(self, operand: Any) -> Condition:
        return Compare(self, Op.EQ, operand)

    def neq(self, operand: Any) -> Condition:
        return Compare(self, Op.NEQ, operand)

    def is_in(self, operand: Iterable[Any] | Viewer) -> Condition:
        return Compare(self, Op.IN, operand if isinstance(operand, Viewer) else tuple(operand))

    def not_in(self, operand: Iterable[Any] | Viewer) -> Condition:
        return Compare(self, Op.NIN, operand if isinstance(operand, Viewer) else tuple(operand))

    def lt(self, operand: Any) -> Condition:
        return Compare(self, Op.LT, operand)

    def lte(self, operand: Any) -> Condition:
        return Compare(self, Op.LTE, operand)

    def gt(self, operand: Any) -> Condition:
        return Compare(self, Op.GT, operand)

    def gte(self, operand: Any) -> Condition:
        return Compare(self, Op.GTE, operand)

    def contains(self, operand: str) -> Condition:
        return Compare(self, Op.CONTAINS, operand)

    def starts_with(self, operand: str) -> Condition:
        return Compare(self, Op.STARTS_WITH, operand)

    def search_for(self, question: str) -> Condition:
        return Compare(self, Op.SEARCH, question)

    def is_null(self, *, expected: bool = True) -> Condition:
        return IsNull(self, expected)


@dataclass(frozen=True, slots=True)
class Relation:
    """``on`` joins `{row}` (the other end) with `{parent}`. ``target`` is called late: entities may form circles."""

    name: str
    target: "Callable[[], Entity]"
    on: str
    many: bool
    description: str = ""

    def some(self, condition: Condition) -> Condition:
        return Related(self, Quantifier.SOME, condition)

    def none(self, condition: Condition) -> Condition:
        return Related(self, Quantifier.NONE, condition)

    def every(self, condition: Condition) -> Condition:
        return Related(self, Quantifier.EVERY, condition)

    def that(self, condition: Condition) -> Condition:
        return Related(self, Quantifier.THAT, condition)


class Entity:
    """A table and what can be asked of its rows."""

    def __init__(
        self,
        name: str,
        *,
        table: str,
        fields: Iterable[Field],
        relations: Iterable[Relation] = (),
        description: str = "",
    ) -> None:
        self.name = name
        self.table = table
        self.description = description
        self.fields: Mapping[str, Field] = {field.name: field for field in fields}
        self.relations: Mapping[str, Relation] = {relation.name: relation for relation in relations}

    def __getitem__(self, name: str) -> Field:
        return self.fields[name]

    def related(self, name: str) -> Relation:
        """The relation of that name."""
        return self.relations[name]

    @cached_property
    def by_label(self) -> Mapping[str, Field | Relation]:
        """Fields and relations as documents and clients name them."""
        return {
            camel(found.name): found for found in chain[Field | Relation](self.fields.values(), self.relations.values())
        }


def _column(name: str, sql: str | None) -> str:
    return sql if sql is not None else f'{{row}}."{name}"'


def ident(
    name: str,
    *,
    prefix: str = "",
    key: str = "",
    keyed_in: str = "",
    sql: str | None = None,
    nullable: bool = False,
    description: str = "",
) -> Field:
    """A uuid; clients write it with its prefix, or as a human key: ``key`` is its head (CASE in CASE-123),
    ``keyed_in`` the table that has its number."""
    return Field(
        name, Kind.ID, _column(name, sql), nullable, prefix=prefix, key=key, keyed_in=keyed_in, description=description
    )


def text(
    name: str, *, sql: str | None = None, nullable: bool = False, search: bool = False, description: str = ""
) -> Field:
    """``search`` offers contains and startsWith: declare it only where an index serves them."""
    return Field(name, Kind.TEXT, _column(name, sql), nullable, search, description=description)


def choice(
    name: str,
    choices: type[Enum],
    *,
    sql: str | None = None,
    nullable: bool = False,
    ordered: bool = False,
    description: str = "",
) -> Field:
    """One of an enum's values, stored as the value. ``ordered`` offers lt to gte: by the stored value, of which the
    first declared is the least."""
    if ordered and list(choices) != sorted(choices, key=lambda choice: choice.value):
        raise ValueError(f"{choices.__name__} is not declared in the order of its values")
    return Field(
        name, Kind.CHOICE, _column(name, sql), nullable, choices=choices, ordered=ordered, description=description
    )


def _plain(kind: Kind) -> Callable[..., Field]:
    def declare(name: str, *, sql: str | None = None, nullable: bool = False, description: str = "") -> Field:
        return Field(name, kind, _column(name, sql), nullable, description=description)

    return declare


def document(
    name: str, *, key: str = "", keyed_in: str = "", shown_if: Condition | None = None, description: str = ""
) -> Field:
    """The texts kept for this row's id in ``search_document``, which the comparator search looks through; for those
    of whom ``shown_if`` does not hold there are none. Rows with a human key are found by that too: it is the first of
    their texts."""
    texts = (
        "(SELECT array_agg(c.body ORDER BY c.id) FROM search_document s JOIN content c ON c.id = s.content_id"
        ' WHERE s.subject_id = {row}."id")'
    )
    if key:
        texts = f"(ARRAY['{key}-' || {{row}}.number] || {texts})"
    return Field(
        name, Kind.DOCUMENT, texts, nullable=True, key=key, keyed_in=keyed_in, description=description,
        shown_if=shown_if,
    )  # fmt: skip


flag = _plain(Kind.BOOLEAN)
integer = _plain(Kind.INTEGER)
number = _plain(Kind.NUMBER)
decimal = _plain(Kind.DECIMAL)
moment = _plain(Kind.MOMENT)
day = _plain(Kind.DAY)
duration = _plain(Kind.DURATION)


def to_one(name: str, target: Callable[[], Entity], *, column: str, to: str = "id", description: str = "") -> Relation:
    """Our ``column`` holds their ``to``."""
    return Relation(name, target, f'{{row}}."{to}" = {{parent}}."{column}"', many=False, description=description)


def to_many(
    name: str,
    target: Callable[[], Entity],
    *,
    column: str = "",
    on: str = "",
    where: str = "",
    description: str = "",
) -> Relation:
    """Their ``column`` holds our id; or ``on`` says how `{row}` and `{parent}` meet. ``where`` narrows `{row}`."""
    join = on or f'{{row}}."{column}" = {{parent}}."id"'
    return Relation(name, target, f"{join} AND ({where})" if where else join, many=True, description=description)
