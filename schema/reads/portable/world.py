"""One moment of the database, read by plain queries: values of rows by their ids, and who is joined with whom."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from domain.core.predicates.sql import viewer_value
from schema.reads.parameters import VIEWER_TYPES

Argument = tuple[str, Any, str]
"""A placeholder of declared SQL with its value and that value's SQL type."""


@dataclass(slots=True)
class World:
    """Nothing in it changes: every query sees the same rows and the same ``now``."""

    connection: "asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]"
    viewer: Any
    now: datetime
    told: list[str]
    _values: dict[tuple[Any, ...], dict[Any, Any]] = field(default_factory=dict)
    _joined: dict[tuple[str, ...], dict[Any, list[Any]]] = field(default_factory=dict)

    async def values(
        self, table: str, sql: str, ids: Iterable[Any], arguments: Sequence[Argument] = ()
    ) -> Mapping[Any, Any]:
        """What SQL over `{row}` gives for each of these rows; rows that do not exist are left out."""
        known = self._values.setdefault((table, sql, *map(repr, arguments)), {})
        missing = set(ids) - known.keys()
        if missing:
            text, bound = self._bound(sql.replace("{row}", "t"), 2, arguments)
            query = f'SELECT t."id", ({text}) FROM {table} AS t WHERE t."id" = ANY($1)'
            known.update((row[0], row[1]) for row in await self._fetch(query, list(missing), *bound))
        return known

    async def joined(self, table: str, on: str, parent: str, ids: Iterable[Any]) -> Mapping[Any, list[Any]]:
        """The ids of ``table`` that `{row}` and `{parent}` join with each of these rows of ``parent``."""
        known = self._joined.setdefault((table, on, parent), {})
        missing = set(ids) - known.keys()
        if missing:
            known.update({each: [] for each in missing})
            text, bound = self._bound(on.replace("{row}", "t").replace("{parent}", "p"), 2)
            query = (
                f'SELECT p."id", t."id" FROM {parent} AS p JOIN {table} AS t ON ({text})'
                f' WHERE p."id" = ANY($1) ORDER BY t."id"'
            )
            for above, below in await self._fetch(query, list(missing), *bound):
                known[above].append(below)
        return known

    async def ids(self, table: str, condition: str = "TRUE", *values: Any) -> list[Any]:
        """Every row of which a condition over `{row}` holds; ``values`` are its parameters."""
        query = f'SELECT t."id" FROM {table} AS t WHERE {condition.replace("{row}", "t")}'
        return [row[0] for row in await self._fetch(query, *values)]

    async def over(self, table: str, sql: str, ids: Iterable[Any], *, told: str) -> Any:
        """What SQL that aggregates over `{row}` gives for these rows together; ``told`` is SQL over that, as `v.x`."""
        text, bound = self._bound(sql.replace("{row}", "t"), 2)
        query = f'SELECT {told} FROM (SELECT {text} AS x FROM {table} AS t WHERE t."id" = ANY($1)) AS v'
        return (await self._fetch(query, list(ids), *bound))[0][0]

    async def read(self, text: str | None, sql_type: str) -> Any:
        """A value from its text, as the database reads it."""
        return None if text is None else (await self._fetch(f"SELECT ($1::text)::{sql_type}", text))[0][0]

    async def ranks(self, texts: Iterable[str]) -> Mapping[str, int]:
        """Places of texts in the database's own order of texts."""
        rows = await self._fetch("SELECT x FROM unnest($1::text[]) AS x ORDER BY x", list(set(texts)))
        return {row[0]: place for place, row in enumerate(rows)}

    def _bound(self, sql: str, start: int, arguments: Sequence[Argument] = ()) -> tuple[str, list[Any]]:
        offered: list[Argument] = [("{clock}", self.now, "timestamptz"), *arguments]
        offered += [
            (f"{{viewer.{name}}}", viewer_value(self.viewer, name), sql_type)
            for name, sql_type in VIEWER_TYPES.items()
            if f"{{viewer.{name}}}" in sql
        ]
        bound: list[Any] = []
        for placeholder, value, sql_type in offered:
            if placeholder in sql:
                sql = sql.replace(placeholder, f"${start + len(bound)}::{sql_type}")
                bound.append(value)
        return sql, bound

    async def _fetch(self, query: str, *values: Any) -> list[Any]:
        self.told.append(query)
        return list(await self.connection.fetch(query, *values))


@asynccontextmanager
async def opened(pool: "asyncpg.Pool[Any]", viewer: Any, told: list[str]) -> AsyncIterator[World]:
    """A world for one entry field, on a connection of its own."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        yield World(connection, viewer, await connection.fetchval("SELECT app_clock()"), told)
