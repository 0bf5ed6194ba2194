"""Deciding, and what people do about enforcements and policies."""

from collections.abc import Sequence
from typing import Any

import strawberry

from domain.core.errors import FieldProblem, ValidationFailed
from domain.review import actions as review
from domain.review.policies import Measure
from schema import reads
from schema.cases.mutations import lease_token
from schema.cases.types import Case
from schema.mutations import Info, Success, mutation, primary_key
from schema.review import inputs
from schema.review.types import ContentPolicy, Decision, Enforcement


@strawberry.type(description="The decision stands.")
class DecideCaseSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now.")
    decision: Decision | None = strawberry.field(description="The decision, with its enforcements.")


@strawberry.type(description="It will be sent again.")
class RetryEnforcementSuccess(Success):
    enforcement: Enforcement | None = strawberry.field(description="The enforcement as it is now.")


@strawberry.type(description="Its failure holds the case up no longer.")
class WaiveEnforcementSuccess(Success):
    enforcement: Enforcement | None = strawberry.field(description="The enforcement as it is now.")


@strawberry.type(description="The version is published.")
class PublishContentPolicySuccess(Success):
    content_policy: ContentPolicy | None = strawberry.field(description="The new version.")


def _measures(given: Sequence[inputs.MeasureInput]) -> list[Measure]:
    """Refuses terms of nothing or less, each by its path."""
    wrong = [
        FieldProblem(("actions", place, "lasting"), "INVALID", "Give a term longer than nothing, or null for good.")
        for place, measure in enumerate(given)
        if measure.lasting is not None and measure.lasting.total_seconds() <= 0
    ]
    if wrong:
        raise ValidationFailed(wrong)
    return [Measure(action=measure.action, lasting=measure.lasting) for measure in given]


def _spec(given: inputs.PublishContentPolicyInput) -> dict[str, Any]:
    return {
        "title": given.title,
        "summary": given.summary,
        "parent": given.parent,
        "severity": given.severity,
        "allowed_actions": given.allowed_actions,
        "default_actions": [{"action": m.action, "lasting": m.lasting} for m in given.default_actions],
        "requires_four_eyes": given.requires_four_eyes,
        "automation": given.automation,
    }


@strawberry.type
class ReviewMutations:
    @mutation(permission="case.decide", person=True)
    async def decide_case(self, input: inputs.DecideCaseInput, info: Info) -> DecideCaseSuccess:
        """Decides a case whose lease you hold. What is to be enforced is on its way with it."""
        id = await primary_key(Case, input.id)
        decision = await review.decide(
            id,
            by=info.context.viewer,
            kind=input.kind,
            reasoning=input.reasoning,
            policy_keys=input.policy_keys,
            actions=None if input.actions is None else _measures(input.actions),
            private_note=input.private_note,
            automation=input.automation,
            token=lease_token(input.lease_token),
            expected_version=input.expected_version,
        )
        return DecideCaseSuccess(case=reads.one(Case, id), decision=reads.one(Decision, decision.id))

    @mutation(permission="enforcement.operate")
    async def retry_enforcement(self, input: inputs.RetryEnforcementInput, info: Info) -> RetryEnforcementSuccess:
        """Sends a failed enforcement again; the platform carries it out once, whatever came of the first."""
        id = await primary_key(Enforcement, input.id)
        await review.retry_enforcement(id, by=info.context.viewer)
        return RetryEnforcementSuccess(enforcement=reads.one(Enforcement, id))

    @mutation(permission="enforcement.operate")
    async def waive_enforcement(self, input: inputs.WaiveEnforcementInput, info: Info) -> WaiveEnforcementSuccess:
        """Lets a failed enforcement be, with the reason on record; the last one settled resolves the case."""
        id = await primary_key(Enforcement, input.id)
        await review.waive_enforcement(id, by=info.context.viewer, reason=input.reason)
        return WaiveEnforcementSuccess(enforcement=reads.one(Enforcement, id))

    @mutation(permission="config.publish")
    async def publish_content_policy(
        self, input: inputs.PublishContentPolicyInput, info: Info
    ) -> PublishContentPolicySuccess:
        """Adds the next version of a policy. Decisions keep the version they stand on."""
        version = await review.publish_policy(
            input.key,
            by=info.context.viewer,
            body=_spec(input),
            note=input.note,
            effective_from=input.effective_from,
        )
        return PublishContentPolicySuccess(content_policy=reads.one(ContentPolicy, version.id))
