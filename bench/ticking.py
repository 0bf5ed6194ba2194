"""A ticker in a process of its own whose bells ring for nobody: ``python -m bench.ticking URL``."""

import asyncio
import sys

from caseward import loaded
from integrations import postgres
from workers.ticker import Ticker


async def main(url: str) -> None:
    """Ticks until killed."""

    async def heard(_: str) -> bool:
        return True

    async with postgres.connected(url, pool=(1, 2)):
        loaded.keep()
        print("ticking", flush=True)
        await Ticker({}, heard).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
