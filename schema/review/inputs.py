"""What the mutations of review take."""

from datetime import datetime, timedelta

import strawberry

from domain.cases.states import Severity
from domain.review.states import Automation, DecisionKind, EnforcementAction
from schema.mutations import expected_version
from schema.scalars import Long


@strawberry.input(description="Something to do about a violation.")
class MeasureInput:
    action: EnforcementAction = strawberry.field(description="What to do.")
    lasting: timedelta | None = strawberry.field(default=None, description="For how long; null for good.")


@strawberry.input(description="A decision on a case you hold the lease of.")
class DecideCaseInput:
    id: strawberry.ID = strawberry.field(description="The case: id or key.")
    expected_version: Long | None = expected_version("case")
    kind: DecisionKind = strawberry.field(description="What you came to.")
    reasoning: str = strawberry.field(description="Why, at most 100,000 characters.")
    policy_keys: list[str] = strawberry.field(
        default_factory=list, description="The policies it stands on; a VIOLATION needs one."
    )
    actions: list[MeasureInput] | None = strawberry.field(
        default=None, description="What to enforce; null takes the policies' defaults, [] enforces nothing."
    )
    private_note: str | None = strawberry.field(default=None, description="A note among those who decide.")
    automation: Automation = strawberry.field(
        default=Automation.NOT, description="How much of it was taken without a person."
    )
    lease_token: strawberry.ID | None = strawberry.field(
        default=None, description="The token of your lease; without it, that you hold the lease is enough."
    )


@strawberry.input(description="A failed enforcement to send again.")
class RetryEnforcementInput:
    id: strawberry.ID = strawberry.field(description="The enforcement's id.")


@strawberry.input(description="A failed enforcement to let be.")
class WaiveEnforcementInput:
    id: strawberry.ID = strawberry.field(description="The enforcement's id.")
    reason: str = strawberry.field(description="Why it need not be carried out.")


@strawberry.input(description="The next version of a content policy, whole.")
class PublishContentPolicyInput:
    key: str = strawberry.field(description="Its name: small letters, digits, dots, dashes, underscores.")
    title: str = strawberry.field(description="Its name for people, at most 200 characters.")
    summary: str = strawberry.field(default="", description="What it forbids, at most 4,000 characters.")
    parent: str | None = strawberry.field(default=None, description="The key of the policy it belongs under.")
    severity: Severity = strawberry.field(default=Severity.SEV3, description="How much harm a violation does.")
    allowed_actions: list[EnforcementAction] = strawberry.field(
        default_factory=list, description="What may be done about a violation."
    )
    default_actions: list[MeasureInput] = strawberry.field(
        default_factory=list, description="What is done unless a decision says otherwise; all of it must be allowed."
    )
    requires_four_eyes: bool = strawberry.field(default=False, description="Whether a second person must agree.")
    automation: Automation = strawberry.field(
        default=Automation.NOT, description="How much of a decision may be automated at most."
    )
    note: str = strawberry.field(description="What changed, for whoever reads the history.")
    effective_from: datetime | None = strawberry.field(default=None, description="From when it counts; else now.")
