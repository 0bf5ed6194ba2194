"""What the models promise is in the database, and every migration can be taken back."""

from __future__ import annotations

import re
import tomllib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.context import TortoiseContext
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.indexes import PartialIndex
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.models import Model

from integrations.postgres import config, downgrade, migrate
from tests.architecture.sources import ROOT

Unique = tuple[str, frozenset[str]]

BEFORE_THE_FIRST = "caseward.__first__"
OF_TORTOISE = "tortoise_migrations"
BY_HAND = {"event": "partitioned, so written by hand: its keys are in tables beside it"}
"""Tables the schema generator does not make."""

_INDEXES = """
SELECT c.relname AS table, x.relname AS name, i.indisunique AS is_unique, i.indpred IS NOT NULL AS is_partial,
    array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey)) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'
"""
_FOREIGN_KEYS = """
SELECT c.relname AS table, a.attname AS column, f.relname AS target FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1] WHERE k.contype = 'f'
"""
_OURS = f"""
SELECT 'relation ' || c.relkind::text || ' ' || c.relname || coalesce(' ' || (SELECT string_agg(a.attname || ' ' ||
    format_type(a.atttypid, a.atttypmod) || a.attnotnull, ',' ORDER BY a.attnum) FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind NOT IN ('i', 'I') AND c.relname NOT LIKE '{OF_TORTOISE}%'
UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> '{OF_TORTOISE}'
UNION ALL SELECT 'function ' || p.oid::regprocedure::text FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'
UNION ALL SELECT 'constraint ' || k.conname || pg_get_constraintdef(k.oid) FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = k.connamespace
WHERE n.nspname = 'public' AND c.relname <> '{OF_TORTOISE}'
UNION ALL SELECT 'trigger ' || t.tgname FROM pg_trigger t WHERE NOT t.tgisinternal
UNION ALL SELECT 'type ' || t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname = 'public' AND t.typtype IN ('e', 'd')
"""


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    opened = await asyncpg.connect(database)
    yield opened
    await opened.close()


def models() -> list[type[Model]]:
    assert Tortoise.apps is not None
    return [model for model in Tortoise.apps["caseward"].values() if model._meta.db_table not in BY_HAND]


def columns(model: type[Model], names: Any) -> frozenset[str]:
    """The columns of fields; a foreign key is named by its relation or by its column alike."""
    fields = model._meta.fields_map
    return frozenset(
        field.source_field or name if isinstance(field := fields.get(name), ForeignKeyFieldInstance) else name
        for name in names
    )


def promised_uniques() -> set[Unique]:
    """Unique fields and `unique_together` of every model."""
    found: set[Unique] = set()
    for model in models():
        of, table = model._meta, model._meta.db_table
        found |= {
            (table, columns(model, [name]))
            for name, field in of.fields_map.items()
            if field.unique and not field.pk
        }  # fmt: skip
        found |= {(table, columns(model, together)) for together in of.unique_together}
    return found


async def test_every_promised_uniqueness_is_in_the_database(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    rows = await connection.fetch(_INDEXES)

    kept = {(row["table"], frozenset(row["columns"])) for row in rows if row["is_unique"] and not row["is_partial"]}

    assert promised_uniques() - kept == set()


async def test_every_promised_index_is_in_the_database(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    rows = {row["name"]: row for row in await connection.fetch(_INDEXES)}

    for model in models():
        for index in model._meta.indexes:
            row = rows[index.name]
            assert row["table"] == model._meta.db_table
            assert set(row["columns"]) == columns(model, index.fields)
            assert row["is_partial"] == isinstance(index, PartialIndex)


async def test_every_foreign_key_is_in_the_database(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    kept = {(row["table"], row["column"], row["target"]) for row in await connection.fetch(_FOREIGN_KEYS)}

    promised = {
        (model._meta.db_table, field.source_field or f"{name}_id", field.related_model._meta.db_table)
        for model in models()
        for name, field in model._meta.fields_map.items()
        if isinstance(field, ForeignKeyFieldInstance)
    }

    assert promised - kept == set()


@pytest.mark.usefixtures("database")
def test_a_constraint_is_promised_in_sql_only() -> None:
    """Tortoise drops `Meta.constraints` of a new table without a word, so none may be written there."""
    assert [model.__name__ for model in models() if model._meta.constraints] == []


@pytest.mark.usefixtures("database")
def test_foreign_keys_leave_no_way_back() -> None:
    """A reverse relation would be an import against the arrows that no linter sees."""
    backward = {f"{model.__name__}.{name}" for model in models() for name in model._meta.backward_fk_fields}
    backward |= {f"{model.__name__}.{name}" for model in models() for name in model._meta.m2m_fields}

    assert backward == set()


def levels() -> dict[str, int]:
    """How deep each capability lies, by the import contract: neighbours share a level and may not know each other."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each.get("containers") == ["domain"])
    return {name: depth for depth, layer in enumerate(layers) for name in re.findall(r"\w+", layer)}


@pytest.mark.usefixtures("database")
def test_foreign_keys_point_down_as_imports_do() -> None:
    """They name their target in a string, which no import contract sees."""
    depth = levels()

    upward = {
        f"{model.__name__}.{name}"
        for model in models()
        for name, field in model._meta.fields_map.items()
        if isinstance(field, ForeignKeyFieldInstance)
        and (here := model.__module__.split(".")[1]) != (there := field.related_model.__module__.split(".")[1])
        and depth[there] <= depth[here]
    }

    assert upward == set()


async def test_no_column_forgets_its_time_zone(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    rows = await connection.fetch(
        "SELECT table_name || '.' || column_name AS name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'timestamp without time zone'"
    )

    assert [row["name"] for row in rows] == []


async def test_a_fact_from_elsewhere_is_accepted_once(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """One proof by deed, of the key the partitioned log itself could not hold."""
    insert = "INSERT INTO event_source VALUES ('platform', 'e-1', $1)"
    await connection.execute(insert, 1)

    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute(insert, 2)


async def test_models_and_migrations_agree(database_url: str) -> None:
    settings = config(database_url)

    async with TortoiseContext() as context:
        await context.init(config=settings)
        assert context.apps is not None
        missing = await MigrationAutodetector(context.apps, settings["apps"]).changes()

    assert [writer.as_string() for writer in missing] == []


async def test_every_migration_can_be_taken_back(database_url: str) -> None:
    first = await ours(database_url)
    await downgrade(database_url, BEFORE_THE_FIRST)
    left = await ours(database_url)
    await migrate(database_url)
    second = await ours(database_url)

    assert first
    assert left == set()
    assert second == first


async def ours(url: str) -> set[str]:
    """Everything a migration may have made, as text."""
    connection = await asyncpg.connect(url)
    try:
        return {row[0] for row in await connection.fetch(_OURS)}
    finally:
        await connection.close()
