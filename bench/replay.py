"""Rows a second of `caseward replay`, against COPY of the same rows and one set-based fold of the final states.

    python -m bench.replay [FILE.csv[.gz]] [--cases N] [--rounds N] [--jobs N]

Without a file a made-up one is written. The replay is timed as the command it is, from start to exit: one transaction
and a hash-chained history per case, clocks, positions, numbers read back. The fold in SQL keeps nothing of that and
must come to the same final states and reopenings.
"""

import argparse
import asyncio
import gzip
import io
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from bench.logs import COLUMNS, SHIPPED, written
from bench.measuring import a_database, a_stack, rates, timed_async
from caseward.stack import Stack

STAGING = f"""
DROP TABLE IF EXISTS bench_row, bench_case;
CREATE TABLE bench_row (line bigint GENERATED ALWAYS AS IDENTITY,
    {", ".join(f"{name} {'timestamptz' if name == 'changed_at' else 'text'}" for name in COLUMNS)})
"""
FOLD = """
CREATE TABLE bench_case AS
WITH meant AS (
    SELECT incident, changed_at, line, CASE
        WHEN status = 'Queued' THEN 'QUEUED'
        WHEN status = 'Completed' THEN 'RESOLVED'
        WHEN sub_status LIKE 'Wait%' THEN 'ON_HOLD'
        ELSE 'IN_REVIEW' END AS state
    FROM bench_row WHERE status <> 'Unmatched'
), told AS (
    SELECT *, lag(state) OVER history AS before, lead(line) OVER history IS NULL AS is_last
    FROM meant WINDOW history AS (PARTITION BY incident ORDER BY changed_at, line)
)
SELECT incident, max(state) FILTER (WHERE is_last) AS state,
    count(*) FILTER (WHERE before = 'RESOLVED' AND state <> 'RESOLVED') AS reopens
FROM told GROUP BY incident
"""


async def command(file: Path, stack: Stack, url: str, *, jobs: int, home: Path) -> dict[str, Any]:
    """`caseward replay` as a process of its own; what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "caseward", "replay", str(file), "--mapping", str(SHIPPED)),
        *("--json", "--jobs", str(jobs)),
        env={**os.environ, "DATABASE_URL": url, "REDIS_URL": stack.redis_url, "CASEWARD_HOME": str(home)},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, process.returncode
    found: dict[str, Any] = orjson.loads(out)
    return found


async def floor(connection: "asyncpg.Connection[asyncpg.Record]", content: bytes) -> None:
    """COPY into a staging table, then one statement."""
    await connection.execute(STAGING)
    await connection.copy_to_table(
        "bench_row", source=io.BytesIO(content), columns=list(COLUMNS), format="csv", header=True
    )
    await connection.execute(FOLD)


def _content(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


async def measure(stack: Stack, file: Path, *, rounds: int, jobs: int, home: Path) -> None:
    """The ways take turns; every replay is into a database of its own, then repeated there."""
    content = await asyncio.to_thread(_content, file)
    seconds: dict[str, list[float]] = {"replay": [], "replay, repeated": [], "COPY + fold in SQL": []}
    connection = await asyncpg.connect(await a_database(stack, "bench_floor"))
    said: list[dict[str, Any]] = []
    try:
        for number in range(rounds):
            url = await a_database(stack, f"bench_replay_{number}")

            async def replayed(url: str = url) -> None:
                said.append(await command(file, stack, url, jobs=jobs, home=home))

            seconds["replay"].append(await timed_async(replayed))
            seconds["replay, repeated"].append(await timed_async(replayed))
            seconds["COPY + fold in SQL"].append(await timed_async(lambda: floor(connection, content)))
        counted = await connection.fetch("SELECT state, count(*) AS n FROM bench_case GROUP BY state")
        states = {row["state"]: row["n"] for row in counted}
        reopens = await connection.fetchval("SELECT sum(reopens)::int FROM bench_case")
    finally:
        await connection.close()
    for one in said:
        assert (one["final_states"], one["reopens"]) == (states, reopens), (one, states, reopens)
    rows = said[0]["rows"]
    title = f"{rows:,} rows of {said[0]['cases']:,} cases, {jobs} writing processes"
    rates(title, seconds, dict.fromkeys(seconds, rows), unit="rows")
    print("\nreplay: " + ", ".join(f"{taken:.1f} s" for taken in seconds["replay"]))


def main(arguments: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("file", type=Path, nargs="?")
    asked.add_argument("--cases", type=int, default=300, help="of the made-up log")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = asked.parse_args(arguments)
    with a_stack() as stack, tempfile.TemporaryDirectory() as folder:
        file = given.file or written(Path(folder), given.cases)
        asyncio.run(measure(stack, file, rounds=given.rounds, jobs=given.jobs, home=Path(folder)))


if __name__ == "__main__":
    main()
