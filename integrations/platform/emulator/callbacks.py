"""Receipts sent to the desk, signed, repeated until they are taken."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx

from integrations.platform.emulator.store import Order, Store, now
from integrations.platform.signing import signed

TRIES = 10


class Caller:
    """Sends receipts for late orders. ``factor`` shortens the waits between tries: 1 is a second, then two, four…"""

    def __init__(self, store: Store, *, url: str | None, secret: str, factor: float = 1.0) -> None:
        self.store, self.url, self.secret, self.factor = store, url, secret, factor
        self.twice = False
        self._tasks: set[asyncio.Task[None]] = set()

    def resume(self) -> None:
        """Takes up what a stopped emulator still owed."""
        for order in self.store.world.orders.values():
            if order.callback_due is not None:
                self.owe(order, due=order.callback_due)

    def owe(self, order: Order, *, due: datetime) -> None:
        """Applies the order when it is due, and sends its receipt."""
        order.callback_due = due
        task = asyncio.get_running_loop().create_task(self._settle(order, due))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Ends what waits; it is owed still."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _settle(self, order: Order, due: datetime) -> None:
        await asyncio.sleep(max(timedelta(), due - now()).total_seconds())
        if order.state == "ACCEPTED":
            self.store.apply(order)
            self.store.save()
        if self.url is not None:
            for _ in range(2 if self.twice else 1):
                await self._tell(order, self.url)
        order.callback_due = None
        self.store.save()

    async def _tell(self, order: Order, url: str) -> None:
        body = json.dumps(order.told()).encode()
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            for attempt in range(TRIES):
                if attempt:
                    await asyncio.sleep(2.0 ** (attempt - 1) * self.factor)
                headers = {"Content-Type": "application/json"} | signed(self.secret, body, now=datetime.now(UTC))
                try:
                    answer = await client.post(url, content=body, headers=headers)
                except httpx.HTTPError:
                    order.called_back.append(0)
                    continue
                order.called_back.append(answer.status_code)
                if answer.is_success or answer.status_code in {401, 409, 422}:
                    return
