"""What computed fields need: hidden columns in the answer, turned back into Python values before the function runs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields

from domain.core.predicates import Kind
from schema.reads.declarations import Declaration
from schema.reads.texts import json_of, object_of

if TYPE_CHECKING:
    from schema.reads.writer import Writer

Needs = Sequence[str] | Mapping[str, str]
_MODEL_KINDS: tuple[tuple[type, Kind], ...] = (
    (fields.UUIDField, Kind.ID),
    (fields.DatetimeField, Kind.MOMENT),
    (fields.DateField, Kind.DAY),
    (fields.TimeDeltaField, Kind.DURATION),
    (fields.DecimalField, Kind.DECIMAL),
)
_FORMS = {Kind.MOMENT: """to_char(({x}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""}
_TEXTS = {Kind.ID, Kind.DECIMAL, Kind.DAY}
_DECODERS: dict[Kind | None, Callable[[Any], Any]] = {
    Kind.ID: UUID,
    Kind.MOMENT: datetime.fromisoformat,
    Kind.DAY: date.fromisoformat,
    Kind.DECIMAL: Decimal,
    Kind.DURATION: lambda micros: timedelta(microseconds=micros),
}


def needs_sql(writer: "Writer", needs: Needs, row: str, declaration: Declaration) -> str:
    """A JSON object of the needed values, under their names."""
    found = [(name, *_need(needs, name, declaration)) for name in needs]
    pairs = []
    for name, sql, kind, _ in found:
        text = writer.over(sql, row)
        form = _FORMS.get(kind, "({x})::text" if kind in _TEXTS else "({x})") if kind else "({x})"
        pairs.append((name, json_of(form.replace("{x}", text))))
    return object_of(pairs)


def needs_kinds(needs: Needs, declaration: Declaration) -> Mapping[str, Kind | None]:
    """What each need holds; None where only JSON knows. Refuses names the row does not have."""
    return {name: _need(needs, name, declaration)[1] for name in needs}


def decode_needs(needs: Needs, declaration: Declaration, found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same values as Python knows them: uuids, aware datetimes, timedeltas, enum members."""
    row = {}
    for name, value in found.items():
        _, kind, choices = _need(needs, name, declaration)
        decode = choices or _DECODERS.get(kind)
        row[name] = value if value is None or decode is None else decode(value)
    return row


def _need(needs: Needs, name: str, declaration: Declaration) -> tuple[str, Kind | None, type[Enum] | None]:
    if isinstance(needs, Mapping):
        return needs[name], None, None
    field = declaration.filters.fields.get(name) if declaration.filters is not None else None
    if field is not None:
        return field.sql, field.kind, field.choices
    sql = f"{{row}}.{declaration.column(name)}"
    if isinstance(declaration.model, str):
        return sql, None, None
    stored = declaration.model._meta.fields_map.get(name)  # noqa: SLF001 - Tortoise names it so
    choices = getattr(stored, "enum_type", None)
    return sql, next((kind for of, kind in _MODEL_KINDS if isinstance(stored, of)), None), choices
