"""People and scripts at work: each asks through GraphQL, and asks again under the same key until it has an answer."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from bench.chaos.ground import Ground

SELECTED = {
    "fileSignal": "... on FileSignalSuccess { repeated opened }",
    "fileInquiry": "... on FileInquirySuccess { inquiry { key } }",
    "convertInquiry": "... on ConvertInquirySuccess { case { key } }",
}
BOARD = """{
  cases(first: 20, filter: { state: { in: [QUEUED, IN_REVIEW, ON_HOLD] } },
        orderBy: { field: OPENED_AT, direction: DESC }) { nodes { key subject { externalRef } } }
}"""
DRILLS = 5
ATTEMPTS = 400
"""A hundred seconds and more: longer than anything is away."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A mutation that a client was told had happened. ``text`` is found nowhere else."""

    field: str
    key: str
    text: str | None


@dataclass(slots=True)
class Load:
    """What the clients know: no look into the database."""

    ground: Ground
    tokens: dict[str, str]
    chance: random.Random
    stopping: bool = False
    cases: list[str] = field(default_factory=list)
    inquiries: list[str] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    unanswered: list[str] = field(default_factory=list)
    retries: int = 0
    replayed: int = 0
    from_jira: list[str] = field(default_factory=list)
    numbers: int = 0

    def word(self, what: str) -> str:
        """A word of its own; no word is part of another."""
        self.numbers += 1
        return f"{what}-{self.numbers:05d}x"

    async def mutate(
        self, role: str, name: str, given: dict[str, Any], *, text: str | None = None
    ) -> dict[str, Any] | None:
        """The success, or None where it was refused. Whatever is no answer is asked again under the same key."""
        kind = name[:1].upper() + name[1:]
        query = (
            f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename ... on Success {{ replayed }}"
            f" ... on Problem {{ code message }} {SELECTED.get(name, '')} }} }}"
        )
        key = self.word(name)
        headers = {"authorization": f"Bearer {self.tokens[role]}", "idempotency-key": key}
        body = {"query": query, "variables": {"input": given}}
        attempts = 0
        while (found := await self._ask(body, headers)) is None or "retry" in found:
            attempts += 1
            if attempts > ATTEMPTS or (found is not None and not found["retry"]):
                self.unanswered.append(f"{name} {key}: {found}")
                return None
            self.retries += 1
            await asyncio.sleep(0.25)
        answer: dict[str, Any] = found["data"][name]
        if "code" in answer:
            self.refused[f"{name} {answer['code']}"] += 1
            return None
        self.replayed += bool(answer["replayed"])
        self.accepted.append(Accepted(name, key, text))
        return answer

    async def _ask(self, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any] | None:
        try:
            response = await self.ground.http.post(f"{self.ground.stage.api}/graphql", json=body, headers=headers)
            found: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError):
            return None
        if response.status_code < 500 and not found.get("errors"):
            return found
        code = (found.get("errors") or [{}])[0].get("extensions", {}).get("code", "NONE")
        self.errors[f"{response.status_code} {code}"] += 1
        # A request that is wrong in itself would be asked for ever.
        wrong = 400 <= response.status_code < 500 and response.status_code != 429
        return {"retry": not wrong, "status": response.status_code, "errors": found.get("errors")}

    async def run(self) -> None:
        """Everybody at once, until ``stopping``; each finishes what it has asked for."""
        doers: list[tuple[Callable[[], Awaitable[None]], float]] = [
            (self._look, 1.0),
            (self._flag, 0.4), (self._inquire, 1.5), (self._convert, 2.5), (self._jira, 0.7),
            *((lambda role=role: self._review(role), 0.3) for role in ("reviewer", "lead", "operations")),
            (self._script, 0.8),
        ]  # fmt: skip
        async with asyncio.TaskGroup() as everybody:
            for act, pause in doers:
                everybody.create_task(self._again(act, pause))

    async def _again(self, act: Callable[[], Awaitable[None]], pause: float) -> None:
        while not self.stopping:
            await act()
            await asyncio.sleep(self.chance.uniform(pause / 2, pause * 1.5))

    async def _flag(self) -> None:
        drill = self.chance.random() < 0.1 and self.numbers < 10_000 and self._drills() < DRILLS
        room = self.word("dare") if drill else f"room-{self.chance.randint(1, 60)}"
        text = self.word("flag-dare" if drill else "flag")
        given = {
            "subject": {"kind": "LIVE_SESSION", "externalRef": room, "live": True, "reach": 1200},
            "origin": "TRUSTED_FLAGGER",
            "reasonCode": "UNSAFE_CHALLENGE" if drill else self.chance.choice(["SCAM", "HATE", "SPAM"]),
            "dedupeKey": text,
            "detail": "Seen on stream just now.",
        }
        for turn in range(2 if self.chance.random() < 0.15 else 1):
            await self.mutate("flagger", "fileSignal", given, text=None if turn else text)

    def _drills(self) -> int:
        return sum(1 for each in self.accepted if each.text and each.text.startswith("flag-dare"))

    async def _inquire(self) -> None:
        text = self.word("mail")
        given = {
            "kind": "QUESTION",
            "channel": "email",
            "externalId": text,
            "title": "A question",
            "text": "Could you look?",
            "requester": {"name": "Noor", "address": f"{text}@partner.example"},
        }
        found = await self.mutate("intake", "fileInquiry", given, text=text)
        if found and found["inquiry"]:
            self.inquiries.append(found["inquiry"]["key"])

    async def _convert(self) -> None:
        if self.inquiries:
            key = self.inquiries.pop(0)
            await self.mutate("operations", "convertInquiry", {"id": key, "expectedVersion": None})

    async def _look(self) -> None:
        """The newest open cases, as the lead's board shows them."""
        headers = {"authorization": f"Bearer {self.tokens['lead']}"}
        found = await self._ask({"query": BOARD}, headers)
        if found and found.get("data"):
            open_cases = found["data"]["cases"]["nodes"]
            # Drills are left alone, so that their clocks run out and somebody is paged.
            self.cases = [
                case["key"]
                for case in open_cases
                if not (case["subject"] and case["subject"]["externalRef"].startswith("dare"))
            ]

    async def _review(self, role: str) -> None:
        if not self.cases:
            return
        case = self.chance.choice(self.cases)
        if await self.mutate(role, "claimCase", {"id": case, "expectedVersion": None}) is None:
            await self._put(role, "resumeCase", case)
            return
        match self.chance.randint(0, 4):
            case 0:
                await self._comment(role, case)
                await self._put(role, "releaseCase", case)
            case 1:
                await self._put(role, "holdCase", case, reason="WAITING_FOR_PLATFORM")
            case 2:
                await self._put(role, "releaseCase", case)
            case _:
                text = self.word("because")
                kind = self.chance.choice(["VIOLATION", "VIOLATION", "NO_VIOLATION"])
                policies = [self.chance.choice(["live.scam", "spam"])] if kind == "VIOLATION" else []
                given = {"id": case, "expectedVersion": None, "kind": kind, "policyKeys": policies, "reasoning": text}
                await self.mutate(role, "decideCase", given, text=text)

    async def _script(self) -> None:
        if self.cases:
            case = self.chance.choice(self.cases)
            await self._comment("automation", case)
            await self._put("automation", "resumeCase", case)

    async def _comment(self, role: str, case: str) -> None:
        shared = self.chance.random() < 0.6
        text = self.word("shared" if shared else "internal")
        visibility = "SHARED" if shared else "INTERNAL"
        await self.mutate(role, "commentOnCase", {"id": case, "text": text, "visibility": visibility}, text=text)

    async def _put(self, role: str, name: str, case: str, **given: Any) -> None:
        await self.mutate(role, name, {"id": case, "expectedVersion": None, **given})

    async def _jira(self) -> None:
        """Alice at the other side, on an issue the board shows."""
        issues = issues_of(self.ground.stage.logs.parent)
        if not issues:
            return
        issue = self.chance.choice(issues)["key"]
        match self.chance.randint(0, 2):
            case 0:
                await self._act(do="transition", issue=issue, to="In Progress")
            case _:
                await self.alice_comments(issue)

    async def alice_comments(self, issue: str) -> None:
        """One remark of hers, written down where Jira took it."""
        text = self.word("alice")
        if await self._act(do="comment", issue=issue, body=f"Called the partner. {text}"):
            self.from_jira.append(text)

    async def _act(self, **deed: Any) -> bool:
        response = None
        with contextlib.suppress(httpx.HTTPError):
            response = await self.ground.http.post(
                f"{self.ground.stage.jira}/control/act", json={"person": "acc-alice", **deed}
            )
        return response is not None and response.is_success


def issues_of(home: Path) -> list[dict[str, Any]]:
    """Every issue of the emulated Jira, from the file it keeps them in."""
    place = home / "jira.json"
    return list(orjson.loads(place.read_bytes())["issues"].values()) if place.exists() else []
