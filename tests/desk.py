"""The desk of the tests: a clock that moves, and the workers run by hand."""

from datetime import timedelta

from tortoise import connections

from domain.core import clock
from integrations import Adapters
from workers import effects, projections, reactions, sequencer
from workers.ticker import Ticker


async def movable_clock() -> None:
    """Makes this test database's clock movable."""
    await connections.get("default").execute_script(
        "CREATE TABLE test_clock (shift interval NOT NULL); INSERT INTO test_clock VALUES ('0');"
        "CREATE OR REPLACE FUNCTION app_clock() RETURNS timestamptz LANGUAGE sql STABLE AS"
        " $$ SELECT statement_timestamp() + (SELECT shift FROM test_clock) $$"
    )


async def forward(adapters: Adapters, **shift: float) -> None:
    """Moves the clock on and lets everything happen that then happens, in the order in which it comes due."""
    target = await clock.now() + timedelta(**shift)
    await settle(adapters)
    while True:
        now = await clock.now()
        remaining = (target - now).total_seconds()
        if remaining <= 0:
            return
        wait = await _seconds_until_next()
        step = remaining if wait is None else min(remaining, wait + 0.001)
        await connections.get("default").execute_query(
            "UPDATE test_clock SET shift = shift + $1::interval", [timedelta(seconds=step)]
        )
        await settle(adapters)


async def settle(adapters: Adapters) -> None:
    """Runs sequencer, timers, reactions, projections and effects until none has anything to do."""

    async def unheard(_drain: str) -> bool:
        return False

    ticker = Ticker(drains={}, ring=unheard)
    await projections.subscribe()
    done = True
    while done:
        await ticker.fire()
        positioned = await sequencer.sequence()
        done = bool(positioned + await reactions.drain() + await projections.drain() + await effects.drain(adapters))


async def _seconds_until_next() -> float | None:
    rows = await connections.get("default").execute_query_dict(
        "SELECT extract(epoch FROM min(at) - app_clock())::float8 AS s FROM ("
        " SELECT due_at AS at FROM timer WHERE parked_at IS NULL"
        " UNION ALL SELECT not_before FROM effect WHERE state = 'PENDING') AS next"
    )
    seconds: float | None = rows[0]["s"]
    return None if seconds is None else max(0.0, seconds)
