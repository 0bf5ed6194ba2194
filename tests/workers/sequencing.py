"""A sequencer in a process of its own, to be killed: ``python -m tests.workers.sequencing URL [hold]``.

Positions whatever comes until it is killed; with ``hold`` it dies in the middle of it: it says so and waits.
"""

import asyncio
import sys

from domain.core.transaction import transaction
from integrations import postgres
from workers import sequencer


async def main(url: str, *, hold: bool) -> None:
    async with postgres.connected(url, pool=(1, 2)):
        if hold:
            async with transaction():
                await sequencer.sequence()
                sys.stdout.write("holding\n")
                sys.stdout.flush()
                await asyncio.Event().wait()
        sys.stdout.write("running\n")
        sys.stdout.flush()
        while True:
            await sequencer.sequence()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], hold="hold" in sys.argv[2:]))
