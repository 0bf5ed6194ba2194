"""What can be done to schedules."""

import strawberry

from domain.core.errors import invalid
from domain.oncall import actions as oncall
from schema import reads
from schema.mutations import Info, Success, mutation, optional_key, primary_key
from schema.oncall.inputs import CreateOverrideInput, PublishScheduleInput, WithdrawOverrideInput
from schema.oncall.types import Override, Schedule
from schema.people.types import Person


@strawberry.type(description="The version is published.")
class PublishScheduleSuccess(Success):
    rev: int = strawberry.field(description="Which version it is.")
    schedule: Schedule | None = strawberry.field(description="The schedule; null before the version takes effect.")


@strawberry.type(description="Somebody else is on call then.")
class CreateOverrideSuccess(Success):
    override: Override | None = strawberry.field(description="The override; null if you may not read schedules.")


@strawberry.type(description="The override has ended.")
class WithdrawOverrideSuccess(Success):
    override: Override | None = strawberry.field(description="The override; null if you may not read schedules.")


@strawberry.type
class OncallMutations:
    @mutation(permission="config.publish")
    async def publish_schedule(self, input: PublishScheduleInput, info: Info) -> PublishScheduleSuccess:
        """Publishes the next version of a schedule. The past stays as it was."""
        if not isinstance(input.spec, dict):
            raise invalid("spec", "Give an object.")
        version = await oncall.publish_schedule(
            input.key, by=info.context.viewer, spec=input.spec, note=input.note, effective_from=input.effective_from
        )
        return PublishScheduleSuccess(rev=version.rev, schedule=reads.one(Schedule, version.id))

    @mutation(permission="oncall.override")
    async def create_override(self, input: CreateOverrideInput, info: Info) -> CreateOverrideSuccess:
        """Puts somebody else on call for a while. OVERRIDE_CONFLICT names the override that is in the way."""
        override = await oncall.add_override(
            input.schedule_key,
            by=info.context.viewer,
            kind=input.kind,
            starts_at=input.starts_at,
            ends_at=input.ends_at,
            removed_id=await optional_key(Person, input.removed_id, path="removedId"),
            added_id=await optional_key(Person, input.added_id, path="addedId"),
            layer=input.layer,
            reason=input.reason,
        )
        return CreateOverrideSuccess(override=reads.one(Override, override.id))

    @mutation(permission="oncall.override")
    async def withdraw_override(self, input: WithdrawOverrideInput, info: Info) -> WithdrawOverrideSuccess:
        """Ends an override now; what it did until now stays."""
        id = await primary_key(Override, input.id)
        await oncall.withdraw_override(id, by=info.context.viewer)
        return WithdrawOverrideSuccess(override=reads.one(Override, id))
