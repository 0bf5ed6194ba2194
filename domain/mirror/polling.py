"""Asking a tracker what changed, so that a delivery that got lost loses nothing.

Each project is walked from a mark, oldest change first. The mark stands in a row and moves when the last page is done:
never past what was seen, never nearer to now than a tracker's search may lag. Every walk begins well before the mark,
so most of what it meets is known; only an issue that changed since it was last read is compared.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.core import clock, effects, leases, timers, transaction
from domain.core.ids import new_id
from domain.core.timers import Due
from domain.core.transaction import atomic
from domain.mirror import lane, links
from domain.mirror.models import MirrorConnection, MirrorCursor, MirrorLink
from domain.mirror.opening import POLL, Closed, note_failure, open_tracker, ref
from domain.mirror.outcomes import Failure, Ok, Rejected, RejectedBy
from domain.mirror.ports import Tracker
from domain.mirror.remote import ChangedIssue, ChangePage
from domain.mirror.rules import OVERLAP, backoff, next_mark
from domain.mirror.trackers import Trackers

EFFECT = "mirror.poll"
PAGE = 100


@dataclass(slots=True)
class Polled:
    """What one look at a project came to. `error` None: the walk is whole."""

    project: str
    pages: int = 0
    found: int = 0
    missed: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to walk a project now."""

    cursor_id: UUID
    token: UUID


class TurnLost(Exception):
    """The lease ran out and somebody else walks the project."""


async def ring(due: Due) -> None:
    """A connection's timer fired: plans a poll and arms the next. One that rests is asked when it is tried again."""
    connection = await MirrorConnection.filter(id=due.ref.id).first()
    if connection is None:
        return
    now = await clock.now()
    if connection.retry_at is not None and connection.retry_at > now:
        await timers.arm(POLL, due.ref, connection.retry_at)
        return
    await timers.arm(POLL, due.ref, now + connection.poll_every)
    await effects.plan(EFFECT, key=f"{EFFECT}:{due.id}:{due.due_at.isoformat()}", ref=due.ref)


async def poll(connection_id: UUID, trackers: Trackers) -> list[Polled]:
    """Walks every project of a connection; one that somebody else is walking is left to them."""
    connection = await MirrorConnection.get(id=connection_id)
    opened = await open_tracker(connection, trackers)
    if isinstance(opened, Closed):
        return [Polled("*", error=opened.reason)]
    polled = []
    for project in opened.tracker.projects:
        turn = await take_turn(connection.id, project)
        if turn is not None:
            async with leases.kept(lambda turn=turn: _extend(turn)):  # type: ignore[misc]
                polled.append(await _walk(turn, project, opened.tracker))
    if any(each.error for each in polled):
        await _sooner(connection.id)
    return polled


@atomic
async def _sooner(connection_id: UUID) -> None:
    """What failed is tried again by the connection's back-off, where that is before its next poll."""
    connection, now = await MirrorConnection.get(id=connection_id), await clock.now()
    again = connection.retry_at or now + min(backoff(connection.failures + 1), connection.poll_every)
    await timers.arm(POLL, ref(connection_id), max(again, now))


@atomic
async def take_turn(connection_id: UUID, project: str) -> Turn | None:
    """The project's turn; None while somebody has it. A walk that was broken off goes on at the page it was at; the
    first begins where the connection did.
    """
    now = await clock.now()
    await transaction.current().connection.execute_query(
        "INSERT INTO mirror_cursor (id, connection_id, project, mark) SELECT $1, id, $3, created_at"
        " FROM mirror_connection WHERE id = $2 ON CONFLICT (connection_id, project) DO NOTHING",
        [new_id(), connection_id, project],
    )
    cursor = await MirrorCursor.filter(connection_id=connection_id, project=project).select_for_update().get()
    if cursor.lease_until is not None and cursor.lease_until > now:
        return None
    cursor.lease_token, cursor.lease_until = new_id(), now + leases.LENGTH
    if cursor.since is None:
        cursor.since, cursor.begun_at, cursor.page, cursor.reached = cursor.mark - OVERLAP, now, None, None
    await cursor.save()
    return Turn(cursor.id, cursor.lease_token)


async def _walk(turn: Turn, project: str, tracker: Tracker) -> Polled:
    polled = Polled(project)
    try:
        polled.missed = await _count_missed(turn)
        while await _one_page(turn, tracker, polled):
            pass
    except TurnLost:
        polled.error = "Somebody else goes on with it"
    return polled


