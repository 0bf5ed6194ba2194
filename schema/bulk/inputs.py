"""What the mutations of batches take."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import strawberry

from domain.bulk.states import BulkErrorPolicy
from domain.cases.filters import CASE
from domain.cases.states import CommentVisibility, Priority, Severity
from domain.review.states import Automation, DecisionKind
from schema.mutations import to_be_said
from schema.reads.inputs import filter_input
from schema.review.inputs import MeasureInput

if TYPE_CHECKING:
    CaseFilter = Any
else:
    CaseFilter = filter_input(CASE)

IDS = "The cases: ids or keys, at most 50,000. Give these or a filter."
COUNT = "How many cases you expect: with a filter it must be said, and another number is refused with the true one."


@strawberry.input(description="Into which queue.")
class BulkQueueInput:
    queue_id: strawberry.ID = strawberry.field(description="The queue's id.")


@strawberry.input(description="Why they are set aside.")
class BulkHoldInput:
    reason: str = strawberry.field(description="Why, 1 to 64 characters: WAITING_FOR_PLATFORM.")
    until: datetime | None = strawberry.field(default=None, description="When they resume by themselves.")


@strawberry.input(description="How they are claimed.")
class BulkClaimInput:
    take_over: bool = strawberry.field(default=False, description="Take them from their holders; leads may.")
    reason: str | None = strawberry.field(default=None, description="Why they are taken over.")


@strawberry.input(description="Why they are escalated.")
class BulkEscalateInput:
    reason: str = strawberry.field(description="Why, for whoever takes them up.")


@strawberry.input(description="How they are done.")
class BulkResolveInput:
    resolution: str = strawberry.field(description="How, 1 to 64 characters: ANSWERED.")


@strawberry.input(description="Why.")
class BulkReasonInput:
    reason: str = strawberry.field(description="Why, 1 to 64 characters: SPAM.")


@strawberry.input(description="Whose they are to be.")
class BulkAssignInput:
    assignee_id: strawberry.ID | None = to_be_said(
        "The person.",
        null="takes them from everybody",
        otherwise="Say whose they are to be, or null for nobody.",
    )


@strawberry.input(description="Harm and order, judged anew.")
class BulkPrioritizeInput:
    severity: Severity | None = strawberry.field(default=None, description="How much harm; brings its own priority.")
    priority: Priority | None = strawberry.field(default=None, description="In which order.")


@strawberry.input(description="A remark on each.")
class BulkCommentInput:
    text: str = strawberry.field(description="What to say, at most 100,000 characters.")
    visibility: CommentVisibility = strawberry.field(
        default=CommentVisibility.INTERNAL, description="Whether it may leave the desk."
    )


@strawberry.input(description="A decision, the same for each; you hold their leases.")
class BulkDecideInput:
    kind: DecisionKind = strawberry.field(description="What the review came to.")
    reasoning: str = strawberry.field(description="Why, for the record.")
    policy_keys: list[str] = strawberry.field(default_factory=list, description="The policies it stands on.")
    actions: list[MeasureInput] | None = strawberry.field(
        default=None, description="What to do about a violation; null takes the policies' own, [] does nothing."
    )
    private_note: str | None = strawberry.field(default=None, description="A note for the desk alone.")
    automation: Automation = strawberry.field(
        default=Automation.NOT, description="How much of the decision was taken without a person."
    )


@strawberry.input(one_of=True, description="What is done to each case: exactly one of these.")
class BulkActionInput:
    queue: BulkQueueInput | None = strawberry.field(default=strawberry.UNSET, description="Put into a queue.")
    hold: BulkHoldInput | None = strawberry.field(default=strawberry.UNSET, description="Set aside.")
    resume: bool | None = strawberry.field(default=strawberry.UNSET, description="true: taken from hold.")
    release: bool | None = strawberry.field(default=strawberry.UNSET, description="true: given back to the queues.")
    claim: BulkClaimInput | None = strawberry.field(default=strawberry.UNSET, description="Claimed for yourself.")
    escalate: BulkEscalateInput | None = strawberry.field(
        default=strawberry.UNSET, description="Handed to the next review tier."
    )
    resolve: BulkResolveInput | None = strawberry.field(
        default=strawberry.UNSET, description="Resolved; service cases only."
    )
    close: bool | None = strawberry.field(default=strawberry.UNSET, description="true: closed.")
    reopen: BulkReasonInput | None = strawberry.field(default=strawberry.UNSET, description="Taken up again.")
    cancel: BulkReasonInput | None = strawberry.field(default=strawberry.UNSET, description="Cancelled.")
    assign: BulkAssignInput | None = strawberry.field(default=strawberry.UNSET, description="Given to somebody.")
    prioritize: BulkPrioritizeInput | None = strawberry.field(
        default=strawberry.UNSET, description="Harm and order judged anew."
    )
    comment: BulkCommentInput | None = strawberry.field(default=strawberry.UNSET, description="Remarked upon.")
    decide: BulkDecideInput | None = strawberry.field(default=strawberry.UNSET, description="Decided.")


@strawberry.input(description="One thing to do to many cases.")
class BulkCasesInput:
    action: BulkActionInput = strawberry.field(description="What to do to each.")
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description=IDS)
    filter: CaseFilter | None = strawberry.field(default=None, description="Those of your cases that match.")
    expected_count: int | None = strawberry.field(default=None, description=COUNT)
    error_policy: BulkErrorPolicy = strawberry.field(
        default=BulkErrorPolicy.ALL_OR_NOTHING, description="What the refusal of one case means for the others."
    )
    validate_only: bool = strawberry.field(
        default=False, description="Only say what would become of each case: no case is changed."
    )
    effects_after: timedelta | None = strawberry.field(
        default=None,
        description="Mail, enforcement and trackers wait for so long after the end, an hour at most: PT10M. Until then"
        " cancelBulk leaves no trace outside.",
    )


@strawberry.input(description="A batch to stop.")
class CancelBulkInput:
    id: strawberry.ID = strawberry.field(description="The batch.")


@strawberry.input(description="A batch, or a part of it, to take back.")
class UndoBulkInput:
    id: strawberry.ID = strawberry.field(description="The batch.")
    ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Only these cases: ids or keys. Left out, with no filter, all of it."
    )
    filter: CaseFilter | None = strawberry.field(default=None, description="Only those of its cases that match.")
    expected_count: int | None = strawberry.field(
        default=None,
        description="How many of its cases you expect: with a filter it must be said, and another number is refused"
        " with the true one.",
    )
    validate_only: bool = strawberry.field(
        default=False, description="Only say what would become of each case: no case is changed."
    )


@strawberry.input(description="What an actor did, to take back.")
class UndoByActorInput:
    actor_id: strawberry.ID = strawberry.field(description="The account.")
    since: datetime = strawberry.field(description="From this moment on.")
    validate_only: bool = strawberry.field(
        default=False, description="Only say what would become of each case: no case is changed."
    )


@strawberry.input(description="An actor to stop.")
class SuspendActorInput:
    actor_id: strawberry.ID = strawberry.field(description="The account.")
    reason: str = strawberry.field(description="Why, for the record.")


@strawberry.input(description="An actor to let act again.")
class ReinstateActorInput:
    actor_id: strawberry.ID = strawberry.field(description="The account.")
