"""What can be done to policies and calendars."""

import strawberry

from domain.calendars import actions as calendars
from domain.core.errors import invalid
from domain.sla import actions as sla
from schema import reads
from schema.mutations import Info, Success, mutation
from schema.sla.inputs import PublishCalendarInput, PublishSlaPolicyInput
from schema.sla.types import Calendar, SlaPolicy


@strawberry.type(description="The version is published. Open clocks follow it in a moment; verdicts stay.")
class PublishSlaPolicySuccess(Success):
    rev: int = strawberry.field(description="Which version it is.")
    policy: SlaPolicy | None = strawberry.field(
        description="The policy; null before the version takes effect, or if you may not read policies."
    )


@strawberry.type(description="The version is published. Open clocks follow it in a moment; verdicts stay.")
class PublishCalendarSuccess(Success):
    rev: int = strawberry.field(description="Which version it is.")
    calendar: Calendar | None = strawberry.field(
        description="The calendar; null before the version takes effect, or if you may not read calendars."
    )


@strawberry.type
class SlaMutations:
    @mutation(permission="config.publish")
    async def publish_sla_policy(self, input: PublishSlaPolicyInput, info: Info) -> PublishSlaPolicySuccess:
        """Publishes the next version of an SLA policy."""
        if not isinstance(input.spec, dict):
            raise invalid("spec", "Give an object.")
        version = await sla.publish_policy(
            input.key, by=info.context.viewer, spec=input.spec, note=input.note, effective_from=input.effective_from
        )
        return PublishSlaPolicySuccess(rev=version.rev, policy=reads.one(SlaPolicy, version.id))

    @mutation(permission="config.publish")
    async def publish_calendar(self, input: PublishCalendarInput, info: Info) -> PublishCalendarSuccess:
        """Publishes the next version of a calendar."""
        if not isinstance(input.spec, dict):
            raise invalid("spec", "Give an object.")
        version = await calendars.publish_calendar(
            input.key, by=info.context.viewer, spec=input.spec, note=input.note, effective_from=input.effective_from
        )
        return PublishCalendarSuccess(rev=version.rev, calendar=reads.one(Calendar, version.id))
