"""Making an issue exactly once, whatever is lost on the way.

Before the request leaves it is on record that it may have. A lost reply, and a worker that dies, look the same from
then on: the marker is looked for, and only enough looks over enough time that found nothing allow to send again.
"""

from datetime import datetime, timedelta
from uuid import UUID

from domain.core import clock, events
from domain.core.actor import system
from domain.core.transaction import atomic
from domain.mirror import links
from domain.mirror.desired import Desired, desired
from domain.mirror.events import MirrorLinked
from domain.mirror.lane import fenced
from domain.mirror.merge import Agreed
from domain.mirror.models import MirrorOperation
from domain.mirror.opening import note_failure
from domain.mirror.outcomes import Ambiguous, Ok, ProtocolFault
from domain.mirror.remote import Field, IssueDraft, LinkProof, RemoteIssue
from domain.mirror.rules import Finished, Later, Result, backoff, explain, may_resend
from domain.mirror.states import MirrorLinkState, MirrorOperationState
from domain.mirror.values import sides
from domain.mirror.work import Run, promptly


async def create(run: Run) -> Result:
    """One create, or one look for the create that may have happened."""
    if run.link.remote_id is not None:
        return Finished()
    wanted = await desired(run.link.case_id, run.mapping)
    if run.operation.state is MirrorOperationState.IN_DOUBT:
        return await _look(run, wanted)
    return await _send(run, wanted)


def _proof(run: Run, wanted: Desired) -> LinkProof:
    return LinkProof(wanted.public_id, run.connection.key, run.link.marker)


async def _send(run: Run, wanted: Desired) -> Result:
    draft = IssueDraft(_proof(run, wanted), dict(wanted.values), wanted.url)
    if not await promptly(_put_in_doubt(run), grace=run.connection.doubt_grace):
        await _out_of_doubt(run)
        return Later(await clock.now() + backoff(0), "It took too long to write down that the issue is made")
    answer = await run.tracker.create(draft)
    match answer:
        case Ok():
            await _adopt(run, answer.value.issue_id, answer.value.key, found_again=False)
            return Finished()
        case Ambiguous() | ProtocolFault(maybe_done=True):
            await note_failure(run.connection.id, answer)
            return Later(await clock.now() + backoff(0), explain(answer), in_doubt=True)
        case _:
            await _out_of_doubt(run)
            return await run.failed(answer)


async def _look(run: Run, wanted: Desired) -> Result:
    proof, now = _proof(run, wanted), await clock.now()
    answer = await run.tracker.find_by_marker(run.link.marker)
    if not isinstance(answer, Ok):
        await note_failure(run.connection.id, answer)
        return Later(now + backoff(run.operation.probes + 1), explain(answer), in_doubt=True)
    if (found := ours_among(answer.value, proof)) is not None:
        if found.proof is None and not isinstance(proved := await run.tracker.prove(found.id, proof), Ok):
            return Later(now + backoff(1), explain(proved), in_doubt=True)
        await _adopt(run, found.id, found.key, found_again=True)
        return Finished()
    probes = run.operation.probes + 1
    await MirrorOperation.filter(id=run.operation.id).update(probes=probes)
    sent_at, connection = run.operation.sent_at or now, run.connection
    if not may_resend(
        probes=probes, sent_at=sent_at, now=now, needed=connection.doubt_probes, grace=connection.doubt_grace
    ):
        return Later(now + _pause(run, probes, sent_at, now), "Looked for the issue and did not find it", in_doubt=True)
    return await _send(run, wanted)


def _pause(run: Run, probes: int, sent_at: datetime, now: datetime) -> timedelta:
    """Looks come further and further apart, the last one when the grace ends."""
    left = sent_at + run.connection.doubt_grace - now
    return min(backoff(probes), left) if left > backoff(0) else backoff(0)


def ours_among(found: tuple[RemoteIssue, ...], proof: LinkProof) -> RemoteIssue | None:
    """The oldest that proves to be ours. Where trackers keep no proof with a create: the oldest that proves nothing
    else, since a clone is younger than what it was cloned from.
    """
    proven = [issue for issue in found if issue.proof == proof]
    silent = [issue for issue in found if issue.proof is None]
    return next(iter(proven or silent), None)


@atomic
async def _put_in_doubt(run: Run) -> None:
    link = await fenced(run.hold)
    link.state = MirrorLinkState.IN_DOUBT
    await link.save(update_fields=["state"])
    await MirrorOperation.filter(id=run.operation.id).update(
        state=MirrorOperationState.IN_DOUBT, sent_at=await clock.now(), probes=0
    )


@atomic
async def _out_of_doubt(run: Run) -> None:
    """The request certainly did nothing."""
    link = await fenced(run.hold)
    link.state = MirrorLinkState.PENDING
    await link.save(update_fields=["state"])
    await MirrorOperation.filter(id=run.operation.id).update(state=MirrorOperationState.PENDING, sent_at=None)


async def _adopt(run: Run, remote_id: str, key: str, *, found_again: bool) -> None:
    """Ties the issue to the case. What it holds now is the base: whatever of it is not ours yet goes out next."""
    read = await run.tracker.read(remote_id)
    issue = read.value if isinstance(read, Ok) else None
    await _link(run, remote_id, key, issue=issue, found_again=found_again)


@atomic
async def _link(run: Run, remote_id: str, key: str, *, issue: RemoteIssue | None, found_again: bool) -> None:
    link = await fenced(run.hold)
    link.state, link.reason, link.remote_id, link.remote_key = MirrorLinkState.LINKED, None, remote_id, key
    link.remote_url = issue.url if issue else None
    await link.save(update_fields=["state", "reason", "remote_id", "remote_key", "remote_url"])
    if issue is not None:
        await links.agree(
            link.id, await _first_base(run, link.case_id, issue, found_again=found_again), updated=issue.updated
        )
    linked = MirrorLinked(case_id=link.case_id, remote_id=remote_id, remote_key=key, found_again=found_again)
    await events.append(links.ref(link.id), linked, by=system())
    await links.want_sync(link.id)


async def _first_base(run: Run, case_id: UUID, issue: RemoteIssue, *, found_again: bool) -> dict[Field, Agreed]:
    """Texts come back as the tracker keeps them: ours in ours, theirs in theirs. A value that is not ours at all
    stands on both sides, so that ours differs from it and is sent; unless time has passed since we sent it: then
    somebody over there may have changed it.
    """
    wanted = await desired(case_id, run.mapping)
    found = sides(issue, wanted.values, state=wanted.case.state, mapping=run.mapping)
    taken = {Field.SUMMARY, Field.DESCRIPTION}
    base = {
        name: Agreed(side.ours if side.same or name in taken else side.theirs, side.theirs)
        for name, side in found.items()
    }
    if found_again and Field.PRIORITY in found:
        base[Field.PRIORITY] = Agreed(found[Field.PRIORITY].ours, found[Field.PRIORITY].ours)
    return base
