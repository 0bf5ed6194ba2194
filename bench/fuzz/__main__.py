"""Sends the API what nobody should: ``python -m bench.fuzz --operations 100000 --seed 7``.

Looked for are 5xx, errors that are ours, tracebacks, answers of another shape than GraphQL's, and ids of cases hidden
from whoever asked. Exit code 1 where something is found; what was sent is printed whole.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from bench.fuzz.running import Fuzz, ready
from caseward.stack import Stack, throwaway_stack
from integrations import postgres

TELL_EVERY = 1000


def main() -> int:
    """Reads the command line; 0 where nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, help="repeats a run's choices; a new one where none is given")
    parser.add_argument("--most", type=int, default=20, help="findings after which to stop")
    given = parser.parse_args()
    seed = random.randrange(10**6) if given.seed is None else given.seed
    print(f"fuzz: seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="caseward-fuzz-") as home, throwaway_stack(Path(home) / "stack") as stack:
        found = asyncio.run(trial(stack, Path(home), seed, given.operations, most=given.most))
    counts = ", ".join(f"{name} {n:,}" for name, n in sorted(found.met.items()))
    print(
        f"{found.number:,} operations of seed {seed}, {len(found.findings)} findings; {len(found.asked)} fields asked"
    )
    print(counts)
    return 1 if found.findings else 0


async def trial(stack: Stack, home: Path, seed: int, operations: int, *, most: int) -> Fuzz:
    """So many operations on a desk of its own."""
    await postgres.migrate(stack.database_url)
    async with ready(stack.database_url, stack.redis_url, home, seed=seed) as fuzz:
        begun, shown = time.monotonic(), 0
        for done in range(TELL_EVERY, operations + TELL_EVERY, TELL_EVERY):
            await fuzz.run(min(done, operations), most=most)
            for each in fuzz.findings[shown:]:
                print(f"--- {each.number} ({each.kind}) as {each.viewer}: {each.wrong}\n{each.sent}\n{each.told}")
            shown = len(fuzz.findings)
            rate = fuzz.number / (time.monotonic() - begun)
            print(f"{fuzz.number:,} operations, {rate:.0f} a second, {len(fuzz.findings)} findings", flush=True)
            if len(fuzz.findings) >= most:
                break
        return fuzz


if __name__ == "__main__":
    sys.exit(main())
