"""Publishing escalation policies."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from domain.core import events, specs, versions
from domain.core.actor import Actor
from domain.core.errors import FieldProblem, ValidationFailed
from domain.core.models import ConfigVersion
from domain.core.transaction import Ref, atomic
from domain.core.versions import ConfigKind, Version
from domain.escalation.events import EscalationPolicyPublished
from domain.escalation.policies import EscalationPolicy
from domain.escalation.states import TargetKind
from domain.oncall.references import stored
from domain.people.models import Team

_POLICIES = UUID("0a5f4f52-3c3e-5d3b-8f43-9c1d1c7e2b00")


def policy_ref(key: str) -> Ref:
    """The policy as a subject of the log: its id follows from its key."""
    return Ref("escalation_policy", uuid5(_POLICIES, key))


@atomic
async def publish_policy(
    key: str, *, by: Actor, spec: Mapping[str, Any], note: str, effective_from: datetime | None = None
) -> Version:
    """The next version of a policy, for pages raised from then on. Refuses targets that do not exist, each by its path.

    People are written by e-mail address or id, and kept by id.
    """
    by.ensure("config.publish")
    policy = specs.read(EscalationPolicy, spec)
    await _ensure_known(policy)
    persons = {t.key for step in policy.steps for t in step.targets if t.kind is TargetKind.PERSON}
    ids = await stored(persons | {*policy.fallback}, path="spec")
    body = policy.model_dump(mode="json")
    body["fallback"] = [ids[written] for written in policy.fallback]
    for step in body["steps"]:
        for target in step["targets"]:
            target["key"] = ids[target["key"]] if target["kind"] == TargetKind.PERSON else target["key"]
    version = await versions.publish(
        ConfigKind.ESCALATION_POLICY, key, body, by=by, note=note, effective_from=effective_from
    )
    published = EscalationPolicyPublished(
        key=key, version_id=version.id, rev=version.rev, effective_from=version.effective_from
    )
    await events.append(policy_ref(key), published, by=by)
    return version


async def _ensure_known(policy: EscalationPolicy) -> None:
    known = {
        TargetKind.SCHEDULE: {row.key for row in await ConfigVersion.filter(kind=ConfigKind.SCHEDULE).only("key")},
        TargetKind.TEAM: {row.key for row in await Team.all().only("key")},
    }
    problems = [
        FieldProblem(
            ("spec", "steps", i, "targets", j, "key"), "UNKNOWN", f"There is no {target.kind.lower()} {target.key!r}."
        )
        for i, step in enumerate(policy.steps)
        for j, target in enumerate(step.targets)
        if target.kind in known and target.key not in known[target.kind]
    ]
    if problems:
        raise ValidationFailed(problems)
