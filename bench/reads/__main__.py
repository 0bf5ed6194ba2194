"""One page of a queue by Caseward, PostGraphile, plain Strawberry and PostgreSQL's own JSON, side by side.

    python -m bench.reads [--cases N] [--rounds N] [--seconds S] [--connections 8 64] [--sizes 50000 5000000]

All read the same tables of one PostgreSQL, all answers are compared first, and the ways take turns in every round.
Then Caseward alone: one case with 200 events, a filtered list, and the page on desks of several sizes (`--sizes`; five
million cases take 8 GB and some minutes to write). `make bench` installs PostGraphile; without it the rest is measured.
"""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import replace

import uvloop

from bench.measuring import a_database, a_stack
from bench.reads.comparing import page, report, rounds
from bench.reads.seeding import seed
from bench.reads.ways import HERE, caseward, installed, memory, serving, ways
from caseward.stack import Stack


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What the command line asks for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--cases", type=int, default=200_000, help="cases on the desk of the comparison")
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--seconds", type=float, default=3.0, help="how long each way is under load in each round")
    asked.add_argument("--connections", type=int, nargs="+", default=[8, 64])
    asked.add_argument("--sizes", type=int, nargs="*", default=[50_000, 500_000], help="cases on the desks compared")
    return asked.parse_args(arguments)


async def measure(stack: Stack, given: argparse.Namespace) -> None:
    """The comparison, then what only Caseward is asked."""
    how = {"seconds": given.seconds, "number": given.rounds}
    url = await a_database(stack, "bench_reads")
    token = await asyncio.create_task(seed(url, given.cases))  # Tortoise is connected for that task alone
    if not installed():
        print("\nPostGraphile is not installed (`make bench` does it), so it is not compared.")
    title = f"50 cases of a queue of {given.cases:,}"
    await page([(url, way) for way in ways(token)], connections=given.connections, title=title, **how)

    found, names = [], {"one case with 200 events": "case", "a filtered list": "filtered"}
    rest = []
    for name in names.values():
        way = caseward(token, (HERE / f"{name}.graphql").read_text(encoding="utf-8"))
        async with serving(way, url) as server:
            rest.append(memory(server.pid))
            found += await rounds([server], connections=given.connections[0], **how)
    report(f"Caseward alone, {given.connections[0]} connections", list(names), found, rest)
    await sizes(stack, given)


async def sizes(stack: Stack, given: argparse.Namespace) -> None:
    """The page on desks of several sizes; the first is what the others are compared with."""
    desks = []
    for cases in given.sizes:
        url = await a_database(stack, f"bench_reads_{cases}")
        token = await asyncio.create_task(seed(url, cases))
        desks.append((url, replace(caseward(token), name=f"{cases:,} cases")))
    if desks:
        how = {"seconds": given.seconds, "number": given.rounds, "connections": given.connections[:1]}
        await page(desks, title="The page by size", same=False, **how)


def main(arguments: Sequence[str] | None = None) -> None:
    given = read(arguments)
    with a_stack() as stack:
        uvloop.run(measure(stack, given))


if __name__ == "__main__":
    main()
