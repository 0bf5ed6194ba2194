"""Sending one row until it is answered: what is busy or away is waited for, together."""

import asyncio
import email.utils
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from caseward.calling.documents import Document
from caseward.calling.errors import CallRefused
from caseward.calling.rows import Row

BUSY = frozenset({408, 429, 502, 503, 504})
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a row: the body of its answer, or errors of ours in the same shape."""

    row: Row
    ok: bool
    data: Mapping[str, Any] | None = None
    errors: Sequence[Mapping[str, Any]] = ()
    replayed: bool = False

    def line(self) -> dict[str, Any]:
        """As it is written, one object a row; no variables."""
        told: dict[str, Any] = {"row": self.row.number, "key": self.row.key, "ok": self.ok, "replayed": self.replayed}
        if self.data is not None:
            told["data"] = self.data
        if self.errors:
            told["errors"] = list(self.errors)
        return told


@dataclass(slots=True)
class Sender:
    """Sends rows of one document. ``patience``: seconds a row may be waited for in all. A pause that one row is told
    holds back the others too."""

    client: httpx.AsyncClient
    document: Document
    patience: float
    _until: float = field(default=0.0)

    async def send(self, row: Row) -> Answer:
        """The row's answer. Raises CallRefused where no row would be answered."""
        if row.wrong is not None:
            return _failed(row, row.wrong.code, str(row.wrong))
        waited, backoff = 0.0, FIRST_PAUSE
        while True:
            waited += await self._held_back()
            answer, wait = await self._once(row, backoff)
            if wait is None or waited + wait > self.patience:
                return answer
            self._until = max(self._until, time.monotonic() + wait)
            backoff = min(backoff * 2, LONGEST_PAUSE)

    async def _held_back(self) -> float:
        """Waits for as long as the server asked anybody to; says how long that was."""
        began = time.monotonic()
        while (wait := self._until - time.monotonic()) > 0:  # noqa: ASYNC110 - others may put it off meanwhile
            await asyncio.sleep(wait)
        return time.monotonic() - began

    async def _once(self, row: Row, backoff: float) -> tuple[Answer, float | None]:
        """An answer, and after how many seconds to try again where that may help."""
        body = {"query": self.document.text, "variables": row.variables, "operationName": self.document.operation}
        headers = {"Idempotency-Key": row.key} if self.document.mutates else {}
        try:
            response = await self.client.post("/graphql", json=body, headers=headers)
        except httpx.TransportError as error:
            return _failed(row, "API_AWAY", f"Nothing answers ({type(error).__name__})."), backoff
        told = _json(response)
        if response.status_code in {401, 403}:
            raise CallRefused(_said(told))
        answer = judged(row, told, mutates=self.document.mutates)
        if response.status_code in BUSY:
            return answer, retry_after(response.headers.get("retry-after"), otherwise=backoff)
        return answer, backoff if answer.errors and all(map(_retryable, answer.errors)) else None


def judged(row: Row, told: Mapping[str, Any], *, mutates: bool) -> Answer:
    """Whether a body says that all of the row was done: without errors, and no root field a refusal."""
    data, errors = told.get("data"), told.get("errors") or ()
    values = [each for each in (data or {}).values() if isinstance(each, Mapping)] if mutates else []
    ok = data is not None and not errors and not any(map(_refused, values))
    return Answer(row, ok, data, errors, replayed=bool(values) and all(each.get("replayed") is True for each in values))


def _refused(value: Mapping[str, Any]) -> bool:
    named = value.get("__typename")
    return not named.endswith("Success") if isinstance(named, str) else "code" in value


def retry_after(header: str | None, *, otherwise: float) -> float:
    """Seconds until then: a number of them, or a date as RFC 9110 writes it."""
    if header is None:
        return otherwise
    if header.strip().isdigit():
        return float(header)
    try:
        at = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return otherwise
    return max(0.0, (at - datetime.now(UTC)).total_seconds()) if at.tzinfo else otherwise


def _failed(row: Row, code: str, message: str) -> Answer:
    return Answer(row, False, errors=[{"message": message, "extensions": {"code": code}}])


def _retryable(error: Mapping[str, Any]) -> bool:
    return (error.get("extensions") or {}).get("retryable") is True


def _json(response: httpx.Response) -> Mapping[str, Any]:
    try:
        found = response.json()
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    said = f"The answer is no GraphQL: HTTP {response.status_code}."
    return {"errors": [{"message": said, "extensions": {"code": "NO_GRAPHQL"}}]}


def _said(told: Mapping[str, Any]) -> str:
    first = (told.get("errors") or [{"message": "The server refuses."}])[0]
    return f"{(first.get('extensions') or {}).get('code', '')} {first['message']}".strip()
