"""Making both sides equal: read, merge field by field, take over, send the difference, remember what came back."""

from dataclasses import replace

from domain.cases.states import CaseState
from domain.core import clock
from domain.core.transaction import atomic
from domain.mirror import links
from domain.mirror.commenting import take_in
from domain.mirror.desired import Desired, desired
from domain.mirror.lane import fenced
from domain.mirror.mapping import TERMINAL
from domain.mirror.merge import WAYS, Agreed, Side, Step, Verdict, merge
from domain.mirror.models import MirrorConflict, MirrorInbox
from domain.mirror.outcomes import NotVisible, Ok
from domain.mirror.pausing import is_forgotten, rewound
from domain.mirror.pulling import Pulled, changed_by, note, pull
from domain.mirror.remote import Field, FieldValue, RemoteIssue
from domain.mirror.rules import Finished, Later, Result, Stuck, backoff, explain_blocked
from domain.mirror.states import InboxState, MirrorConflictState, MirrorLinkState, MirrorOperationState
from domain.mirror.values import labels, sides
from domain.mirror.work import Run
from domain.mirror.written import Blocked

DECIDED = frozenset({CaseState.PENDING_APPROVAL, CaseState.DECIDED, CaseState.ENFORCING}) | TERMINAL

Verdicts = dict[Field, tuple[Side, Verdict]]


async def sync(run: Run) -> Result:
    """Two reads when nothing differs, and no write. A write is idempotent by value, so any step may be repeated."""
    if run.link.remote_id is None:
        return Finished()
    heard = await MirrorInbox.filter(
        connection_id=run.connection.id, issue_id=run.link.remote_id, state=InboxState.RECEIVED
    ).values_list("id", flat=True)
    read = await run.tracker.read(run.link.remote_id, with_comments=True)
    if isinstance(read, NotVisible):
        return await _gone(run)
    if not isinstance(read, Ok):
        return await run.failed(read)
    issue = read.value
    if run.link.synced_at is None and isinstance(failed := await _link_back(run, issue.id), Later | Stuck):
        return failed
    if not await _place(run, issue):
        return Finished()
    if await is_forgotten(run, issue.comments):
        await rewound(run.connection.id)
        return Later(await clock.now(), "The tracker holds something we sent and know nothing of")
    await take_in(run, issue.comments)
    result = await _reconcile(run, issue)
    if isinstance(result, Finished | Stuck):
        await _worked_off(run, list(heard))
    return result


async def _reconcile(run: Run, issue: RemoteIssue) -> Result:
    """Their changes first: what we send then is the case with them in it."""
    wanted = await _wanted(run, issue)
    verdicts, pulled = await _verdicts(run, issue, wanted), Pulled()
    authors = await changed_by(run, issue, [name for name, (_, each) in verdicts.items() if each.step is Step.PULL])
    if not isinstance(authors, Ok):
        return await run.failed(authors)
    for name, (side, verdict) in verdicts.items():
        if verdict.clash:
            state = MirrorConflictState.OPEN if verdict.step is Step.WAIT else MirrorConflictState.SETTLED
            await note(run, name, side, state, "UNREADABLE" if not side.readable else "BOTH_CHANGED")
        if verdict.step is Step.PULL:
            await pull(run, issue, name, side, who=authors.value[name], result=pulled)
    wanted = await _wanted(run, issue)
    verdicts = await _verdicts(run, issue, wanted)
    await _remember_equal(run, issue, verdicts)
    pushed = {
        name: side
        for name, (side, verdict) in verdicts.items()
        if name not in pulled.left and (verdict.step is Step.PUSH or name in pulled.back)
    }
    result = await _send_fields(run, issue, wanted, pushed)
    if not isinstance(result, Finished) or Field.STATUS not in pushed:
        return result
    return await _send_status(run, issue, wanted, pushed[Field.STATUS], bounced=Field.STATUS in pulled.back)


async def _wanted(run: Run, issue: RemoteIssue) -> Desired:
    wanted = await desired(run.link.case_id, run.mapping)
    flag = await _needs_decision(run, wanted.case.state)
    extra: dict[Field, FieldValue] = {Field.LABELS: labels(issue, needs_decision=flag)}
    return replace(wanted, values={**wanted.values, **(extra if Field.LABELS in run.mapping.egress else {})})


@atomic
async def _needs_decision(run: Run, state: CaseState) -> bool:
    link = await fenced(run.hold)
    if link.needs_decision and state in DECIDED:
        link.needs_decision = False
        await link.save(update_fields=["needs_decision"])
    return link.needs_decision


async def _verdicts(run: Run, issue: RemoteIssue, wanted: Desired) -> Verdicts:
    base = await links.baseline(run.link.id)
    found = sides(issue, wanted.values, state=wanted.case.state, mapping=run.mapping)
    theirs = run.mapping.states.get(issue.status.id)
    return {
        name: (
            side,
            merge(
                base.get(name),
                side,
                way=WAYS[name],
                winner=run.mapping.winner(name, ours=wanted.case.state, theirs=theirs),
            ),
        )
        for name, side in found.items()
    }


