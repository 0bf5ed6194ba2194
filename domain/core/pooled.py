"""A database transaction that leaves nothing behind when its connection dies, whichever statement that happens at."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import structlog
from tortoise import connections
from tortoise.connection import get_connections
from tortoise.exceptions import BaseORMException, DBConnectionError

log = structlog.get_logger(__name__)

CONNECTION = "default"
GONE = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, BaseORMException)
"""What anything done to a database that is away may raise, among other things."""


def is_lost(error: BaseException) -> bool:
    """Whether this says that the database went away, and nothing about what was being done."""
    return isinstance(
        error,
        (
            asyncpg.PostgresConnectionError,
            asyncpg.OperatorInterventionError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
            ConnectionError,
            DBConnectionError,
        ),
    )


@contextlib.asynccontextmanager
async def begun() -> AsyncIterator[Any]:
    """A connection of the pool inside BEGIN and COMMIT, or ROLLBACK where the block raises.

    Stands in for Tortoise's own context, which after a failed BEGIN keeps the dead connection as the task's current one
    and lets nothing in the task ever reach the database again.
    """
    context = connections.get(CONNECTION)._in_transaction()  # noqa: SLF001 - see the contract test
    try:
        with _whole(context):
            client = await context.__aenter__()
    except OSError as error:
        # No file for the socket, no route, no name: each says that the database is away, and nothing of the work.
        await _leave(context)
        message = f"The database is away: {type(error).__name__}: {error}"
        raise DBConnectionError(message) from error
    except BaseException:
        await _leave(context)
        raise
    try:
        try:
            yield client
        except BaseException:
            with contextlib.suppress(*GONE), _whole(context):
                await client.rollback()
            raise
        with _whole(context):
            await client.commit()
    finally:
        await _leave(context)


@contextlib.contextmanager
def _whole(context: Any) -> Iterator[None]:
    """Around a BEGIN, COMMIT or ROLLBACK. Cancelled in the middle of one, a connection is ended: whether it is in a
    transaction nobody knows, its driver included, and the next who is given it must not find out."""
    try:
        yield
    except asyncio.CancelledError:
        connection = getattr(context.client, "_connection", None)
        if isinstance(connection, asyncpg.pool.PoolConnectionProxy):
            connection.terminate()
        raise


async def _leave(context: Any) -> None:
    """Gives the connection back. One that dies in this moment changes nothing about what was committed."""
    if (token := getattr(context, "token", None)) is not None:
        get_connections().reset(token)
    connection = getattr(context.client, "_connection", None)
    pool = context.client._parent._pool  # noqa: SLF001
    if not isinstance(connection, asyncpg.pool.PoolConnectionProxy) or pool is None:
        return
    try:
        await pool.release(connection)
    except GONE as error:
        log.warning("connection_lost", error=type(error).__name__, then="the pool opens another")
