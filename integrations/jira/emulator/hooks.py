"""The site's webhooks: what they say, how they are signed, how they are retried, and how they can go astray."""

import asyncio
import hashlib
import hmac
import json
import random
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import httpx
from pydantic import BaseModel

from integrations.jira.emulator.show import Shower
from integrations.jira.emulator.store import Happening

RETRIED: Final = frozenset({408, 409, 425, 429})
RETRIES: Final = 5
SHORTEST_WAIT: Final = timedelta(minutes=5)
LONGEST_WAIT: Final = timedelta(minutes=15)


class HookModes(BaseModel):
    """How deliveries behave. `delay` is in seconds; `reorder` sends every pair the other way round."""

    url: str | None = None
    secret: str = ""
    sign: bool = True
    wrong_secret: bool = False
    duplicate: bool = False
    reorder: bool = False
    lose: bool = False
    delay: float = 0.0


@dataclass
class Delivery:
    """One webhook on its way. The identifier stays the same over retries and duplicates."""

    event: str
    body: bytes
    identifier: str | None
    attempts: int = 0
    statuses: list[int | None] = field(default_factory=list)
    done: bool = False


class HookSender:
    """Delivers what happens. Waits between retries are Jira's, multiplied by `retry_factor`."""

    def __init__(self, modes: HookModes, shower: Shower, *, retry_factor: float = 1.0) -> None:
        self.modes = modes
        self.shower = shower
        self.retry_factor = retry_factor
        self.deliveries: deque[Delivery] = deque(maxlen=5_000)
        self._held: Delivery | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def pending(self) -> int:
        return len(self._tasks)

    def happened(self, happening: Happening) -> None:
        """Must be called on the event loop; returns before anything is sent."""
        if self.modes.url is None or self.modes.lose:
            return
        for payload in payloads(happening, self.shower):
            body = json.dumps(payload).encode()
            identifier = str(uuid.uuid4()) if self.shower.kind == "cloud" else None
            self._dispatch(Delivery(payload["webhookEvent"], body, identifier))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _dispatch(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        batch = [delivery]
        if self.modes.reorder and self._held is None:
            self._held = delivery
            return
        if self._held is not None:
            batch.append(self._held)
            self._held = None
        if self.modes.duplicate:
            batch = [copy for item in batch for copy in (item, item)]
        task = asyncio.get_running_loop().create_task(self._deliver_all(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_all(self, batch: list[Delivery]) -> None:
        if self.modes.delay:
            await asyncio.sleep(self.modes.delay)
        async with httpx.AsyncClient(timeout=httpx.Timeout(20, connect=5), trust_env=False) as client:
            for delivery in batch:
                await self._deliver(client, delivery)

    async def _deliver(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        # Data Center documents no retries: a lost hook there is lost.
        tries = 1 + (RETRIES if self.shower.kind == "cloud" else 0)
        for attempt in range(tries):
            if attempt:
                wait = random.uniform(SHORTEST_WAIT.total_seconds(), LONGEST_WAIT.total_seconds())  # noqa: S311
                await asyncio.sleep(wait * self.retry_factor)
            status = await self._post(client, delivery, attempt)
            delivery.attempts += 1
            delivery.statuses.append(status)
            if status is not None and status < 500 and status not in RETRIED:
                break
        delivery.done = True

    async def _post(self, client: httpx.AsyncClient, delivery: Delivery, attempt: int) -> int | None:
        """The answer's status, None when there was none."""
        if self.modes.url is None:
            return None
        headers = self._headers(delivery, attempt)
        try:
            return (await client.post(self.modes.url, content=delivery.body, headers=headers)).status_code
        except httpx.HTTPError:
            return None

    def _headers(self, delivery: Delivery, attempt: int) -> dict[str, str]:
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Atlassian Webhook HTTP Client"}
        if self.modes.sign and self.modes.secret:
            secret = "somebody else's" if self.modes.wrong_secret else self.modes.secret
            digest = hmac.new(secret.encode(), delivery.body, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature"] = f"sha256={digest}"
        if delivery.identifier:
            headers["X-Atlassian-Webhook-Identifier"] = delivery.identifier
            headers["X-Atlassian-Webhook-Flow"] = "Primary"
        if attempt:
            headers["X-Atlassian-Webhook-Retry"] = str(attempt)
        return headers


BRIEF_FIELDS: Final = ("summary", "issuetype", "project", "assignee", "priority", "status")


def payloads(happening: Happening, shower: Shower) -> list[dict[str, Any]]:
    """What Jira would send: one body, or on Data Center two for a comment."""
    comment = happening.comment
    head: dict[str, Any] = {"timestamp": int(happening.at.timestamp() * 1000)}
    issue = shower.issue(happening.issue, fields=("*all", "-comment"))
    if comment is None:
        payload: dict[str, Any] = head | {
            "webhookEvent": happening.event,
            "issue_event_type_name": happening.kind,
            "user": shower.person(happening.actor),
            "issue": issue,
        }
        if happening.change is not None:
            payload["changelog"] = {"id": happening.change.id, "items": happening.change.items}
        return [payload]
    shown = shower.comment(happening.issue, comment)
    if shower.kind == "cloud":
        brief = shower.issue(happening.issue, fields=BRIEF_FIELDS)
        return [head | {"webhookEvent": happening.event, "comment": shown, "issue": brief}]
    whole = head | {"webhookEvent": "jira:issue_updated", "issue_event_type_name": happening.kind}
    whole |= {"user": shower.person(happening.actor), "issue": issue, "comment": shown}
    return [head | {"webhookEvent": happening.event, "comment": shown}, whole]
