"""Requests nobody should send: some hundred of them; `python -m bench.fuzz` sends as many as one likes."""

from pathlib import Path

import asyncpg

from bench.fuzz.running import ready
from caseward.stack import Stack
from tests.conftest import url_of

OPERATIONS = 220
SEED = 7


async def test_no_request_is_answered_by_a_failure_of_ours_or_with_what_its_sender_may_not_see(
    stack: Stack, template: str, maintenance: asyncpg.Connection, worker: int, tmp_path: Path, redis_url: str
) -> None:
    name = f"fuzzed_{worker}"
    await maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')

    async with ready(url_of(stack, name), redis_url, tmp_path, seed=SEED) as fuzz:
        await fuzz.run(OPERATIONS)

    await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    assert fuzz.findings == [], f"seed {SEED}"
    assert len(fuzz.asked) > 200
