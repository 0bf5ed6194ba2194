"""What happens to policies, decisions and enforcements."""

from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.core.content import ContentRef
from domain.core.events import Event
from domain.review.states import ApprovalNeed, Automation, DecisionKind, EnforcementAction


class PolicyRef(BaseModel):
    """A version of a content policy."""

    model_config = ConfigDict(frozen=True)

    version_id: UUID
    key: str
    rev: int


class ContentPolicyPublished(Event):
    key: str
    rev: int


class DecisionMade(Event):
    case_id: UUID
    decision_kind: DecisionKind
    policies: tuple[PolicyRef, ...]
    reasoning: ContentRef
    private_note: ContentRef | None = None
    automation: Automation
    approval: ApprovalNeed
    person_id: UUID | None = None
    override_of: UUID | None = None


class EnforcementPlanned(Event):
    decision_id: UUID
    case_id: UUID
    action: EnforcementAction
    subject_id: UUID
    lasting: timedelta | None = None


class EnforcementDispatched(Event):
    """The platform is about to be told, for the ``attempt``-th time."""

    key: str
    attempt: int


class EnforcementAccepted(Event):
    """The platform took it and will send a receipt."""

    external_id: str


class EnforcementApplied(Event):
    receipt: str
    external_id: str | None = None


class EnforcementFailed(Event):
    """``code`` is the platform's own, or UNREACHABLE and UNCONFIRMED where it did not say."""

    code: str


class EnforcementRetried(Event):
    key: str


class EnforcementWaived(Event):
    reason: ContentRef


class EnforcementExpired(Event):
    """It was not carried out and need not be any more: the case ended first."""
