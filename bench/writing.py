"""Comments on cases at a steady rate, in a process of its own: ``python -m bench.writing URL PER_SECOND SECONDS``.

Prints one JSON line: for each comment the case's number, its version from then on, and the monotonic second at which
its transaction had been committed.
"""

import asyncio
import random
import sys
import time

import orjson
from tortoise import connections

from domain.cases import actions as cases
from domain.core.actor import Tool, system
from integrations import postgres

WORKERS = 8


async def written(per_second: float, seconds: float) -> list[tuple[int, int, float]]:
    """Waits for nothing but its turn: what is late is written as soon as it can be."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT c.id, c.number, (SELECT coalesce(max(e.seq), 0) FROM event e"
        " WHERE e.subject_type = 'case' AND e.subject_id = c.id) AS version FROM \"case\" c"
    )
    random.Random(7).shuffle(rows)
    found: list[tuple[int, int, float]] = []
    turns = iter(range(int(per_second * seconds)))
    begun, by = time.monotonic(), system(Tool.COMMAND_LINE)

    async def work() -> None:
        for turn in turns:
            await asyncio.sleep(max(0.0, begun + turn / per_second - time.monotonic()))
            row = rows[turn % len(rows)]
            await cases.comment(row["id"], by=by, text=f"Seen, {turn}.")
            row["version"] += 1
            found.append((row["number"], row["version"], time.monotonic()))

    await asyncio.gather(*(work() for _ in range(WORKERS)))
    return found


async def main(url: str, per_second: float, seconds: float) -> None:
    async with postgres.connected(url, pool=(WORKERS, WORKERS)):
        print(orjson.dumps(await written(per_second, seconds)).decode(), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3])))