async def _send_fields(run: Run, issue: RemoteIssue, wanted: Desired, pushed: dict[Field, Side]) -> Result:
    """One write of the difference. What was read back is the base, so a text the tracker rewrites is sent once."""
    diff: dict[Field, FieldValue] = {name: wanted.values[name] for name in pushed if name is not Field.STATUS}
    if not diff:
        return Finished()
    answer = await run.tracker.update(issue.id, diff, cause=str(run.operation.id), case_url=wanted.url)
    if isinstance(answer, NotVisible):
        return await _gone(run)
    if not isinstance(answer, Ok):
        return await run.failed(answer)
    back = sides(answer.value.issue, wanted.values, state=wanted.case.state, mapping=run.mapping)
    await _remember(run, {name: back[name] for name in diff if name in back}, answer.value.issue)
    for name in answer.value.ignored:
        if name in back:
            await note(run, name, back[name], MirrorConflictState.OPEN, "IGNORED")
    return Finished()


async def _send_status(run: Run, issue: RemoteIssue, wanted: Desired, side: Side, *, bounced: bool) -> Result:
    answer = await run.tracker.transition(issue.id, wanted.case.state.value)
    match answer:
        case Ok(value=moved):
            await _remember(run, {Field.STATUS: Side(side.ours, moved.status.id, same=True)}, issue)
            return Finished()
        case Blocked() if bounced:
            await _remember(run, {Field.STATUS: side}, issue)
            return Finished()
        case Blocked():
            return Stuck(MirrorOperationState.BLOCKED, explain_blocked(answer))
        case NotVisible():
            return await _gone(run)
        case _:
            return await run.failed(answer)


async def _remember_equal(run: Run, issue: RemoteIssue, verdicts: Verdicts) -> None:
    base = await links.baseline(run.link.id)
    equal = {
        name: side
        for name, (side, _) in verdicts.items()
        if side.same and base.get(name) != Agreed(side.ours, side.theirs)
    }
    if equal:
        await _remember(run, equal, issue)


@atomic
async def _remember(run: Run, values: dict[Field, Side], issue: RemoteIssue) -> None:
    await fenced(run.hold)
    if equal := [name.value for name, side in values.items() if side.same]:
        await MirrorConflict.filter(link_id=run.link.id, field__in=equal, state=MirrorConflictState.OPEN).update(
            state=MirrorConflictState.RESOLVED, resolved_at=await clock.now()
        )
    await links.agree(
        run.link.id, {name: Agreed(side.ours, side.theirs) for name, side in values.items()}, updated=issue.updated
    )


async def _link_back(run: Run, issue_id: str) -> Result:
    """Shows the case on the issue, once; a tracker that takes no such link loses nothing else by it."""
    wanted = await desired(run.link.case_id, run.mapping)
    if wanted.url is None:
        return Finished()
    title = str(wanted.values.get(Field.SUMMARY) or wanted.key)
    answer = await run.tracker.link_back(issue_id, case=wanted.key, url=wanted.url, title=title)
    if isinstance(answer, Ok):
        return Finished()
    result = await run.failed(answer)
    return Finished() if isinstance(result, Stuck) else result


@atomic
async def _place(run: Run, issue: RemoteIssue) -> bool:
    """Follows an issue that was moved; says whether it is still where we may write."""
    link = await fenced(run.hold)
    link.remote_key, link.remote_url, link.synced_at = issue.key, issue.url, await clock.now()
    link.known_updated = max(link.known_updated or issue.updated, issue.updated)
    link.state = MirrorLinkState.LINKED if issue.in_scope else MirrorLinkState.OUT_OF_SCOPE
    link.reason = None if issue.in_scope else f"Moved to {issue.project}"
    await link.save(update_fields=["remote_key", "remote_url", "synced_at", "known_updated", "state", "reason"])
    return issue.in_scope


async def _gone(run: Run) -> Result:
    """Absent and hidden look alike. Only while the project itself can be read is the issue called gone."""
    now = await clock.now()
    project = await run.tracker.changed_since(run.mapping.project, now, size=1)
    if not isinstance(project, Ok):
        await run.failed(project)
        return Later(now + backoff(8), "The whole project cannot be read")
    await _mark_gone(run)
    return Finished()


@atomic
async def _mark_gone(run: Run) -> None:
    link = await fenced(run.hold)
    link.state, link.reason = MirrorLinkState.REMOTE_GONE, "The issue was deleted, or hidden from our account"
    await link.save(update_fields=["state", "reason"])


@atomic
async def _worked_off(run: Run, deliveries: list[object]) -> None:
    await fenced(run.hold)
    await MirrorInbox.filter(id__in=deliveries).update(state=InboxState.DONE, done_at=await clock.now())
