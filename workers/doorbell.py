"""Redis is a doorbell: a ring says which drain has work. Losing it loses nothing."""

from typing import Any

import orjson
import structlog
from arq.connections import ArqRedis, RedisSettings
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

QUEUE = "caseward:rings"
EXPIRES_MS = 10_000


def serialize(job: dict[str, Any]) -> bytes:
    """Rings are JSON, so that no reader of the queue ever unpickles anything."""
    return orjson.dumps(job, default=str)


def deserialize(raw: bytes) -> dict[str, Any]:
    """The inverse of ``serialize``."""
    job: dict[str, Any] = orjson.loads(raw)
    return job


class Doorbell:
    """Rings for workers. Every ring has an id of its own: a ring a dead worker holds blocks no later one."""

    def __init__(self, url: str) -> None:
        connections: ConnectionPool = ConnectionPool.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
        self._redis = ArqRedis(
            connections, job_serializer=serialize, job_deserializer=deserialize, default_queue_name=QUEUE
        )
        self._heard = True

    async def ring(self, drain: str) -> bool:
        """Asks the workers to drain; False where Redis is away."""
        try:
            await self._redis.enqueue_job("drain", drain, _expires=EXPIRES_MS / 1000)
        except (RedisError, OSError, TimeoutError) as error:
            if self._heard:
                log.warning("redis_away", error=type(error).__name__, then="the ticker does the work itself")
            self._heard = False
            return False
        if not self._heard:
            log.info("redis_back")
        self._heard = True
        return True

    async def close(self) -> None:
        await self._redis.aclose(close_connection_pool=True)


def redis_settings(url: str) -> RedisSettings:
    """arq's own form of a Redis URL, patient for a moment at start."""
    settings = RedisSettings.from_dsn(url)
    settings.conn_retries = 5
    settings.conn_retry_delay = 1
    return settings
