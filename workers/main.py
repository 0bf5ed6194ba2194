"""The arq worker: answers rings by draining. It may die at any moment; the rows it worked on are still there."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from arq import func
from arq.worker import Worker

from workers.doorbell import QUEUE, deserialize, redis_settings, serialize
from workers.drains import Drain, Drains

log = structlog.get_logger(__name__)

PLACES = {"effects": 3}
"""How many drains of a kind may be under way in one worker, where it is not one: a slow effect keeps its drain busy."""

TIMEOUT = 60
"""Seconds one answer to a ring may take; what is left is rung for again."""


async def drain(ctx: Mapping[str, Any], name: str) -> None:
    """Answers one ring. A ring for a drain that is under way often enough returns at once."""
    known: Drain | None = ctx["drains"].get(name)
    if known is None:
        return
    places: asyncio.Semaphore = ctx["places"][name]
    if not places.locked():
        async with places:
            await known()


def build(redis_url: str, drains: Drains) -> Worker:
    """A worker over the rings of one Redis. Exits when Redis is lost: its supervisor starts it again."""
    return Worker(
        functions=[func(drain, name="drain", timeout=TIMEOUT, max_tries=1, keep_result=0)],
        queue_name=QUEUE,
        redis_settings=redis_settings(redis_url),
        ctx={"drains": drains, "places": {name: asyncio.Semaphore(PLACES.get(name, 1)) for name in drains}},
        max_jobs=20,
        poll_delay=0.05,
        keep_result=0,
        handle_signals=False,
        health_check_interval=15,
        job_serializer=serialize,
        job_deserializer=deserialize,
        log_results=False,
    )


async def run(redis_url: str, drains: Drains) -> None:
    """Answers rings until cancelled."""
    worker = build(redis_url, drains)
    try:
        await worker.async_run()
    finally:
        await worker.close()
