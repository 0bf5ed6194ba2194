"""A worker over one database, to be killed: drains effects until nothing is left."""

import asyncio
import sys

from caseward.wiring import wire
from integrations import connect
from integrations.postgres import connected
from integrations.settings import Settings
from workers import effects


async def main(url: str) -> None:
    wire()
    async with connected(url, pool=(1, 3)):
        await effects.drain(connect(Settings()))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
