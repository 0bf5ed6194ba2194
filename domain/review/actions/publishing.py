"""What is allowed and what is not, as versions."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from domain.core import events, versions
from domain.core.actor import Actor
from domain.core.errors import FieldProblem, ValidationFailed, invalid
from domain.core.predicates import camel
from domain.core.transaction import Ref, atomic
from domain.core.versions import ConfigKind
from domain.review import rules
from domain.review.events import ContentPolicyPublished
from domain.review.policies import KEY, PolicySpec, PolicyVersion
from domain.review.queries import policies_of, policy


@atomic
async def publish_policy(
    key: str, *, by: Actor, body: Mapping[str, Any], note: str, effective_from: datetime | None = None
) -> PolicyVersion:
    """Adds the next version of a content policy. Decisions keep the version they stand on. ``body`` is a
    ``PolicySpec``; every wrong field is named at once."""
    by.ensure("config.publish")
    if not re.match(KEY, key):
        raise invalid("key", "Use small letters, digits, dots, dashes and underscores: live.scam, for example.")
    try:
        spec = PolicySpec.model_validate(body)
    except ValidationError as error:
        raise ValidationFailed([FieldProblem(_path(e["loc"]), "INVALID", e["msg"]) for e in error.errors()]) from error
    for at, measure in enumerate(spec.default_actions):
        rules.ensure_term(measure, path=("defaultActions", at))
    if spec.parent == key:
        raise invalid("parent", "A policy cannot be its own parent.")
    if spec.parent is not None:
        await policies_of([spec.parent], path="parent")
    version = await versions.publish(
        ConfigKind.CONTENT_POLICY, key, spec.model_dump(mode="json"), by=by, note=note, effective_from=effective_from
    )
    await events.append(Ref("content_policy", version.id), ContentPolicyPublished(key=key, rev=version.rev), by=by)
    return policy(version)


def _path(where: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """As clients name it. What the whole body is refused for is that defaults are not allowed."""
    return tuple(camel(step) if isinstance(step, str) else step for step in where) or ("defaultActions",)
