"""Batches, and what became of each of their cases."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.bulk import models, rules, visibility
from domain.bulk.filters import BULK, ITEM
from domain.bulk.states import BulkAction, BulkErrorPolicy, BulkOutcome, BulkState
from domain.core.actor import Actor
from schema import reads
from schema.abilities import Ability, told
from schema.cases.types import Case
from schema.enums import describe
from schema.people.types import Account
from schema.scalars import Long

describe(
    BulkAction,
    QUEUE="Put into a queue.",
    HOLD="Set aside.",
    RESUME="Taken from hold.",
    RELEASE="Given back to their queues.",
    CLAIM="Claimed.",
    ESCALATE="Handed to the next review tier.",
    RESOLVE="Resolved; service cases only.",
    CLOSE="Closed.",
    REOPEN="Taken up again.",
    CANCEL="Cancelled.",
    ASSIGN="Given to somebody, or taken from everybody.",
    PRIORITIZE="Harm and order judged anew.",
    COMMENT="Remarked upon.",
    DECIDE="Decided.",
    UNDO="What another batch, or an actor, did is taken back.",
)
describe(
    BulkErrorPolicy,
    ALL_OR_NOTHING="Where one case is refused, none is changed. At most 10,000 cases.",
    SKIP_FAILED="A case that is refused is skipped and says why; the others are changed. At most 50,000 cases.",
)
describe(
    BulkState,
    PENDING="A worker has not begun.",
    RUNNING="Under way.",
    DONE="Every case has its result.",
    REFUSED="Nothing was changed; the code says why.",
    CANCELLED="Stopped by a person: what was not done is not done.",
    STOPPED="Stopped because its actor may not act any more.",
)
describe(
    BulkOutcome,
    APPLIED="Done; in a dry run: would be.",
    UNCHANGED="It is so already.",
    SKIPPED="Not done; the code says why.",
)


@reads.entity(
    models.BulkItem,
    prefix="bulkitem",
    filters=ITEM,
    visible=visibility.ITEMS,
    sorts=("id",),
    order="id",
)
class BulkResult(reads.Node):
    """What became of one case of a batch."""

    case: Case | None = reads.reference("case_id", description="The case; null for one that you cannot see.")
    given: str | None = reads.column(description="What was named, where there is no such case for you.")
    outcome: BulkOutcome = reads.column(description="What became of it.")
    code: str | None = reads.column(
        description="Why it was skipped: the code of the problem that the single mutation answers. CHANGED_SINCE,"
        " ENFORCEMENT_SENT, CANNOT_BE_UNDONE and NOT_PART_OF_IT where it cannot be undone, OTHERS_REFUSED where it was"
        " all or nothing."
    )
    message: str | None = reads.column(description="The same for people, with what to do next.")
    version: Long | None = reads.column(description="The case's version after it; null where nothing changed.")


def _abilities(row: Mapping[str, Any], viewer: Actor) -> list[Ability]:
    state, until, now = BulkState(row["state"]), row["effects_until"], datetime.fromisoformat(row["now"])
    waits = None if until is None else datetime.fromisoformat(until)
    return told(rules.abilities(state, viewer, effects_until=waits, now=now))


@reads.entity(
    models.BulkOperation,
    prefix="bulk",
    filters=BULK,
    visible=visibility.OPERATIONS,
    sorts=("created_at",),
    order="-created_at",
)
class BulkOperation(reads.Node):
    """One thing done to many cases. Its id is the batch id of every event it wrote."""

    action: BulkAction = reads.column(description="What is done to each case.")
    state: BulkState = reads.column(description="Where it stands.")
    code: str | None = reads.column(
        description="Why it was refused or stopped: ROWS_REFUSED, ROWS_PER_HOUR, TEXT_ERASED, ACTOR_SUSPENDED,"
        " TOKEN_INVALID, FORBIDDEN."
    )
    dry_run: bool = reads.column(description="Whether it only says what would happen.")
    error_policy: BulkErrorPolicy = reads.column(description="What the refusal of one case means for the others.")
    total: int = reads.column(description="How many cases it is about.")
    applied: int = reads.column(description="How many were changed so far; in a dry run: would be.")
    unchanged: int = reads.column(description="How many were so already.")
    skipped: int = reads.column(description="How many were refused.")
    requested_by: Account | None = reads.reference("requested_by_id", description="Who asked for it.")
    effects_after: timedelta | None = reads.column(
        description="For how long after its end what follows outside waits; null where it does not wait."
    )
    effects_until: datetime | None = reads.column(
        description="When what follows outside goes ahead: until then cancelBulk leaves no trace outside."
    )
    created_at: datetime = reads.column(description="When it was asked for.")
    ended_at: datetime | None = reads.column(description="When nothing more was to be done.")
    viewer_can: list[Ability] = reads.computed(
        needs={"state": "{row}.state", "effects_until": "{row}.effects_until", "now": "{clock}"},
        compute=_abilities,
        description="What you may do to it now, and why not otherwise.",
    )
    results: reads.Connection[BulkResult] = reads.connection(
        "operation_id", description="What became of each case, as far as it is done and you may see them."
    )
