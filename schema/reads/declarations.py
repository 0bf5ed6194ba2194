"""What a type says about its rows: table, ids, visibility, filters, sorts."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import strawberry
from tortoise.fields import IntField
from tortoise.fields.relational import ForeignKeyFieldInstance

from domain.core.predicates import Condition, Entity, Kind
from domain.core.predicates.entities import SQL_TYPES
from schema.reads.errors import MisdeclaredRead
from schema.reads.sensitivity import Sensitive

T = TypeVar("T", bound=type)
_ATTRIBUTE = "__caseward_reads__"


@dataclass(frozen=True, slots=True)
class Sort:
    """Something a list can be ordered by; ``sql`` is over `{row}` and an index serves it.

    ``view``: what lists in this order read rows from instead of the type's table. It has all columns of that one, joins
    it to the one table that holds the keys of the order, and takes from there whatever both hold; ``in_view`` is the
    column of the same value there.
    """

    sql: str
    sql_type: str
    nullable: bool = False
    view: str = ""
    in_view: str = ""


ENDS = {"timestamptz": ("-infinity", "infinity"), "double precision": ("-Infinity", "Infinity")}
"""The least and the greatest value of types that have one: they stand in for null in orders, so that an index on them
serves every page."""


def sort(sql: str, kind: Kind, *, nullable: bool = False, view: str = "", in_view: str = "") -> Sort:
    """A sort of its own, beside those named after a filter's field."""
    return Sort(sql, SQL_TYPES[kind], nullable, view, in_view)


@dataclass(frozen=True, slots=True)
class Part:
    """A type read from the row it is shown on; ``kind`` is its value of the discriminator."""

    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """A type with rows of its own. ``kind`` (SQL over `{row}`) is set for interfaces over one table."""

    name: str
    model: Any
    visible: Condition
    prefix: str = ""
    key: str = ""
    key_column: str = "number"
    text_key: str = ""
    current: str = ""
    filters: Entity | None = None
    sorts: Mapping[str, Sort] = field(default_factory=dict)
    order: str = "id"
    kind: str | None = None
    sensitive: Sensitive | None = None

    @property
    def table(self) -> str:
        name = self.model if isinstance(self.model, str) else self.model._meta.db_table  # noqa: SLF001 - Tortoise names it so
        if not name:
            raise MisdeclaredRead(f"{self.name}: its model names no table")
        return f'"{name}"'

    @property
    def id_type(self) -> str:
        """The SQL type of the primary key: uuid, or bigint for logs."""
        stored = None if isinstance(self.model, str) else self.model._meta.fields_map.get("id")  # noqa: SLF001
        return "bigint" if isinstance(stored, IntField) else "uuid"

    def by_text_key(self, row: str, operand: str) -> str:
        """Whether a row is the one of a short name; of several versions only the ``current`` one."""
        named = f"{row}.{self.column(self.text_key)} = {operand}"
        return f"{named} AND ({self.current.replace('{row}', row)})" if self.current else named

    def column(self, name: str) -> str:
        """The column behind a model's field, quoted; refused where the model has none of that name."""
        if isinstance(self.model, str):
            return f'"{name}"'
        projection: Mapping[str, str] = self.model._meta.fields_db_projection  # noqa: SLF001
        found = projection.get(name) or (name if name in projection.values() else None) or _foreign(self.model, name)
        if found is None:
            raise MisdeclaredRead(f"{self.name}: {self.model.__name__} has no column {name}")
        return f'"{found}"'


def _foreign(model: Any, name: str) -> str | None:
    """The column of a foreign key; Tortoise only adds it to the model's columns once it is initialised."""
    held = model._meta.fields_map.get(name.removesuffix("_id"))  # noqa: SLF001
    return (held.source_field or name) if isinstance(held, ForeignKeyFieldInstance) and name.endswith("_id") else None


def declaration_of(cls: Any) -> Declaration | None:
    """The declaration of an entity or interface class itself; members of an interface have none."""
    found = vars(cls).get(_ATTRIBUTE) if isinstance(cls, type) else None
    return found if isinstance(found, Declaration) else None


def part_of(cls: Any) -> Part | None:
    """The part a class declares, if it is one."""
    found = vars(cls).get(_ATTRIBUTE) if isinstance(cls, type) else None
    return found if isinstance(found, Part) else None


def entity(
    model: Any,
    *,
    visible: Condition,
    prefix: str = "",
    key: str = "",
    text_key: str = "",
    current: str = "",
    filters: Entity | None = None,
    sorts: Iterable[str] | Mapping[str, Sort | None] = (),
    order: str = "id",
    name: str | None = None,
    sensitive: Sensitive | None = None,
) -> Callable[[T], T]:
    """A type whose rows live in ``model``'s table; ``visible`` decides, at every depth, which of them a viewer gets.

    ``key`` is what human keys begin with; or ``text_key`` is the column of a short name that is a human
    key itself, ``current`` (SQL over `{row}`) telling apart which of several rows of that name it means.
    ``sensitive``: of which rows it is written down who was shown them.
    """

    def declare(cls: T) -> T:
        made = strawberry.type(cls, name=name, description=_description(cls))
        declared = _sorts(made, filters, sorts)
        return _mark(
            made,
            Declaration(
                _name(made),
                model,
                visible,
                prefix,
                key,
                "number",
                text_key,
                current,
                filters,
                declared,
                order,
                sensitive=sensitive,
            ),
        )

    return declare


def interface(
    model: Any,
    *,
    kind: str,
    visible: Condition,
    prefix: str = "",
    filters: Entity | None = None,
    sorts: Iterable[str] | Mapping[str, Sort | None] = (),
    order: str = "id",
    sensitive: Sensitive | None = None,
) -> Callable[[T], T]:
    """An interface over one table whose rows are told apart by ``kind`` (SQL over `{row}`); its members are parts."""

    def declare(cls: T) -> T:
        made = strawberry.interface(cls, description=_description(cls))
        declared = _sorts(made, filters, sorts)
        return _mark(
            made,
            Declaration(_name(made), model, visible, prefix, "", "", "", "", filters, declared, order, kind, sensitive),
        )

    return declare


def part(*, kind: str | None = None) -> Callable[[T], T]:
    """A type read from the row it is shown on."""

    def declare(cls: T) -> T:
        return _mark(strawberry.type(cls, description=_description(cls)), Part(kind))

    return declare


def _mark(cls: T, declared: Declaration | Part) -> T:
    setattr(cls, _ATTRIBUTE, declared)
    return cls


def _name(cls: Any) -> str:
    return cast("str", cls.__strawberry_definition__.name)


def _description(cls: type) -> str | None:
    return inspect.cleandoc(cls.__doc__) if cls.__doc__ else None


def _sorts(cls: Any, filters: Entity | None, sorts: Iterable[str] | Mapping[str, Sort | None]) -> Mapping[str, Sort]:
    found: dict[str, Sort] = {}
    for name in sorts:
        own = sorts[name] if isinstance(sorts, Mapping) else None
        if own is not None:
            found[name] = own
            continue
        if filters is None or name not in filters.fields:
            raise MisdeclaredRead(f"{_name(cls)}: the sort {name} is no field of its filters")
        by = filters[name]
        found[name] = Sort(by.sql, by.sql_type, by.nullable)
    return found
