"""What an HTTP reply from Jira means. Pure: status, headers and body in, an outcome out."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.mirror.outcomes import (
    Ambiguous,
    AuthLost,
    AuthLostBy,
    Failure,
    NotVisible,
    Ok,
    ProtocolFault,
    ProtocolFaultBy,
    Rejected,
    RejectedBy,
    Unavailable,
)
from integrations.jira.throttle import throttled

REASONS: Final = {
    403: RejectedBy.FORBIDDEN,
    409: RejectedBy.CONFLICT,
    413: RejectedBy.TOO_LARGE,
}
TEXT_LIMIT: Final = re.compile(r"allowed limit of ([\d.,\s]*\d)", re.IGNORECASE)
LONGEST_MESSAGE: Final = 300
MOST_MESSAGES: Final = 20
INVISIBLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply as it arrived. `writes` is whether the request could have changed anything."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    writes: bool

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name), "")

    @property
    def is_page(self) -> bool:
        """A page for people: a sign-in form, a proxy's notice, a maintenance sign."""
        return "html" in self.header("content-type").lower() or self.body.lstrip()[:1] == b"<"


def understand(reply: Reply, *, now: datetime, secrets: tuple[str, ...] = ()) -> Ok[Any] | Failure:
    """The parsed JSON, None for an empty success, or why not.

    A write whose success cannot be read is `Ambiguous`: it was probably done. 503 says by its meaning that nothing
    was done; 500, 502 and 504 say nothing of the kind, so for a write they are `Ambiguous` too.
    """
    if _locked_out(reply):
        return AuthLost(AuthLostBy.CAPTCHA)
    if reply.status == 401 or "AUTHENTICATED_FAILED" in reply.header("x-seraph-loginreason"):
        return AuthLost(AuthLostBy.REFUSED)
    if reply.status == 429:
        return throttled(reply.headers, now=now)
    if reply.status >= 500:
        lost = reply.writes and reply.status != 503
        return Ambiguous(reply.status) if lost else Unavailable(connected=True, status=reply.status)
    if reply.status < 300:
        return _success(reply)
    return _refusal(reply, secrets)


def _locked_out(reply: Reply) -> bool:
    denied = reply.header("x-authentication-denied-reason") + reply.header("x-seraph-loginreason")
    return "CAPTCHA" in denied or "AUTHENTICATION_DENIED" in denied


def _success(reply: Reply) -> Ok[Any] | Failure:
    if not reply.body.strip():
        return Ok(None)
    if reply.is_page:
        return ProtocolFault(ProtocolFaultBy.HTML, reply.status, maybe_done=reply.writes)
    try:
        return Ok(json.loads(reply.body))
    except ValueError:
        if reply.writes:
            return Ambiguous(reply.status)
        return ProtocolFault(ProtocolFaultBy.UNREADABLE, reply.status)


def _refusal(reply: Reply, secrets: tuple[str, ...]) -> Failure:
    if reply.status < 400:
        return ProtocolFault(ProtocolFaultBy.REDIRECT, reply.status)
    if reply.status == 408:
        return Unavailable(connected=True, status=408)
    if reply.status == 410:
        return ProtocolFault(ProtocolFaultBy.REMOVED, reply.status)
    if reply.is_page:
        return ProtocolFault(ProtocolFaultBy.HTML, reply.status)
    if reply.status == 404:
        return NotVisible()
    return _rejected(reply, secrets)


def _rejected(reply: Reply, secrets: tuple[str, ...]) -> Rejected:
    try:
        said = json.loads(reply.body)
    except ValueError:
        said = None
    said = said if isinstance(said, dict) else {}
    errors, messages = said.get("errors"), said.get("errorMessages")
    fields = (
        {str(name)[:100]: clean(text, secrets) for name, text in errors.items()} if isinstance(errors, dict) else {}
    )
    words = tuple(clean(text, secrets) for text in messages[:MOST_MESSAGES]) if isinstance(messages, list) else ()
    return Rejected(
        reason=REASONS.get(reply.status, RejectedBy.INVALID),
        field_errors=dict(list(fields.items())[:MOST_MESSAGES]),
        messages=words,
        text_limit=_text_limit((*fields.values(), *words)),
    )


def clean(text: object, secrets: tuple[str, ...]) -> str:
    """Jira's own words, short, on one line, and without our credentials should it quote them."""
    words = INVISIBLE.sub(" ", str(text))
    for secret in secrets:
        if secret:
            words = words.replace(secret, "***")
    return words[:LONGEST_MESSAGE]


def _text_limit(messages: tuple[str, ...]) -> int | None:
    for message in messages:
        if match := TEXT_LIMIT.search(message):
            return int(re.sub(r"\D", "", match[1]))
    return None
