"""What the mutations of pages and escalation policies take."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from domain.notify.states import Urgency
from schema.mutations import expected_version
from schema.scalars import Long

ID = "The page: id or key."


@strawberry.input(description="A page to raise by hand.")
class RaisePageInput:
    policy_key: str = strawberry.field(description="The escalation policy that says who is told.")
    title: str = strawberry.field(
        description="One line of at most 300 characters. It goes out by mail: name keys in it, no people."
    )
    dedupe_key: str = strawberry.field(description="The same for the same trouble: while it is open, it pages once.")
    case_id: strawberry.ID | None = strawberry.field(default=None, description="The case it is about.")
    urgency: Urgency | None = strawberry.field(default=None, description="The policy's unless given.")


@strawberry.input(description="A page to take on.")
class AcknowledgePageInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("page")


@strawberry.input(description="A page that is over.")
class ResolvePageInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("page")


@strawberry.input(description="A page to send on.")
class EscalatePageInput:
    id: strawberry.ID = strawberry.field(description=ID)
    seen_step: int = strawberry.field(description="The step you saw it at, from 0: nothing happens twice.")


@strawberry.input(description="A version of an escalation policy.")
class PublishEscalationPolicyInput:
    key: str = strawberry.field(description="Which policy; an unknown key starts one.")
    spec: JSON = strawberry.field(
        description="urgency, repeat, ack_timeout_s, fallback (people) and steps: delay_s and targets, each a kind "
        "(PERSON, SCHEDULE, TEAM) and a key. People are e-mail addresses or ids."
    )
    note: str = strawberry.field(description="Why it is published.")
    effective_from: datetime | None = strawberry.field(default=None, description="From when; now unless given.")
