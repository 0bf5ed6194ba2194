"""Deliveries of other systems: proven, stored, answered."""

import asyncpg
import httpx
import pytest

from api.webhooks import LARGEST, Source, Verdict
from domain.core.errors import NotFound
from tests.api.conftest import served

GENUINE = {"X-Signature": "right"}


class Inbox:
    """A source whose signature is a word."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.taken: list[tuple[bytes, Verdict]] = []
        self.failure = failure

    def source(self) -> Source:
        return Source(verify=lambda _, headers: headers.get("x-signature") == "right", receive=self._receive)

    async def _receive(self, body: bytes, _headers: object, verdict: Verdict) -> None:
        if self.failure is not None:
            raise self.failure
        self.taken.append((body, verdict))


async def deliver(database_url: str, inbox: Inbox, body: bytes, headers: dict[str, str], name: str = "jira") -> int:
    async with served(database_url, jira=inbox.source()) as url, httpx.AsyncClient(base_url=url) as http:
        return (await http.post(f"/webhooks/{name}", content=body, headers=headers)).status_code


@pytest.mark.parametrize(
    ("body", "headers", "name", "status", "taken"),
    [
        (b'{"a": 1}', GENUINE, "jira", 200, [(b'{"a": 1}', Verdict.GENUINE)]),
        (b"not json", GENUINE, "jira", 200, [(b"not json", Verdict.GENUINE)]),
        (b"x" * (LARGEST + 1), GENUINE, "jira", 200, [(b"", Verdict.TOO_LARGE)]),
        (b"{}", {}, "jira", 401, []),
        (b"x" * (LARGEST + 1), {}, "jira", 401, []),
        (b"{}", GENUINE, "nobody", 404, []),
    ],
)
async def test_only_what_is_proven_is_taken(
    database_url: str,
    body: bytes,
    headers: dict[str, str],
    name: str,
    status: int,
    taken: list[tuple[bytes, Verdict]],
) -> None:
    inbox = Inbox()

    answered = await deliver(database_url, inbox, body, headers, name)

    assert (answered, inbox.taken) == (status, taken)


@pytest.mark.parametrize(
    ("failure", "status"),
    [(asyncpg.ConnectionDoesNotExistError("gone"), 503), (OSError("refused"), 503), (NotFound("connection", "x"), 422)],
)
async def test_a_sender_is_told_whether_to_repeat(database_url: str, failure: Exception, status: int) -> None:
    assert await deliver(database_url, Inbox(failure), b"{}", GENUINE) == status
