"""Enforcements by signed HTTP. The contract is the package's docstring."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from domain.review.ports import (
    Accepted,
    Ambiguous,
    Applied,
    Enforcer,
    Order,
    Outcome,
    Refused,
    Standing,
    Unavailable,
    Unheard,
)
from integrations.platform.signing import IDEMPOTENCY, signed

LATER = frozenset({401, 403, 408, 425, 429, 503})
"""Nothing was done: our credentials are wrong, or the platform asks to come back."""

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
LONGEST = timedelta(hours=1)


class HttpEnforcer(Enforcer):
    """Speaks to a platform. A request takes ten seconds at most; redirects are not followed."""

    def __init__(self, url: str, *, secret: str, timeout: float = 10.0) -> None:
        self._secret = secret
        self._client = httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(timeout, connect=5), trust_env=False)

    async def dispatch(self, order: Order, *, key: str) -> Outcome:
        """Never raises for what the network or the platform does."""
        body = {
            "enforcement": str(order.enforcement_id),
            "action": order.action.value,
            "subject": {"kind": order.subject_kind.value, "ref": order.subject_ref, "owner": order.owner_ref},
            "seconds": int(order.lasting.total_seconds()) if order.lasting else None,
            "policies": list(order.policy_keys),
        }
        answer = await self._post("enforcements", body, {IDEMPOTENCY: key})
        if not isinstance(answer, httpx.Response):
            return answer
        told = _body(answer)
        if 400 <= answer.status_code < 500:
            return Refused(str(told.get("code") or f"HTTP_{answer.status_code}"))
        standing = _standing(told) if answer.is_success else None
        return standing or Ambiguous(f"The platform answered {answer.status_code} and nothing that can be read.")

    async def status(self, key: str) -> Standing:
        """A platform that cannot say is Unavailable: only its own UNKNOWN is Unheard."""
        answer = await self._post("enforcements/lookup", {"key": key}, {})
        if isinstance(answer, Ambiguous):
            return Unavailable(answer.error)
        if not isinstance(answer, httpx.Response):
            return answer
        told = _body(answer) if answer.is_success else {}
        if told.get("state") == "UNKNOWN":
            return Unheard()
        return _standing(told) or Unavailable(f"The platform answered {answer.status_code} to a look-up.")

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def _post(
        self, path: str, body: Mapping[str, Any], headers: Mapping[str, str]
    ) -> httpx.Response | Unavailable | Ambiguous:
        content = json.dumps(body).encode()
        sent = (
            {"Content-Type": "application/json"} | signed(self._secret, content, now=datetime.now(UTC)) | dict(headers)
        )
        try:
            answer = await self._client.post(path, content=content, headers=sent)
        except NOT_SENT as error:
            return Unavailable(f"The platform cannot be reached: {type(error).__name__}.")
        except httpx.HTTPError as error:
            return Ambiguous(f"The platform's answer was lost: {type(error).__name__}.")
        if answer.status_code in LATER:
            return Unavailable(f"The platform answered {answer.status_code}.", after=_retry_after(answer))
        return answer


def _body(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, Mapping) else {}


def _standing(told: Mapping[str, Any]) -> Applied | Accepted | Refused | None:
    """What an answer says; None where it says nothing that can be read."""
    match told:
        case {"state": "APPLIED", "receipt": str(receipt)} if receipt:
            return Applied(receipt, _moment(told.get("at")))
        case {"state": "ACCEPTED", "external_id": str(external_id)} if external_id:
            return Accepted(external_id)
        case {"state": "FAILED"}:
            return Refused(str(told.get("code") or "REFUSED"))
        case _:
            return None


def _moment(text: object) -> datetime | None:
    """An aware instant; None where the platform gives none that can be read."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def _retry_after(answer: httpx.Response) -> timedelta | None:
    text = answer.headers.get("Retry-After", "")
    return min(timedelta(seconds=int(text)), LONGEST) if text.isascii() and text.isdigit() and len(text) < 7 else None
