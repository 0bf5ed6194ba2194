"""A database that a test used is, for the next one, as it was made; or there is another."""

import asyncpg

from tests import databases

STATE = """SELECT (SELECT count(*) FROM timer) AS timers, (SELECT array_agg(id ORDER BY id) FROM principal) AS accounts,
    (SELECT last_value FROM override_created_seq) AS numbered"""


async def test_what_a_test_left_is_gone_for_the_next(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    before = await connection.fetchrow(STATE)
    await connection.execute("SELECT arm_timer('LEASE', 'case', uuidv7(), now())")
    await connection.execute("SELECT nextval('override_created_seq') FROM generate_series(1, 3)")
    await connection.execute(
        "INSERT INTO principal (id, kind, name, created_at) VALUES (uuidv7(), 'HUMAN', 'A', now())"
    )
    used = await connection.fetchrow(STATE)

    assert await databases.emptied(database_url)

    assert connection.is_closed() or await closed(connection)
    again = await asyncpg.connect(database_url)
    assert used != before == await again.fetchrow(STATE)
    await again.close()


async def closed(connection: asyncpg.Connection) -> bool:
    """Whether it was ended from the other side."""
    try:
        await connection.fetchval("SELECT 1")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return True
    return False


async def test_a_database_whose_schema_a_test_changed_is_not_used_again(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("CREATE TEMP TABLE passing (a int)")
    await connection.close()
    assert await databases.emptied(database_url)

    connection = await asyncpg.connect(database_url)
    await connection.execute("DROP INDEX case_worklist_due")
    await connection.close()

    assert not await databases.emptied(database_url)
