"""Large tables in a moment: rows that are plausible enough for the planner, made by the database itself."""

from collections.abc import Mapping

import asyncpg
from tortoise import Tortoise
from tortoise.fields.data import CharEnumFieldInstance

_COLUMNS = """
SELECT c.column_name AS name, c.udt_name AS of, c.is_nullable = 'YES' AS absent, c.character_maximum_length AS longest
FROM information_schema.columns c
WHERE c.table_schema = 'public' AND c.table_name = $1 AND c.is_generated = 'NEVER' ORDER BY c.ordinal_position
"""
_NUMBERED = "('00000000-0000-7000-8000-' || lpad(to_hex({n}), 12, '0'))::uuid"
_MADE = {
    "int8": "n",
    "int4": "n",
    "int2": "n % 12",
    "float8": "n * 0.5",
    "numeric": "n",
    "bool": "n % 2 = 0",
    "timestamptz": "now() - n * interval '1 minute'",
    "date": "current_date - (n % 1000)::int",
    "jsonb": "'{}'::jsonb",
    "bytea": "''::bytea",
    "tsvector": "('word' || n % 5000)::tsvector",
}
_LATER = {"timestamptz": "interval '1 hour'"}
"""How much later an end is than what it ends, where that is not one."""
_FEW = {"queue_id", "team_id", "assignee_id"}
"""References that many rows share."""


async def fill(connection: asyncpg.Connection, rows: Mapping[str, int]) -> None:
    """Adds so many rows to each table, numbered alike, so that rows of one number belong together. Keys to other tables
    are not checked."""
    choices = _choices()
    await connection.execute("SET session_replication_role = replica")
    for table, count in rows.items():
        columns = await connection.fetch(_COLUMNS, table)
        told = ", ".join(f'"{column["name"]}"' for column in columns)
        made = ", ".join(_value(column, choices.get((table, column["name"]))) for column in columns)
        await connection.execute(
            f'INSERT INTO "{table}" ({told}) SELECT {made} FROM generate_series(2, {count + 1}) AS n', timeout=120
        )
    await connection.execute("SET session_replication_role = origin")
    await connection.execute("ANALYZE", timeout=120)


def _value(column: asyncpg.Record, choices: list[str] | None) -> str:
    of, name = column["of"], column["name"]
    if of == "uuid":
        return _NUMBERED.format(n="1 + n % 1000" if name in _FEW else "n")
    if of.startswith("_"):
        return "'{}'"
    if choices:
        told = ", ".join(f"'{choice}'" for choice in choices)
        return f"(ARRAY[{told}])[1 + n % {len(choices)}]"
    if name == "subject_type":
        return "'case'"
    if name.startswith("ends"):
        return f"{_MADE[of]} + {_LATER.get(of, 1)}"
    made = _MADE.get(of, f"left('x' || n, {column['longest'] or 64})")
    return f"CASE WHEN n % 3 > 0 THEN {made} END" if column["absent"] else made


def _choices() -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for model in Tortoise.apps["caseward"].values():
        for name, field in model._meta.fields_map.items():
            if isinstance(field, CharEnumFieldInstance):
                found[model._meta.db_table, name] = [choice.value for choice in field.enum_type]
    found |= {("case_worklist", name): values for (table, name), values in found.items() if table == "case"}
    return found
