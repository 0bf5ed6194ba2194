"""Which policy pages whom."""

from uuid import UUID

from domain.core import versions
from domain.core.versions import ConfigKind
from domain.escalation.policies import EscalationPolicy
from domain.escalation.states import TargetKind
from domain.people.models import Membership


async def policy_of_teams_of(person_id: UUID) -> str | None:
    """The policy in effect, the first by key, with a step that tells a team of this person; None where none does."""
    keys = {str(key) for key in await Membership.filter(person_id=person_id).values_list("team__key", flat=True)}
    if not keys:
        return None
    for version in await versions.in_effect(ConfigKind.ESCALATION_POLICY):
        steps = EscalationPolicy.model_validate(version.body).steps
        if any(target.kind is TargetKind.TEAM and target.key in keys for step in steps for target in step.targets):
            return version.key
    return None
