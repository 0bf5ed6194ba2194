"""Comments, each exactly once on the other side: found again by their marker, paired by both ids."""

from uuid import UUID

from domain.cases import actions as cases
from domain.cases.models import CaseComment
from domain.cases.states import CommentVisibility
from domain.core import clock, transaction
from domain.core.actor import Actor, Tool
from domain.core.errors import Refusal
from domain.core.events import Source
from domain.core.ids import new_id
from domain.core.models import Content
from domain.core.transaction import atomic
from domain.mirror.lane import fenced
from domain.mirror.models import MirrorComment, MirrorOperation
from domain.mirror.opening import note_failure
from domain.mirror.outcomes import Ambiguous, Ok, ProtocolFault
from domain.mirror.remote import RemoteComment
from domain.mirror.rules import COMMENT_GRACE, Finished, Later, Result, backoff, explain, may_resend
from domain.mirror.states import MirrorOperationState
from domain.mirror.work import Run, promptly
from domain.people.errors import TokenInvalid
from domain.people.models import Person, Principal
from domain.people.queries import actor_of_person, actor_of_principal

LOOKS = 2


async def send(run: Run) -> Result:
    """Writes one comment or note, or looks for the one that may have been written."""
    remote_id = run.link.remote_id
    text = await _text(run)
    if remote_id is None or text is None:
        return Finished()
    marker, doubtful = run.operation.id.hex, run.operation.state is MirrorOperationState.IN_DOUBT
    if doubtful and (answer := await _look(run, remote_id, marker)) is not None:
        return answer
    if not await promptly(_put_in_doubt(run), grace=run.connection.doubt_grace):
        await _out_of_doubt(run)
        return Later(await clock.now() + backoff(0), "It took too long to write down that a comment is sent")
    sent = await run.tracker.comment(remote_id, text, marker=marker, case_url=None)
    match sent:
        case Ok():
            await _pair(run, sent.value.id)
            return Finished()
        case Ambiguous() | ProtocolFault(maybe_done=True):
            await note_failure(run.connection.id, sent)
            return Later(await clock.now() + backoff(0), explain(sent), in_doubt=True)
        case _:
            await _out_of_doubt(run)
            return await run.failed(sent)


async def _look(run: Run, remote_id: str, marker: str) -> Result | None:
    """None when it may be sent again. The list of an issue's comments lags behind nothing: two looks are enough."""
    now = await clock.now()
    found = await run.tracker.comments_since(remote_id, None)
    if not isinstance(found, Ok):
        await note_failure(run.connection.id, found)
        return Later(now + backoff(run.operation.probes + 1), explain(found), in_doubt=True)
    for comment in found.value:
        if comment.marker == marker:
            await _pair(run, comment.id)
            return Finished()
    probes = run.operation.probes + 1
    await MirrorOperation.filter(id=run.operation.id).update(probes=probes)
    sent_at = run.operation.sent_at or now
    grace = min(run.connection.doubt_grace, COMMENT_GRACE)
    if may_resend(probes=probes, sent_at=sent_at, now=now, needed=LOOKS, grace=grace):
        return None
    return Later(now + backoff(probes), "Looked for the comment and did not find it", in_doubt=True)


async def _text(run: Run) -> str | None:
    """None where nothing is left to say: a comment erased meanwhile."""
    if run.operation.comment_id is None:
        return run.operation.note
    comment = await CaseComment.get(id=run.operation.comment_id)
    body = (await Content.get(id=comment.__dict__["body_id"])).body
    author = await Principal.get(id=comment.__dict__["author_id"])
    person = await Person.get(id=author.person_id) if author.person_id else None
    return f"{person.name if person else author.name}: {body}" if body else None


@atomic
async def _put_in_doubt(run: Run) -> None:
    await fenced(run.hold)
    await MirrorOperation.filter(id=run.operation.id).update(
        state=MirrorOperationState.IN_DOUBT, sent_at=await clock.now(), probes=0
    )


@atomic
async def _out_of_doubt(run: Run) -> None:
    """The request certainly did nothing."""
    await fenced(run.hold)
    await MirrorOperation.filter(id=run.operation.id).update(state=MirrorOperationState.PENDING, sent_at=None)


@atomic
async def _pair(run: Run, remote_id: str) -> None:
    await fenced(run.hold)
    await _write_pair(run, remote_id, run.operation.comment_id)


async def _write_pair(run: Run, remote_id: str, comment_id: UUID | None) -> None:
    await transaction.current().connection.execute_query(
        "INSERT INTO mirror_comment (id, link_id, comment_id, remote_id, created_at)"
        " VALUES ($1, $2, $3, $4, app_clock()) ON CONFLICT DO NOTHING",
        [new_id(), run.link.id, comment_id, remote_id],
    )


async def take_in(run: Run, comments: tuple[RemoteComment, ...]) -> None:
    """Brings what people wrote over there into the case, each comment once, as the person who wrote it."""
    known = {row.remote_id for row in await MirrorComment.filter(link_id=run.link.id)}
    for comment in comments:
        if comment.marker is None and comment.id not in known:
            await _take_one(run, comment)


async def _take_one(run: Run, comment: RemoteComment) -> None:
    """A comment its author may not make here is paired with nothing, so that it is not tried for ever."""
    by, text = await author(comment.author.person), comment.body
    if by is None:
        by = await actor_of_principal(run.connection.principal_id, tool=Tool.TRACKER)
        text = f"{comment.author.name}: {text}"
    try:
        await _write_in(run, comment, by, text)
    except Refusal:
        await _pass_over(run, comment)


@atomic
async def _write_in(run: Run, comment: RemoteComment, by: Actor, text: str) -> None:
    link = await fenced(run.hold)
    written = await cases.comment(
        link.case_id,
        by=by,
        text=text,
        visibility=CommentVisibility.INTERNAL if comment.internal else CommentVisibility.SHARED,
        source=Source(system=run.connection.source, event_id=comment.id),
    )
    await _write_pair(run, comment.id, written.id)


@atomic
async def _pass_over(run: Run, comment: RemoteComment) -> None:
    await fenced(run.hold)
    await _write_pair(run, comment.id, None)


async def author(person: str | None) -> Actor | None:
    """The person with the rights they have here; None for strangers, and for those who have left."""
    if person is None:
        return None
    try:
        return await actor_of_person(UUID(person), tool=Tool.TRACKER)
    except (TokenInvalid, ValueError):
        return None
