"""What can be done to pages and escalation policies."""

import strawberry

from domain.core.errors import invalid
from domain.core.transaction import Ref
from domain.escalation import actions as escalation
from schema import reads
from schema.cases.types import Case
from schema.escalation import inputs
from schema.escalation.types import EscalationPolicy, Page
from schema.mutations import Info, Success, mutation, optional_key, primary_key

PAGE = "The page as it is now; null if you may not see it."


@strawberry.type(description="People are being told, or were already.")
class RaisePageSuccess(Success):
    page: Page | None = strawberry.field(description=PAGE)


@strawberry.type(description="Somebody is at it; nothing more is sent.")
class AcknowledgePageSuccess(Success):
    page: Page | None = strawberry.field(description=PAGE)


@strawberry.type(description="It is over; nothing more is sent.")
class ResolvePageSuccess(Success):
    page: Page | None = strawberry.field(description=PAGE)


@strawberry.type(description="The next step is being told.")
class EscalatePageSuccess(Success):
    page: Page | None = strawberry.field(description=PAGE)


@strawberry.type(description="The version is published.")
class PublishEscalationPolicySuccess(Success):
    rev: int = strawberry.field(description="Which version it is.")
    escalation_policy: EscalationPolicy | None = strawberry.field(
        description="The policy; null before the version takes effect."
    )


@strawberry.type
class EscalationMutations:
    @mutation(permission="page.raise")
    async def raise_page(self, input: inputs.RaisePageInput, info: Info) -> RaisePageSuccess:
        """Pages people by a policy. While a page of the same dedupeKey is open, it counts one more occurrence."""
        case_id = await optional_key(Case, input.case_id, path="caseId")
        page = await escalation.page(
            input.policy_key,
            by=info.context.viewer,
            subject=Ref("case", case_id) if case_id else Ref("principal", info.context.viewer.id),
            dedup_key=input.dedupe_key,
            title=input.title,
            urgency=input.urgency,
        )
        return RaisePageSuccess(page=reads.one(Page, page.id))

    @mutation(permission="page.acknowledge", person=True)
    async def acknowledge_page(self, input: inputs.AcknowledgePageInput, info: Info) -> AcknowledgePageSuccess:
        """Takes a page on: nobody else is told. The first to acknowledge owns it."""
        id = await primary_key(Page, input.id)
        await escalation.acknowledge(id, by=info.context.viewer, expected_version=input.expected_version)
        return AcknowledgePageSuccess(page=reads.one(Page, id))

    @mutation(permission="page.acknowledge")
    async def resolve_page(self, input: inputs.ResolvePageInput, info: Info) -> ResolvePageSuccess:
        """Says that what the page was about is over."""
        id = await primary_key(Page, input.id)
        await escalation.resolve(id, by=info.context.viewer, expected_version=input.expected_version)
        return ResolvePageSuccess(page=reads.one(Page, id))

    @mutation(permission="page.acknowledge")
    async def escalate_page(self, input: inputs.EscalatePageInput, info: Info) -> EscalatePageSuccess:
        """Sends a page on to the next step now. ALREADY_ESCALATED where it has moved on since."""
        id = await primary_key(Page, input.id)
        await escalation.escalate(id, by=info.context.viewer, seen_step=input.seen_step)
        return EscalatePageSuccess(page=reads.one(Page, id))

    @mutation(permission="config.publish")
    async def publish_escalation_policy(
        self, input: inputs.PublishEscalationPolicyInput, info: Info
    ) -> PublishEscalationPolicySuccess:
        """Publishes the next version of a policy, for pages raised from then on."""
        if not isinstance(input.spec, dict):
            raise invalid("spec", "Give an object.")
        version = await escalation.publish_policy(
            input.key, by=info.context.viewer, spec=input.spec, note=input.note, effective_from=input.effective_from
        )
        return PublishEscalationPolicySuccess(
            rev=version.rev, escalation_policy=reads.one(EscalationPolicy, version.id)
        )  # fmt: skip
