"""What is kept for a time and then deleted. Nothing here is part of a history: no event tells of it, none is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from tortoise import connections

from integrations.settings import Settings

log = structlog.get_logger(__name__)

BATCH = 5_000
"""Rows deleted at once: a moment's work, so that neither the ticker nor whoever writes there waits for it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of a table are kept until ``since`` (a column) is ``lasting`` ago."""

    table: str
    since: str
    lasting: timedelta


def kept(settings: Settings) -> tuple[Kept, ...]:
    """All that is not kept for ever."""
    found = [Kept("idempotency_key", "created_at", timedelta(hours=24))]
    if settings.sensitive_read_days is not None:
        found.append(Kept("sensitive_read", "read_at", timedelta(days=settings.sensitive_read_days)))
    return tuple(found)


async def sweep(rows: Sequence[Kept], *, batch: int = BATCH) -> bool:
    """Deletes ``batch`` of each that is over; whether there may be more. Of two at work neither waits for the other."""
    more = False
    for each in rows:
        deleted, _ = await connections.get("default").execute_query(statement(each, batch=batch), [each.lasting])
        more = more or deleted == batch
        if deleted:
            log.info("rows_swept", table=each.table, rows=deleted)
    return more


def statement(each: Kept, *, batch: int = BATCH) -> str:
    """Deletes what is over and reads nothing else, by an index of ``since``. Its parameter is ``lasting``."""
    return (
        f'DELETE FROM "{each.table}" WHERE id IN (SELECT id FROM "{each.table}" '
        f'WHERE "{each.since}" < app_clock() - $1::interval LIMIT {batch} FOR UPDATE SKIP LOCKED)'
    )
