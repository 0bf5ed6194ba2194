"""Stored values as JSON text, by the scalar the schema promises: what the scalars of `schema.scalars` write."""

from enum import Enum
from typing import Any

from graphql import get_nullable_type, is_enum_type, is_list_type, is_non_null_type

from schema.reads.errors import MisdeclaredRead
from schema.reads.texts import json_of

_AS_IS = frozenset({"Int", "Float", "Long", "Boolean"})
_TEXTS = {
    "String": "({x})::text",
    "UUID": "({x})::text",
    "Decimal": "({x})::text",
    "Date": "to_char({x}, 'YYYY-MM-DD')",
    "Duration": (
        "(SELECT CASE WHEN d.x IS NOT NULL THEN CASE WHEN d.x < 0 THEN '-' ELSE '' END || 'PT' || CASE WHEN d.x = 0 "
        "THEN '0S' ELSE concat(nullif(abs(d.x) / 3600000000, 0) || 'H', nullif(abs(d.x) / 60000000 % 60, 0) || 'M', "
        "nullif(trim_scale(abs(d.x) % 60000000 / 1000000.0), 0) || 'S') END END "
        "FROM (SELECT ({x})::bigint AS x) AS d)"
    ),
}
_JSON = {
    "JSON": "({x})::json",
    "DateTime": """to_char(({x}) AT TIME ZONE 'UTC', '\\"YYYY-MM-DD"T"HH24:MI:SS.US"Z"\\"')""",
}
"""What is JSON, quotes and all, without being made so."""


def leaf_sql(of: Any, sql: str, *, prefix: str | None, where: str) -> str:
    """The JSON text that a field of type ``of`` shows of a value; ``where`` names the field in refusals."""
    nullable = get_nullable_type(of)
    if is_list_type(nullable):
        found = _list_sql(nullable.of_type, sql, where)
        return f"COALESCE({found}, '[]')" if is_non_null_type(of) else found
    name = nullable.name
    if name == "ID":
        return f"'\"{prefix}_' || replace(({sql})::text, '-', '') || '\"'" if prefix else json_of(f"({sql})::text")
    if is_enum_type(nullable):
        return json_of(_enum_sql({key: value.value for key, value in nullable.values.items()}, sql))
    if name in _AS_IS:
        return json_of(sql)
    if name in _JSON:
        return _JSON[name].replace("{x}", sql)
    if name in _TEXTS:
        return json_of(_TEXTS[name].replace("{x}", sql))
    raise MisdeclaredRead(f"{where}: nothing is known about writing {name} from a column")


def _list_sql(of: Any, sql: str, where: str) -> str:
    name = getattr(get_nullable_type(of), "name", "")
    plain = name in _AS_IS or name in {"String", "JSON"}
    if not plain and not (is_enum_type(get_nullable_type(of)) and _same(get_nullable_type(of))):
        raise MisdeclaredRead(f"{where}: a list of {name} cannot be read from one column")
    return f"to_json({sql})"


def _same(of: Any) -> bool:
    return all(key == _stored(value.value) for key, value in of.values.items())


def _stored(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _enum_sql(members: dict[str, Any], sql: str) -> str:
    stored = {key: _stored(value) for key, value in members.items()}
    if all(key == value for key, value in stored.items()):
        return f"({sql})::text"
    cases = " ".join(f"WHEN {_literal(value)} THEN '{key}'" for key, value in stored.items())
    return f"CASE {sql} {cases} END"


def _literal(value: Any) -> str:
    # the enum's declaration, not a client, wrote this value
    return str(int(value)) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
