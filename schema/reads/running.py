"""Running one statement: within the request's time, told of where somebody asked, logged where it was slow."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson
import structlog

from schema.reads.errors import ReadTimedOut
from schema.reads.statements import Statement
from schema.reads.watching import Told, Watch

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which document a statement belongs."""

    document: str
    operation: str | None
    path: tuple[str | int, ...]


class Runner:
    """Runs the statements of one request: together within ``limit`` seconds, on at most half of the pool."""

    def __init__(self, pool: "asyncpg.Pool[Any]", limit: float) -> None:
        self._pool = pool
        self._limit = limit
        self._ends = time.monotonic() + limit
        self._slots = asyncio.Semaphore(max(1, pool.get_max_size() // 2))

    async def run(
        self, statement: Statement, values: Sequence[Any], watch: Watch, at: Callable[[], Place]
    ) -> tuple[str | None, str | None]:
        """The answer's JSON, and what it notes as sensitive; READ_TIMED_OUT where the request's time is over.

        The statement is cancelled then, as it is when whoever waits for it is.
        """
        try:
            async with (
                asyncio.timeout(max(0.0, self._ends - time.monotonic())),
                self._slots,
                self._pool.acquire() as on,
            ):
                return await self._run(on, statement, values, watch, at)
        except (TimeoutError, asyncpg.QueryCanceledError) as stopped:
            said = f"Reading took longer than {self._limit:g} s. Ask for less, or filter more."
            raise ReadTimedOut(said) from stopped

    async def _run(
        self, on: Any, statement: Statement, values: Sequence[Any], watch: Watch, at: Callable[[], Place]
    ) -> tuple[str | None, str | None]:
        sql = statement.sql
        plan = await _explained(on, sql, values) if watch.explain else None
        began = time.perf_counter()
        try:
            found = (None, None) if watch.dry else await _fetched(on, statement, values)
        finally:
            took = time.perf_counter() - began
            if took >= watch.slow_after:
                _log(sql, took, watch.request_id, at())
        if watch.explain or watch.dry:
            watch.told.append(Told(at().path, sql, None if watch.dry else round(took * 1000, 3), plan))
        return found


async def _fetched(on: Any, statement: Statement, values: Sequence[Any]) -> tuple[str | None, str | None]:
    if not statement.noting:
        return await on.fetchval(statement.sql, *values), None
    text, noted = await on.fetchrow(statement.sql, *values)
    return text, noted


async def _explained(on: Any, sql: str, values: Sequence[Any]) -> Any:
    found = await on.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *values)
    return orjson.loads(found) if isinstance(found, str) else found


def _log(sql: str, took: float, request_id: str, at: Place) -> None:
    """Placeholders only: what was asked for may be anybody's secret."""
    log.warning(
        "slow_read",
        document=at.document,
        operation=at.operation,
        path=".".join(map(str, at.path)),
        duration_ms=round(took * 1000, 1),
        request_id=request_id,
        sql=sql,
    )
