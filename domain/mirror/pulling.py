"""A change people made over there, made here as that person; or refused, told once, and moved back."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from domain.cases.errors import DecisionNeeded
from domain.cases.models import Case
from domain.core import clock
from domain.core.actor import Actor, Tool
from domain.core.errors import Refusal
from domain.core.transaction import atomic
from domain.mirror import links, moves
from domain.mirror.commenting import author
from domain.mirror.deciding import form_of
from domain.mirror.desired import Desired, desired
from domain.mirror.lane import fenced
from domain.mirror.merge import Agreed, Side
from domain.mirror.models import MirrorConflict, MirrorInbox
from domain.mirror.outcomes import Ok, Outcome
from domain.mirror.remote import Field, RemoteIssue
from domain.mirror.states import InboxState, MirrorConflictState, MirrorOperationKind
from domain.mirror.values import sides
from domain.mirror.work import Run
from domain.people.queries import actor_of_principal

TELL_AGAIN = timedelta(hours=1)
CALM = timedelta(minutes=10)
MOST_FLIPS = 3


@dataclass(slots=True)
class Pulled:
    """What taking over did: fields to be moved back, and fields to be left as they are over there."""

    back: set[Field] = field(default_factory=set)
    left: set[Field] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a change over there. `known` is false where nothing says so."""

    name: str | None
    actor: Actor | None
    known: bool


async def pull(run: Run, issue: RemoteIssue, name: Field, side: Side, *, who: Author, result: Pulled) -> None:
    """Takes one changed field over. Without knowing who changed it, it waits for a person."""
    if not who.known:
        await note(run, name, side, MirrorConflictState.OPEN, "UNKNOWN_AUTHOR")
        result.left.add(name)
        return
    if who.actor is None:
        await _refuse(run, name, side, who.name, "Nobody at the desk is known by this account.", result=result)
        return
    try:
        await _take_over(run, issue, name, side, who.actor)
    except DecisionNeeded as refusal:
        await _need_decision(run, issue, name, side, who, refusal, result=result)
    except Refusal as refusal:
        await _refuse(run, name, side, who.name, refusal.message, result=result)


async def changed_by(run: Run, issue: RemoteIssue, names: Collection[Field]) -> Outcome[dict[Field, Author]]:
    """Who changed each of the fields last, as the tracker's own history has it: deliveries get lost and overtake each
    other. Only where the history is silent are they asked. One request, none where nothing changed.
    """
    if not names:
        return Ok({})
    history = await run.tracker.history(issue.id)
    if not isinstance(history, Ok):
        return history
    # What was changed after the issue was read is not what is taken over.
    changes = [change for change in history.value if change.at <= issue.updated]
    found = {}
    for name in names:
        change = next((change for change in changes if name in change.fields), None)
        account = change.author.account if change is not None else await _told_by(run, name)
        found[name] = await _author_of(run, account)
    return Ok(found)


async def _told_by(run: Run, name: Field) -> str | None:
    """The account in the latest delivery that names the field and has not been worked off."""
    row = (
        await MirrorInbox.filter(
            connection_id=run.connection.id, issue_id=run.link.remote_id, state=InboxState.RECEIVED,
            changed__contains=[name.value],
        )
        .order_by("-happened_at", "-received_at")
        .first()
    )  # fmt: skip
    return row.actor if row is not None else None


async def _author_of(run: Run, account: str | None) -> Author:
    if account is None:
        return Author(None, None, known=False)
    if account == run.connection.account_id:
        own = await actor_of_principal(run.connection.principal_id, tool=Tool.TRACKER)
        return Author(own.name, own, known=True)
    person = next((person for person, theirs in run.people.items() if theirs == account), None)
    actor = await author(person)
    return Author(actor.name if actor else account, actor, known=True)


