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

TIMEOUT = 60
"""Seconds one answer to a ring may take; what is left is rung for again."""


async def drain(ctx: Mapping[str, Any], name: str) -> None:
    """Answers one ring. A second ring for a drain under way returns at once."""
    locks: dict[str, asyncio.Lock] = ctx["locks"]
    known: Drain | None = ctx["drains"].get(name)
    if known is None or locks[name].locked():
        return
    async with locks[name]:
        await known()


def build(redis_url: str, drains: Drains) -> Worker:
    """A worker over the rings of one Redis. Exits when Redis is lost: its supervisor starts it again."""
    return Worker(
        functions=[func(drain, name="drain", timeout=TIMEOUT, max_tries=1, keep_result=0)],
        queue_name=QUEUE,
        redis_settings=redis_settings(redis_url),
        ctx={"drains": drains, "locks": {name: asyncio.Lock() for name in drains}},
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
