"""What is kept for a time is deleted when that is over, and not before."""

import asyncio
from datetime import timedelta
from operator import attrgetter

import pytest
from tortoise import connections

from domain.core.ids import new_id
from domain.core.models import IdempotencyKey
from domain.people import actions as people
from domain.people.models import SensitiveRead
from integrations.settings import Settings
from tests import desk
from tests.builders import a_person
from workers.sweeping import Kept, kept, statement, sweep
from workers.ticker import Ticker

pytestmark = pytest.mark.usefixtures("database")


async def later(**shift: float) -> None:
    await connections.get("default").execute_query("UPDATE test_clock SET shift = shift + $1", [timedelta(**shift)])


async def unheard(_drain: str) -> bool:
    return False


async def read(request: str) -> None:
    ada = await a_person(f"Ada {request}")
    await people.note_reads([("case", new_id())], by=ada, document="sha256:0", request_id=request)


async def requests() -> list[str]:
    return [row.request_id for row in await SensitiveRead.all().order_by("read_at")]


async def a_key(key: str) -> None:
    await connections.get("default").execute_query(
        "INSERT INTO idempotency_key (id, principal_id, key, field, input_hash, created_at)"
        " VALUES ($1, $2, $3, 'claimCase', 'x', app_clock())",
        [new_id(), new_id(), key],
    )


async def keys() -> list[str]:
    return [row.key for row in await IdempotencyKey.all().order_by("created_at")]


async def test_who_was_shown_what_is_kept_for_as_many_days_as_are_set() -> None:
    await desk.movable_clock()
    await read("old")
    await later(days=20)
    await read("young")

    await sweep(kept(Settings(sensitive_read_days=21)))
    both = await requests()
    await later(days=2)
    await sweep(kept(Settings(sensitive_read_days=21)))

    assert both == ["old", "young"]
    assert await requests() == ["young"]


async def test_without_a_setting_it_is_kept_for_ever() -> None:
    await desk.movable_clock()
    await read("old")
    await later(days=4000)

    await sweep(kept(Settings()))

    assert await requests() == ["old"]


async def test_a_key_is_deleted_when_its_day_is_over() -> None:
    await desk.movable_clock()
    await a_key("first")
    await later(hours=23)
    await a_key("second")

    await sweep(kept(Settings()))
    both = await keys()
    await later(hours=2)
    await sweep(kept(Settings()))

    assert both == ["first", "second"]
    assert await keys() == ["second"]


async def test_many_rows_go_a_batch_at_a_time() -> None:
    await desk.movable_clock()
    for n in range(3):
        await a_key(f"key {n}")
    await later(hours=25)

    more, left = await sweep(kept(Settings()), batch=2), await keys()
    again = await sweep(kept(Settings()), batch=2)

    assert (more, len(left), again, await keys()) == (True, 1, False, [])


async def test_the_ticker_sweeps_by_itself() -> None:
    await desk.movable_clock()
    await a_key("old")
    await later(hours=25)
    kept_for_a_day = [Kept("idempotency_key", "created_at", timedelta(hours=24))]
    ticker, stop = Ticker(drains={}, ring=unheard, kept=kept_for_a_day), asyncio.Event()

    running = asyncio.create_task(ticker.run(stop))
    async with asyncio.timeout(10):
        while await keys():
            pass
    stop.set()
    await running

    assert await keys() == []


MANY = {
    "idempotency_key": "INSERT INTO idempotency_key (id, principal_id, key, field, input_hash, created_at)"
    " SELECT uuidv7(), uuidv7(), n, '0', 'x', app_clock() FROM generate_series(1, 20000) n",
    "sensitive_read": "INSERT INTO sensitive_read"
    " (id, reader_id, subject_type, subject_id, document, request_id, read_at)"
    " SELECT uuidv7(), $1, 'case', uuidv7(), 'x', n, app_clock() FROM generate_series(1, 20000) n",
}


@pytest.mark.parametrize("each", kept(Settings(sensitive_read_days=1)), ids=attrgetter("table"))
async def test_what_is_not_over_yet_is_not_read(each: Kept) -> None:
    ada, connection = await a_person("Ada"), connections.get("default")
    await connection.execute_query(MANY[each.table], [ada.id] * ("$1" in MANY[each.table]))
    await connection.execute_query(f'ANALYZE "{each.table}"')

    plan = await connection.execute_query_dict(f"EXPLAIN {statement(each)}", [each.lasting])

    lines = [row["QUERY PLAN"] for row in plan]
    assert any(each.since in line and "Index Cond" in line for line in lines), lines
