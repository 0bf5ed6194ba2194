"""Finding policies, decisions and what of them is unsettled."""

from collections.abc import Iterable
from uuid import UUID

from domain.core import versions
from domain.core.errors import NotFound
from domain.core.texts import quoted
from domain.core.versions import ConfigKind, Version
from domain.review.models import Decision, DecisionPolicy, Enforcement
from domain.review.policies import PolicySpec, PolicyVersion
from domain.review.rules import is_terminal
from domain.review.states import DecisionKind


async def policies_of(keys: Iterable[str], *, path: str = "policyKeys") -> list[PolicyVersion]:
    """The versions in effect now, each key once, in the order given. NOT_FOUND names an unknown key."""
    known = {version.key: version for version in await versions.in_effect(ConfigKind.CONTENT_POLICY)}
    found = []
    for key in dict.fromkeys(keys):
        if key not in known:
            raise NotFound("content policy", quoted(key), path=(path,))
        found.append(policy(known[key]))
    return found


def policy(version: Version) -> PolicyVersion:
    """A stored version as a content policy."""
    return PolicyVersion(version.id, version.key, version.rev, PolicySpec.model_validate(version.body))


async def current_decision(case_id: UUID) -> Decision | None:
    """The decision that stands: final, and overridden by none. None before the first."""
    final = Decision.filter(case_id=case_id).exclude(kind=DecisionKind.REQUEUE)
    return await final.order_by("-decided_at", "-id").first()


async def policy_keys_of(decision_id: UUID) -> list[str]:
    """The keys of the policies a decision stands on, in alphabetical order."""
    return [row.policy_key for row in await DecisionPolicy.filter(decision_id=decision_id).order_by("policy_key")]


async def unsettled(decision_id: UUID) -> int:
    """How many of a decision's enforcements still await something, failures included."""
    rows = await Enforcement.filter(decision_id=decision_id)
    return sum(not is_terminal(row.state, waived=row.waived_at is not None) for row in rows)
