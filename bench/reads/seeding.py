"""A desk full of cases in the tables the API reads, written by a few statements instead of by actions."""

from pathlib import Path

import asyncpg

from domain.core.actor import Tool, system
from domain.people import actions as people
from domain.people.roles import Role
from integrations.postgres import connected

SEED = (Path(__file__).parent / "seed.sql").read_text(encoding="utf-8")


async def seed(url: str, cases: int) -> str:
    """Fills a migrated, empty database; gives the token of a reviewer there. 200,000 cases take about a minute."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"SET bench.cases = {cases}; SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'")
        await connection.execute(SEED)
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()
    async with connected(url, pool=(1, 2)):
        return await _token()


async def _token() -> str:
    by = system(Tool.COMMAND_LINE)
    person = await people.add_person("Reader", by=by, email="reader@example.org", roles=(Role.REVIEWER,))
    _, secret = await people.issue_token(person.id, by=by, name="bench")
    return secret
