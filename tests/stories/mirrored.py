"""A desk with a Jira beside it: the real client, the emulator in a process of its own, webhooks carried by hand."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from typing import Any

from domain.core.actor import Actor, Tool, system
from domain.mirror import actions as mirror
from domain.mirror.actions import Receipt
from domain.mirror.models import POLL_EVERY, MirrorConnection
from integrations import Adapters, connect
from integrations.jira.deliveries import read_delivery
from integrations.jira.emulator.mapping import emulator_mapping
from integrations.jira.trackers import JiraTrackers, mirror_mapping
from integrations.settings import Settings
from tests import desk
from tests.builders import SYSTEM
from tests.integrations.jira.running import Delivered, Listener, RunningSite, listening, started

WRITES = {"POST", "PUT", "DELETE"}
POLLED = "/search/jql"
READING = (POLLED, "/issue/bulkfetch")
HOOKS = {"sign": True, "wrong_secret": False, "duplicate": False, "reorder": False, "lose": False, "delay": 0}


@dataclass
class Mirrored:
    """Both sides of one mirror."""

    site: RunningSite
    listener: Listener
    adapters: Adapters
    connection: MirrorConnection

    async def settle(self) -> None:
        """The workers do what there is to do."""
        await desk.settle(self.adapters)

    async def forward(self, **shift: float) -> None:
        """Time passes at the desk."""
        await desk.forward(self.adapters, **shift)

    def arrived(self) -> list[Delivered]:
        """Every webhook Jira has sent since the last look, once it has sent them all."""
        deadline = monotonic() + 20
        while self.site.tell("GET", "webhooks")["pending"]:
            assert monotonic() < deadline, "Jira does not finish sending its webhooks"
        found = []
        while not self.listener.arrived.empty():
            found.append(self.listener.arrived.get_nowait())
        return found

    async def take(self, delivered: Delivered) -> Receipt:
        key, hint = read_delivery(delivered.headers, delivered.body)
        return await mirror.receive(
            "jira", by=system(Tool.TRACKER), body=delivered.body, delivery_key=key, hint=hint
        )  # fmt: skip

    async def hear(self) -> list[Receipt]:
        """Takes in what Jira has sent, then the workers do what there is to do."""
        receipts = [await self.take(delivered) for delivered in self.arrived()]
        await self.settle()
        return receipts

    async def calm(self) -> None:
        """Both sides talk until neither has anything to say; more than ten rounds would be a quarrel."""
        await self.settle()
        for _ in range(10):
            if not await self.hear():
                return
        raise AssertionError("the two sides do not come to rest")

    def issues(self) -> list[dict[str, Any]]:
        return list(self.site.control.get("/board.json").json()["issues"])

    def issue(self) -> dict[str, Any]:
        (issue,) = self.issues()
        return issue

    def comments(self) -> list[str]:
        return [comment["body"] for comment in self.issue()["fields"]["comment"]["comments"]]

    def writes(self) -> list[tuple[str, str]]:
        """What was asked of Jira that could change something."""
        return [
            (seen["method"], seen["path"])
            for seen in self.site.requests()
            if seen["method"] in WRITES and seen["path"] not in READING
        ]

    def asked(self) -> list[tuple[str, str]]:
        """What was asked of Jira, polls aside."""
        return [(each["method"], each["path"]) for each in self.site.requests() if each["path"] != POLLED]

    def forget(self) -> None:
        """Requests so far do not count."""
        self.site.tell("DELETE", "requests")


@contextmanager
def a_jira() -> Iterator[tuple[RunningSite, Listener]]:
    """An emulator and what it sends."""
    with started("--secret", "s3cret", "--retry-factor", "0.00001") as site, listening() as listener:
        yield site, listener


@asynccontextmanager
async def mirrored(
    jira: tuple[RunningSite, Listener], people: dict[str, Actor], *, poll_every: timedelta = POLL_EVERY, **mapping: Any
) -> AsyncIterator[Mirrored]:
    """An empty Jira connected to the desk. ``people``: the emulator's account → who it is here."""
    site, listener = jira
    site.tell("POST", "reset")
    site.tell("PUT", "webhooks", url=listener.url, **HOOKS)
    trackers = JiraTrackers([site.connection()])
    adapters = replace(connect(Settings()), trackers=trackers)
    connection = await mirror.connect(
        "jira", by=SYSTEM, kind="jira", base_url=site.url, doubt_grace=timedelta(minutes=5), poll_every=poll_every
    )  # fmt: skip
    accounts = {str(person.person_id): account for account, person in people.items()}
    spec = mirror_mapping(emulator_mapping(accounts), case_link="https://desk.example/cases/{key}", **mapping)
    await mirror.publish_mapping("jira", body=spec.model_dump(mode="json"), by=SYSTEM)
    both = Mirrored(site, listener, adapters, connection)
    yield both
    both.arrived()
    site.tell("PUT", "webhooks", url=None)
    await trackers.close()
