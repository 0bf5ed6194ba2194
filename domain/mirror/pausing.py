"""Sending nothing until a person says so; above all when our own past was lost.

After a backup was restored, the tracker knows more of us than we do. Values written from an old state would undo what
people did since, and a repeated create or comment would be a second one. What gives it away is a comment of our own
account on a linked issue, with the marker of an operation we have no record of.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

from domain.core import clock, events, transaction
from domain.core.actor import Actor, system
from domain.core.errors import NotFound
from domain.core.transaction import atomic
from domain.mirror import lane, rules
from domain.mirror.events import MirrorPaused, MirrorResumed
from domain.mirror.models import MirrorConnection, MirrorOperation
from domain.mirror.opening import ref
from domain.mirror.remote import RemoteComment
from domain.mirror.rules import Later, Result
from domain.mirror.states import DUE_STATES, MirrorOperationState, MirrorPause
from domain.mirror.work import Run

LOOK_AGAIN = timedelta(minutes=10)

_DUE_NOW = """
WITH due AS (
    UPDATE mirror_operation o SET not_before = app_clock() FROM mirror_link l
    WHERE l.id = o.link_id AND l.connection_id = $1 AND o.state = ANY ($2) RETURNING o.link_id
)
INSERT INTO timer (id, kind, subject_type, subject_id, due_at, armed_at)
SELECT uuidv7(), $3, 'mirror_link', link_id, app_clock(), app_clock() FROM (SELECT DISTINCT link_id FROM due) AS links
ON CONFLICT (kind, subject_type, subject_id) DO UPDATE SET due_at = excluded.due_at, armed_at = excluded.armed_at
"""


@atomic
async def pause(connection_id: UUID, *, by: Actor) -> MirrorConnection:
    """Nothing is sent from now on, beyond a request under way; what happens on both sides waits. Harmless to repeat."""
    rules.ensure_can_operate(by)
    connection = await _locked(connection_id)
    if connection.paused_at is None:
        await _pause(connection, MirrorPause.ASKED, by=by)
    return connection


@atomic
async def resume(connection_id: UUID, *, by: Actor) -> MirrorConnection:
    """What waits is done: both sides are compared as always, field by field, with what they last agreed on."""
    rules.ensure_can_operate(by)
    connection = await _locked(connection_id)
    rules.ensure_can_resume(connection.key, by, paused=connection.paused_at is not None)
    connection.update_from_dict({"paused_at": None, "pause_reason": None})
    await connection.save(update_fields=["paused_at", "pause_reason"])
    await events.append(ref(connection.id), MirrorResumed(epoch=connection.epoch), by=by)
    states = [state.value for state in DUE_STATES]
    await transaction.current().connection.execute_query(_DUE_NOW, [connection.id, states, lane.TIMER])
    return connection


@atomic
async def rewound(connection_id: UUID) -> None:
    """Our past was lost: a new epoch begins, paused."""
    connection = await _locked(connection_id)
    if connection.paused_at is None:
        connection.epoch += 1
        await _pause(connection, MirrorPause.REWOUND, by=system())


async def is_forgotten(run: Run, comments: Sequence[RemoteComment]) -> bool:
    """Whether a comment is ours by marker and account and yet of no operation we know. One query where any is ours."""
    ours = {
        comment.marker
        for comment in comments
        if comment.marker is not None and comment.author.account == run.connection.account_id
    }
    sent = {marker: known for marker in ours if (known := _operation(marker)) is not None}
    if not sent:
        return False
    return await MirrorOperation.filter(id__in=list(sent.values())).count() < len(sent)


def _operation(marker: str) -> UUID | None:
    try:
        return UUID(hex=marker)
    except ValueError:
        return None


def unless_paused(doer: Callable[[Run], Awaitable[Result]]) -> Callable[[Run], Awaitable[Result]]:
    """The doer of an operation; while its connection is paused the operation waits."""

    async def do(run: Run) -> Result:
        if run.connection.paused_at is not None:
            return Later(
                await clock.now() + LOOK_AGAIN, "Paused", in_doubt=run.operation.state is MirrorOperationState.IN_DOUBT
            )
        return await doer(run)

    return do


async def _pause(connection: MirrorConnection, reason: MirrorPause, *, by: Actor) -> None:
    connection.paused_at, connection.pause_reason = await clock.now(), reason
    await connection.save(update_fields=["paused_at", "pause_reason", "epoch"])
    await events.append(ref(connection.id), MirrorPaused(reason=reason, epoch=connection.epoch), by=by)


async def _locked(connection_id: UUID) -> MirrorConnection:
    connection = await MirrorConnection.filter(id=connection_id).select_for_update().first()
    if connection is None:
        raise NotFound("connection", connection_id)
    return connection