@atomic
async def _take_over(run: Run, issue: RemoteIssue, name: Field, side: Side, by: Actor) -> None:
    """The action and the new base are one transaction. A case that changed meanwhile is left for the next round."""
    link = await fenced(run.hold)
    await Case.filter(id=link.case_id).select_for_update().get()
    before = await desired(link.case_id, run.mapping)
    if _now(run, issue, before, name) != side:
        return
    target = run.mapping.states[issue.status.id].value if name is Field.STATUS else side.theirs
    await moves.apply(name, before.case, target, by=by, form=form_of(issue))
    after = _now(run, issue, await desired(link.case_id, run.mapping), name)
    if after is not None:
        await links.agree(link.id, {name: Agreed(after.ours, after.theirs)}, updated=issue.updated)
    await MirrorConflict.filter(link_id=link.id, field=name.value, state=MirrorConflictState.OPEN).update(
        state=MirrorConflictState.RESOLVED, resolved_at=await clock.now()
    )


def _now(run: Run, issue: RemoteIssue, wanted: Desired, name: Field) -> Side | None:
    return sides(issue, wanted.values, state=wanted.case.state, mapping=run.mapping).get(name)


async def _need_decision(
    run: Run, issue: RemoteIssue, name: Field, side: Side, who: Author, refusal: Refusal, *, result: Pulled
) -> None:  # fmt: skip
    """Done without a decision: the case stays as it is, and the issue says what is missing."""
    wanted = await desired(run.link.case_id, run.mapping)
    missing = ", ".join(form_of(issue).missing or ("Decision",))
    told = f"Not done yet: this case is resolved by a decision. Missing: {missing}."
    told += f" Decide it here: {wanted.url}" if wanted.url else f" {refusal.message}"
    await _bounce(run, name, side, who.name, told, reason=refusal.code, result=result, flag=True)


async def _refuse(run: Run, name: Field, side: Side, who: str | None, why: str, *, result: Pulled) -> None:
    told = f"The change of {name.value} was not taken over. {why}"
    await _bounce(run, name, side, who, told, reason="REFUSED", result=result)


@atomic
async def _bounce(
    run: Run,
    name: Field,
    side: Side,
    who: str | None,
    told: str,
    *,
    reason: str,
    result: Pulled,
    flag: bool = False,
) -> None:
    """Tells it once an hour and moves the field back; after three moves back in ten minutes it is left alone."""
    link, now = await fenced(run.hold), await clock.now()
    known = await MirrorConflict.filter(
        link_id=link.id, field=name.value, ours=side.ours, theirs=side.theirs, state=MirrorConflictState.BOUNCED
    ).first()
    if known is None or now - known.last_at > TELL_AGAIN:
        known = await note(run, name, side, MirrorConflictState.BOUNCED, reason, who=who)
        await links.want(link.id, MirrorOperationKind.NOTE, key=f"bounce:{known.id}", note=told)
    else:
        known.times = known.times + 1 if now - known.last_at <= CALM else 1
        known.last_at = now
        await known.save(update_fields=["times", "last_at"])
    if known.times > MOST_FLIPS:
        await links.agree(link.id, {name: Agreed(side.ours, side.theirs)}, updated=now)
    (result.left if known.times > MOST_FLIPS else result.back).add(name)
    if flag and not link.needs_decision:
        link.needs_decision = True
        await link.save(update_fields=["needs_decision"])


@atomic
async def note(
    run: Run, name: Field, side: Side, state: MirrorConflictState, reason: str, *, who: str | None = None
) -> MirrorConflict:  # fmt: skip
    """Keeps both values. An open conflict about the same two values is there once."""
    now = await clock.now()
    values: dict[str, Any] = {"link_id": run.link.id, "field": name.value, "ours": side.ours, "theirs": side.theirs}
    if state is MirrorConflictState.OPEN and (known := await MirrorConflict.filter(**values, state=state).first()):
        return known
    base = (await links.baseline(run.link.id)).get(name)
    return await MirrorConflict.create(
        **values, before=base.theirs if base else None, state=state, reason=reason, actor=who, created_at=now,
        last_at=now,
    )  # fmt: skip
