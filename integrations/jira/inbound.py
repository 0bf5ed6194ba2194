"""What a webhook from Jira is worth: whether it is genuine, whether it came before, and which issue to look at. Pure.

A payload is a hint. Only deletions and moves are taken from it; everything else is read from Jira itself.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

SIGNATURE: Final = re.compile(r"^sha256=([0-9a-fA-F]{64})$")
IN_COMMENT_ADDRESS: Final = re.compile(r"/issue/([A-Za-z0-9_-]+)/comment/")
IDENTIFIER: Final = "x-atlassian-webhook-identifier"


def is_genuine(body: bytes, signature: str | None, secrets: Sequence[str]) -> bool:
    """Whether `X-Hub-Signature` is the HMAC of the raw body under one of the secrets.

    Several secrets are valid while one replaces the other. Empty ones never are: without a secret nothing is genuine.
    """
    match = SIGNATURE.match((signature or "").strip())
    if match is None:
        return False
    given = match[1].lower()
    # Every secret is tried even after a match, so that the time taken says nothing about which one it was.
    verdicts = [
        hmac.compare_digest(hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(), given)
        for secret in secrets
        if secret
    ]
    return any(verdicts)


def delivery_key(headers: Mapping[str, str], body: bytes) -> str:
    """The same for every repetition of one delivery: Jira's identifier, or a digest where it sends none."""
    identifier = next((value for name, value in headers.items() if name.lower() == IDENTIFIER), "").strip()
    return f"id:{identifier[:200]}" if identifier else f"sha256:{hashlib.sha256(body).hexdigest()}"


class Happened(StrEnum):
    """What kind of news it is. OTHER concerns an issue in a way nobody needs to tell apart."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    MOVED = "MOVED"
    DELETED = "DELETED"
    COMMENTED = "COMMENTED"
    COMMENT_CHANGED = "COMMENT_CHANGED"
    COMMENT_DELETED = "COMMENT_DELETED"
    OTHER = "OTHER"


EVENTS: Final = {
    "jira:issue_created": Happened.CREATED,
    "jira:issue_updated": Happened.UPDATED,
    "jira:issue_deleted": Happened.DELETED,
    "comment_created": Happened.COMMENTED,
    "comment_updated": Happened.COMMENT_CHANGED,
    "comment_deleted": Happened.COMMENT_DELETED,
}


@dataclass(frozen=True, slots=True)
class Concern:
    """The issue to look at: `issue` is its id, or its key when `by_key`. `at` is when Jira says it happened.

    `changed` are the ids of the fields that `actor` changed: whose change it was is told nowhere else.
    """

    happened: Happened
    issue: str
    by_key: bool = False
    key: str | None = None
    project: str | None = None
    comment: str | None = None
    actor: str | None = None
    at: datetime | None = None
    changed: tuple[str, ...] = ()


def concern(payload: Any) -> Concern | None:
    """Which issue a parsed payload is about; None when it is about none, or is not a webhook of Jira's."""
    if not isinstance(payload, dict):
        return None
    event = str(payload.get("webhookEvent") or "")
    comment, issue = _object(payload, "comment"), _object(payload, "issue")
    found = str(issue.get("id") or issue.get("key") or "") or _issue_of(comment)
    if not event or not found:
        return None
    happened = EVENTS.get(event, Happened.OTHER)
    if happened is Happened.UPDATED and _was_moved(payload):
        happened = Happened.MOVED
    project = _object(_object(issue, "fields"), "project").get("key")
    return Concern(
        happened=happened,
        issue=found,
        by_key=not found.isdigit(),
        key=_text(issue.get("key")),
        project=_text(project),
        comment=_text(comment.get("id")),
        actor=_actor(payload, comment),
        at=_moment(payload.get("timestamp")),
        changed=_changed(payload),
    )


def _issue_of(comment: Mapping[str, Any]) -> str:
    """Data Center's comment webhooks name the issue only inside the comment's own address."""
    match = IN_COMMENT_ADDRESS.search(str(comment.get("self") or ""))
    return match[1] if match else ""


def _was_moved(payload: Mapping[str, Any]) -> bool:
    if payload.get("issue_event_type_name") == "issue_moved":
        return True
    items = _object(payload, "changelog").get("items")
    return isinstance(items, list) and any(isinstance(item, dict) and item.get("field") == "Key" for item in items)


def _changed(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Old Data Centers give a field's name only."""
    items = _object(payload, "changelog").get("items")
    found = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return tuple(str(item.get("fieldId") or item.get("field") or "")[:64] for item in found[:100])


def _actor(payload: Mapping[str, Any], comment: Mapping[str, Any]) -> str | None:
    """Cloud's comment webhooks name nobody but the comment's own authors."""
    for person in (_object(payload, "user"), _object(comment, "updateAuthor"), _object(comment, "author")):
        account = person.get("accountId") or person.get("name")
        if account:
            return str(account)
    return None


def _moment(raw: Any) -> datetime | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    try:
        return datetime.fromtimestamp(raw / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _object(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and value else None
