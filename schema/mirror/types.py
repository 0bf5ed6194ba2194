"""How a case stands with its issue, and how the tracker answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.core.actor import Actor
from domain.mirror import models, rules, visibility
from domain.mirror.filters import CONFLICT, CONNECTION, LINK, OPERATION
from domain.mirror.states import (
    MirrorConflictState,
    MirrorConnectionState,
    MirrorLinkState,
    MirrorOperationKind,
    MirrorOperationState,
    MirrorPause,
    MirrorWinner,
)
from schema import reads
from schema.abilities import Ability, told
from schema.enums import describe

describe(
    MirrorConnectionState,
    OK="It answers.",
    DEGRADED="It fails; it is tried again by itself.",
    OPEN="Nothing is sent: our credentials were refused or are missing.",
)
describe(
    MirrorPause,
    ASKED="A person asked for it.",
    REWOUND="The tracker holds something we sent and know nothing of: our database went back to an earlier state.",
)
describe(
    MirrorLinkState,
    PENDING="The issue is not made yet.",
    IN_DOUBT="The issue may have been made; it is looked for.",
    LINKED="The issue is there.",
    BLOCKED="The tracker refuses the issue; see the operations.",
    REMOTE_GONE="The issue was deleted, or hidden from our account.",
    OUT_OF_SCOPE="The issue was moved to a project that is not ours to write.",
    DETACHED="Given up by a person.",
)
describe(
    MirrorOperationKind,
    CREATE="Make the issue.",
    SYNC="Make both sides equal.",
    COMMENT="Write a shared comment.",
    NOTE="Tell people over there why something was not taken over.",
)
describe(
    MirrorOperationState,
    PENDING="Waits to be done.",
    IN_DOUBT="Was sent and may have been done; it is looked for.",
    DONE="Done.",
    BLOCKED="The tracker's workflow does not allow it now.",
    DEAD="Refused for good; retry or skip it.",
    SKIPPED="Given up by a person.",
)
describe(
    MirrorConflictState,
    OPEN="Waits for a person.",
    SETTLED="One side's value was kept by the rules.",
    BOUNCED="The desk refused the change, and said so over there.",
    RESOLVED="Decided, or both sides agree again.",
)
describe(
    MirrorWinner,
    CASE="The case's value.",
    TRACKER="The tracker's value.",
    NOBODY="Neither, until a person decides.",
)


def _of_connection(row: Mapping[str, Any], viewer: Actor) -> list[Ability]:
    return told(rules.connection_abilities(row["key"], viewer, paused=row["paused"]))


def _of_operation(row: Mapping[str, Any], viewer: Actor) -> list[Ability]:
    return told(rules.operation_abilities(MirrorOperationState(row["state"]), viewer))


def _of_conflict(row: Mapping[str, Any], viewer: Actor) -> list[Ability]:
    return told(rules.conflict_abilities(MirrorConflictState(row["state"]), viewer))


@reads.entity(
    models.MirrorConnection,
    prefix="tracker",
    filters=CONNECTION,
    visible=visibility.CONNECTIONS,
    sorts=("key",),
    order="key",
)
class MirrorConnection(reads.Node):
    """A tracker that cases are mirrored into, and how it does."""

    key: str = reads.column(description="Short name, unique and stable.")
    kind: str = reads.column(description="Which kind of tracker.")
    base_url: str = reads.column(description="Where it is.")
    state: MirrorConnectionState = reads.column(description="Whether it answers.")
    reason: str | None = reads.column(description="What is wrong; null while nothing is.")
    retry_at: datetime | None = reads.column(description="When it is tried again; null while it is not resting.")
    epoch: int = reads.column(description="Counts the times our database went back to an earlier state, from 1.")
    paused_at: datetime | None = reads.column(description="Since when nothing is sent; null while it is.")
    pause_reason: MirrorPause | None = reads.column(description="Why nothing is sent.")
    waiting: int = reads.expression(
        "(SELECT count(*) FROM mirror_operation o JOIN mirror_link l ON l.id = o.link_id"
        " WHERE l.connection_id = {row}.id AND o.state IN ('PENDING', 'IN_DOUBT'))",
        description="How many operations are still to be done.",
    )
    waiting_since: datetime | None = reads.expression(
        "(SELECT min(o.created_at) FROM mirror_operation o JOIN mirror_link l ON l.id = o.link_id"
        " WHERE l.connection_id = {row}.id AND o.state IN ('PENDING', 'IN_DOUBT'))",
        description="Since when the oldest of them waits.",
    )
    stuck: int = reads.expression(
        "(SELECT count(*) FROM mirror_operation o JOIN mirror_link l ON l.id = o.link_id"
        " WHERE l.connection_id = {row}.id AND o.state IN ('BLOCKED', 'DEAD'))",
        description="How many operations stopped and need a person.",
    )
    open_conflicts: int = reads.expression(
        "(SELECT count(*) FROM mirror_conflict k JOIN mirror_link l ON l.id = k.link_id"
        " WHERE l.connection_id = {row}.id AND k.state = 'OPEN')",
        description="How many conflicts wait for a person.",
    )
    polled_at: datetime | None = reads.expression(
        "(SELECT min(u.polled_at) FROM mirror_cursor u WHERE u.connection_id = {row}.id)",
        description="When it was last asked what changed: what happened before is known, whatever delivery got lost.",
    )
    missed: int = reads.expression(
        "(SELECT coalesce(sum(u.missed), 0)::bigint FROM mirror_cursor u WHERE u.connection_id = {row}.id)",
        description="How many changes were found by asking that no delivery has told of.",
    )
    missed_at: datetime | None = reads.expression(
        "(SELECT max(u.missed_at) FROM mirror_cursor u WHERE u.connection_id = {row}.id)",
        description="When such a change was counted last.",
    )
    last_heard_at: datetime | None = reads.expression(
        "(SELECT max(i.received_at) FROM mirror_inbox i WHERE i.connection_id = {row}.id)",
        description="When its last delivery came.",
    )
    viewer_can: list[Ability] = reads.computed(
        needs={"key": "{row}.key", "paused": "({row}.paused_at IS NOT NULL)"},
        compute=_of_connection,
        description="What you may do to it now, and why not otherwise.",
    )


@reads.entity(
    models.MirrorOperation,
    prefix="mirrorop",
    filters=OPERATION,
    visible=visibility.OPERATIONS,
    sorts=("seq", "created_at"),
    order="-seq",
)
class MirrorOperation(reads.Node):
    """Something to be done in the tracker for one case; kept when it fails for good."""

    kind: MirrorOperationKind = reads.column(description="What is to be done.")
    state: MirrorOperationState = reads.column(description="Where it stands.")
    attempts: int = reads.column(description="How often it failed in a way that counts.")
    error: str | None = reads.column(description="What the tracker said last.")
    not_before: datetime = reads.column(description="When it is tried, or was to be tried last.")
    created_at: datetime = reads.column(description="When it was asked for.")
    done_at: datetime | None = reads.column(description="When it was done.")
    viewer_can: list[Ability] = reads.computed(
        needs={"state": "{row}.state"},
        compute=_of_operation,
        description="What you may do to it now, and why not otherwise.",
    )


@reads.entity(
    models.MirrorConflict,
    prefix="conflict",
    filters=CONFLICT,
    visible=visibility.CONFLICTS,
    sorts=("created_at",),
    order="-created_at",
)
class MirrorConflict(reads.Node):
    """Two values for one field, or one that was refused; neither is lost."""

    field: str = reads.column(description="Which field.")
    before: str | None = reads.column(description="What both sides agreed on before, in the tracker's form.")
    ours: str | None = reads.column(description="The case's value.")
    theirs: str | None = reads.column(description="The tracker's value.")
    state: MirrorConflictState = reads.column(description="What became of it.")
    reason: str = reads.column(description="Stable word for how it came about.")
    created_at: datetime = reads.column(description="When it came to light.")
    resolved_at: datetime | None = reads.column(description="When it ended.")
    viewer_can: list[Ability] = reads.computed(
        needs={"state": "{row}.state"},
        compute=_of_conflict,
        description="What you may do to it now, and why not otherwise. To keep the tracker's value you must further be"
        " allowed to make that change.",
    )


@reads.entity(
    models.MirrorLink,
    prefix="mirror",
    filters=LINK,
    visible=visibility.LINKS,
    sorts=("created_at",),
    order="created_at",
)
class MirrorLink(reads.Node):
    """A case and its issue."""

    state: MirrorLinkState = reads.column(description="How they stand.")
    reason: str | None = reads.column(description="Why it is not simply linked.")
    key: str | None = reads.column("remote_key", description="The issue's key; null until it is made.")
    url: str | None = reads.column("remote_url", description="Where people find the issue.")
    needs_decision: bool = reads.column(description="Whether the issue was moved to done without a decision.")
    synced_at: datetime | None = reads.column(description="When both sides were compared last.")
    connection: MirrorConnection | None = reads.reference("connection_id", description="Which tracker.")
    operations: list[MirrorOperation] = reads.many(
        "link_id", order="-seq", limit=50, description="What was and is to be done, the newest 50."
    )
    conflicts: list[MirrorConflict] = reads.many(
        "link_id", order="-created_at", limit=50, description="What both sides disagreed on, the newest 50."
    )
