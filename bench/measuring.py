"""What the measurements share: rounds that take turns, medians of them, and one way to print."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import asyncpg

from caseward.stack import Stack, forget, throwaway_stack, use_stack
from integrations.postgres import migrate
from integrations.settings import Settings

TEMPLATE = "template_caseward"  # the name the tests give it too


def timed(work: Callable[[], object]) -> float:
    """Seconds one call takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


async def timed_async(work: Callable[[], Awaitable[object]]) -> float:
    """Seconds until the awaited work is done."""
    begun = time.perf_counter()
    await work()
    return time.perf_counter() - begun


def taking_turns(ways: Mapping[str, Callable[[], float]], *, rounds: int) -> dict[str, list[float]]:
    """Runs every way once a round, in turn, so that a busy minute of the machine hits them all alike."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    return found


def rates(title: str, seconds: Mapping[str, Sequence[float]], counts: Mapping[str, int], *, unit: str) -> None:
    """Prints each way's median rate, its slowest and fastest round, and how the first way's rate compares with it."""
    medians = {name: counts[name] / median(taken) for name, taken in seconds.items()}
    first = next(iter(medians))
    rows = [
        (
            name,
            f"{medians[name]:,.0f}",
            f"{counts[name] / max(taken):,.0f} to {counts[name] / min(taken):,.0f}",
            "1" if name == first else f"{medians[first] / medians[name]:.3g}",
        )
        for name, taken in seconds.items()
    ]
    table(title, ("", f"{unit}/s, median", "slowest to fastest round", f"{first} is … times as fast"), rows)


def percentile(found: Collection[float], part: int) -> float:
    """What so many of a hundred do not exceed, by nearest rank; 0 where there are none."""
    return sorted(found)[max(0, -(-len(found) * part // 100) - 1)] if found else 0.0


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table as Markdown reads it."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    print(f"\n{title}\n")
    for row in (header, ["-" * width for width in widths], *rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")


@contextmanager
def a_stack(*, durable: bool = False) -> Iterator[Stack]:
    """An empty stack of its own, gone afterwards; ``durable`` is as the desk runs it, commits wait for the disk."""
    with tempfile.TemporaryDirectory(prefix="caseward-bench-") as folder:
        if not durable:
            with throwaway_stack(Path(folder) / "stack") as stack:
                yield stack
            return
        settings = Settings(home=Path(folder) / "home", database_url=None, redis_url=None)
        try:
            with use_stack(settings) as stack:
                yield stack
        finally:
            forget(settings)


async def a_database(stack: Stack, name: str, *, of: str = "") -> str:
    """The URL of a migrated, empty database of this name, or of a copy of another that nobody is connected to. The
    first costs a migration, the others a copy."""
    maintenance = await asyncpg.connect(url_of(stack, "postgres"))
    try:
        if not await maintenance.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", TEMPLATE):
            await maintenance.execute(f'CREATE DATABASE "{TEMPLATE}"')
            await asyncio.create_task(migrate(url_of(stack, TEMPLATE)))
        template = urlsplit(of).path.lstrip("/") if of else TEMPLATE
        await maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    finally:
        await maintenance.close()
    return url_of(stack, name)


def url_of(stack: Stack, database: str) -> str:
    """The URL of another database of the stack."""
    return stack.database_url.replace("/caseward?", f"/{database}?")
