"""Budgets in Redis, one token bucket an owner. Nobody waits for Redis long, nor at all while it is away."""

import asyncio
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

PATIENCE = 0.2
"""Seconds one call may take, connecting included. Whoever meets a silent Redis first waits this long, nobody after."""
RETRY = 1.0
"""Seconds between attempts to reach a Redis that is away; made in the background."""
AT_ONCE = 200
KNOWN = 10_000

SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local capacity, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local found = {}
for i, key in ipairs(KEYS) do
  local amount = tonumber(ARGV[i + 2])
  local kept = redis.call('HMGET', key, 'left', 'at')
  local since = math.max(0, now - (tonumber(kept[2]) or now))
  local left = math.min(capacity, (tonumber(kept[1]) or capacity) + since * rate)
  local taken = 1
  if amount > 0 and amount > left then
    taken = 0
  else
    left = math.min(capacity, left - amount)
  end
  redis.call('HSET', key, 'left', string.format('%.17g', left), 'at', string.format('%.17g', now))
  redis.call('PEXPIRE', key, math.ceil((capacity - left) / rate * 1000) + 1000)
  found[i] = {taken, math.floor(left)}
end
return found
"""
"""Takes amounts, or nothing where too little is left; negative ones are given back. By Redis' own clock, which all
processes share. A bucket nobody knows is full, so that a full one need not be kept.
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """What is ``left`` after it was, or was not, ``taken``."""

    taken: bool
    left: int


_Coming = asyncio.Future[Balance | None]


class Budgets:
    """Every budget holds ``capacity`` and regains ``rate`` a second; both are at least 1.

    One call is under way at a time: what is asked meanwhile goes together in the next.
    """

    def __init__(self, url: str, *, capacity: int, rate: int) -> None:
        self.capacity = max(1, capacity)
        self.rate = max(1, rate)
        self._redis: Redis = Redis.from_url(url)
        self._script = self._redis.register_script(SCRIPT)
        self._waiting: list[tuple[str, int, _Coming | None]] = []
        self._known: OrderedDict[str, int] = OrderedDict()
        self._sending: asyncio.Task[None] | None = None
        self._returning: asyncio.Task[None] | None = None

    def take(self, owner: str, amount: int) -> _Coming:
        """Takes so much at once or nothing. None comes where Redis cannot be asked: nobody is refused for that."""
        coming: _Coming = asyncio.get_running_loop().create_future()
        if self._returning is None:
            self._put(owner, amount, coming)
        else:
            coming.set_result(None)
        return coming

    def give_back(self, owner: str, amount: int) -> None:
        """Gives back what was not used, a moment later. What cannot be given back is forgotten: time restores it."""
        if self._returning is None:
            self._put(owner, -amount, None)

    def has_plenty(self, owner: str, amount: int) -> bool:
        """Whether, as far as this process knows, taking this will go well: half is left, and four times as much."""
        return self._known.get(owner, 0) >= max(self.capacity // 2, 4 * amount)

    async def close(self) -> None:
        """Sends what waits, then hangs up."""
        if self._returning is not None:
            self._returning.cancel()
            with suppress(asyncio.CancelledError):
                await self._returning
        if self._sending is not None:
            await self._sending
        await self._redis.aclose()

    def _put(self, owner: str, amount: int, coming: _Coming | None) -> None:
        self._waiting.append((owner, amount, coming))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            found: list[Balance | None] = [None] * len(batch)
            try:
                if self._returning is None:
                    found = await self._asked([(owner, amount) for owner, amount, _ in batch])
            finally:
                for (owner, _, coming), balance in zip(batch, found, strict=True):
                    self._note(owner, balance)
                    if coming is not None and not coming.done():
                        coming.set_result(balance)

    async def _asked(self, batch: list[tuple[str, int]]) -> list[Balance | None]:
        keys = [f"caseward:cost:{owner}" for owner, _ in batch]
        amounts = [amount for _, amount in batch]
        try:
            found = await self._in_time(keys, [self.capacity, self.rate, *amounts])
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("redis_away", error=type(error).__name__, then="requests are served without budgets")
            self._known.clear()
            self._returning = asyncio.create_task(self._return())
            return [None] * len(batch)
        return [Balance(taken == 1, left) for taken, left in found]

    async def _in_time(self, keys: list[str], arguments: list[int]) -> list[tuple[int, int]]:
        calling = asyncio.ensure_future(self._script(keys=keys, args=arguments))
        try:
            for _ in range(2):  # a moment in which this process itself stood still uses up one of them, not both
                await asyncio.wait({calling}, timeout=PATIENCE / 2)
            if not calling.done():
                raise TimeoutError
            return list(calling.result())
        finally:
            calling.cancel()

    def _note(self, owner: str, balance: Balance | None) -> None:
        if balance is None:
            return
        self._known[owner] = balance.left
        self._known.move_to_end(owner)
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)

    async def _return(self) -> None:
        while True:
            await asyncio.sleep(RETRY)
            with suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(RETRY):
                    await self._redis.ping()
                break
        log.info("redis_back")
        self._returning = None