async def _one_page(turn: Turn, tracker: Tracker, polled: Polled) -> bool:
    """Asks for a page and takes it in; False after the last, or where none came."""
    cursor = await MirrorCursor.get(id=turn.cursor_id)
    if cursor.since is None:
        return False
    answer = await tracker.changed_since(polled.project, cursor.since, page=cursor.page, size=PAGE)
    match answer:
        case Ok(value=page):
            polled.pages += 1
            polled.found += await _take_in(turn, page)
            return page.next_page is not None
        case Rejected(reason=RejectedBy.INVALID) if cursor.page is not None:
            await _begin_again(turn)
            return True
        case _:
            polled.error = await _give_back(turn, answer)
            return False


@atomic
async def _take_in(turn: Turn, page: ChangePage) -> int:
    """Has every issue compared that changed since it was read; says how many. The mark moves with the last page."""
    cursor, now = await _fenced(turn), await clock.now()
    by_id = {change.id: change for change in page.changes}
    here = MirrorLink.filter(
        connection_id=cursor.connection_id, remote_id__in=list(by_id), state__in=list(lane.WORKABLE)
    )
    found = 0
    for link in await here.order_by("id").select_for_update():
        found += await _compare(link, by_id[str(link.remote_id)])
    cursor.found += found
    seen = [change.updated for change in page.changes]
    cursor.reached = max([*seen, *([cursor.reached] if cursor.reached else [])], default=None)
    cursor.page = page.next_page
    if page.next_page is None:
        cursor.mark, cursor.polled_at = next_mark(cursor.mark, cursor.reached, now=now), cursor.begun_at
        cursor.since = cursor.lease_token = cursor.lease_until = None
    await cursor.save()
    return found


async def _compare(link: MirrorLink, change: ChangedIssue) -> bool:
    if link.known_updated is not None and link.known_updated >= change.updated:
        return False
    link.known_updated = change.updated
    link.unannounced = None if await _is_announced(link, change.updated) else change.updated
    await link.save(update_fields=["known_updated", "unannounced"])
    await links.want_sync(link.id)
    return True


async def _is_announced(link: MirrorLink, updated: datetime) -> bool:
    """Whether a delivery about the issue is younger than the change, by the tracker's clock where it tells one."""
    rows = await transaction.current().connection.execute_query_dict(
        "SELECT 1 FROM mirror_inbox WHERE connection_id = $1 AND issue_id = $2"
        " AND coalesce(happened_at, received_at) >= $3 LIMIT 1",
        [link.connection_id, link.remote_id, updated],
    )
    return bool(rows)


@atomic
async def _count_missed(turn: Turn) -> int:
    """Changes an earlier poll came upon of which no delivery has told since."""
    cursor = await _fenced(turn)
    missed = 0
    open_questions = MirrorLink.filter(connection_id=cursor.connection_id, unannounced__isnull=False)
    for link in await open_questions.order_by("id").select_for_update():
        missed += link.unannounced is not None and not await _is_announced(link, link.unannounced)
        link.unannounced = None
        await link.save(update_fields=["unannounced"])
    if missed:
        cursor.missed, cursor.missed_at = cursor.missed + missed, await clock.now()
        await cursor.save(update_fields=["missed", "missed_at"])
    return missed


@atomic
async def _begin_again(turn: Turn) -> None:
    """The tracker no longer knows the page: the walk starts over, from where it had started."""
    cursor = await _fenced(turn)
    cursor.page = None
    await cursor.save(update_fields=["page"])


async def _give_back(turn: Turn, failure: Failure) -> str:
    await note_failure((await MirrorCursor.get(id=turn.cursor_id)).connection_id, failure)
    await _leave(turn)
    return type(failure).__name__


@atomic
async def _leave(turn: Turn) -> None:
    cursor = await _fenced(turn)
    cursor.lease_token = cursor.lease_until = None
    await cursor.save(update_fields=["lease_token", "lease_until"])


@atomic
async def _extend(turn: Turn) -> None:
    now = await clock.now()
    await MirrorCursor.filter(id=turn.cursor_id, lease_token=turn.token).update(lease_until=now + leases.LENGTH)


async def _fenced(turn: Turn) -> MirrorCursor:
    cursor = await MirrorCursor.filter(id=turn.cursor_id).select_for_update().get()
    if cursor.lease_token != turn.token:
        raise TurnLost
    return cursor


async def schedule(connection: MirrorConnection) -> None:
    """Arms the connection's next poll, in the transaction under way."""
    await timers.arm(POLL, ref(connection.id), await clock.now() + connection.poll_every)
