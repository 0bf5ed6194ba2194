"""How long Jira asks us to wait, and for what."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from domain.mirror.outcomes import Throttled, ThrottleScope

SHORTEST: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(hours=1)

SCOPES: Final = {
    "jira-burst-based": ThrottleScope.ENDPOINT,
    "jira-per-issue-on-write": ThrottleScope.ISSUE,
    "jira-quota-tenant-based": ThrottleScope.CONNECTION,
    "jira-quota-global-based": ThrottleScope.CONNECTION,
}


def throttled(headers: Mapping[str, str], *, now: datetime) -> Throttled:
    """What a 429 means. Waits are clamped to a second and an hour; an unknown reason is about the endpoint alone.

    A quota waits for its reset rather than for `Retry-After`, which speaks of the next single request.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    scope = SCOPES.get(lowered.get("ratelimit-reason", ""), ThrottleScope.ENDPOINT)
    after, reset = _after(lowered.get("retry-after"), now), _moment(lowered.get("x-ratelimit-reset"))
    until = (reset or after) if scope is ThrottleScope.CONNECTION else (after or reset)
    if until is None:
        return Throttled(scope, None)
    return Throttled(scope, now + min(max(until - now, SHORTEST), LONGEST))


def _after(raw: str | None, now: datetime) -> datetime | None:
    """Seconds, whole or not, or an HTTP date."""
    if raw is None or not raw.strip():
        return None
    try:
        seconds = float(raw)
    except ValueError:
        return _http_date(raw)
    if math.isnan(seconds):
        return None
    return now + timedelta(seconds=min(max(seconds, 0.0), LONGEST.total_seconds()))


def _http_date(raw: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(raw)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _moment(raw: str | None) -> datetime | None:
    """ISO 8601, in UTC when it names no zone."""
    if raw is None:
        return None
    try:
        moment = datetime.fromisoformat(raw.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
