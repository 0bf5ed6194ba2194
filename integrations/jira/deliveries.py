"""A verified webhook as the mirror takes it in."""

from collections.abc import Mapping

import orjson

from domain.mirror.actions import Hint
from integrations.jira.inbound import concern, delivery_key


def read_delivery(headers: Mapping[str, str], body: bytes) -> tuple[str, Hint | None]:
    """The delivery's key, and what it hints at; None when it is no JSON, or is about no issue."""
    key = delivery_key(headers, body)
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        return key, None
    about = concern(payload)
    if about is None:
        return key, None
    changed = about.changed
    return key, Hint(issue=about.issue, actor=about.actor, changed=changed, happened_at=about.at)
