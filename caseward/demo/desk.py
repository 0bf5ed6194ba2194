"""The API as the demo's people use it: documents from this folder, a token each, answers that are waited for."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

DOCUMENTS = Path(__file__).parent / "documents"
PATIENCE = 30.0


class StepFailed(Exception):
    """A step of the scenario was refused, or what it waited for did not happen in time."""


def document(name: str) -> str:
    """The text of a document of the demo."""
    return (DOCUMENTS / f"{name}.graphql").read_text()


class Desk:
    """One client for everybody; who acts is said call by call."""

    def __init__(self, url: str, tokens: Mapping[str, str]) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=10)
        self._tokens = tokens
        self.sent: dict[str, Any] = {}

    async def ask(self, role: str, name: str, **variables: Any) -> dict[str, Any]:
        """Runs a document as somebody. StepFailed on any error or problem. ``sent`` keeps the variables by document."""
        self.sent[name] = variables
        answer = await self._client.post(
            "/graphql",
            json={"query": document(name), "variables": variables},
            headers={"authorization": f"Bearer {self._tokens[role]}"},
        )
        body: dict[str, Any] = answer.json()
        if body.get("errors"):
            message = f"{name}: {body['errors'][0]['message']}"
            raise StepFailed(message)
        found: dict[str, Any] = body["data"]
        for value in found.values():
            if isinstance(value, dict) and "code" in value:
                message = f"{name}: {value['code']} {value['message']}"
                raise StepFailed(message)
        return found

    async def wait(
        self, role: str, name: str, until: Callable[[dict[str, Any]], object], *, what: str, **variables: Any
    ) -> dict[str, Any]:
        """Asks until the answer shows what is waited for; StepFailed after 30 s."""
        found: dict[str, Any] = {}
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    found = await self.ask(role, name, **variables)
                    if until(found):
                        return found
                    await asyncio.sleep(0.1)
        except TimeoutError:
            message = f"{what} did not happen within {PATIENCE:.0f} s. Last answer: {found}"
            raise StepFailed(message) from None

    async def close(self) -> None:
        await self._client.aclose()
