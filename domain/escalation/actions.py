"""Raising pages, answering them, and moving them on."""

from datetime import timedelta
from uuid import UUID

from tortoise import connections

from domain.cases.record import ensure_visible
from domain.core import clock, content, events, timers, transaction, versions
from domain.core.actor import Actor, system
from domain.core.errors import NotFound, invalid
from domain.core.ids import new_id
from domain.core.transaction import Ref, atomic
from domain.core.versions import ConfigKind, Version
from domain.escalation import fold, rules
from domain.escalation.events import (
    PageAcknowledged,
    PageAcknowledgedAgain,
    PageAcknowledgementLapsed,
    PageEscalated,
    PageRaised,
    PageRepeated,
    PageResolved,
)
from domain.escalation.models import Page, PageRun
from domain.escalation.policies import EscalationPolicy
from domain.escalation.publishing import publish_policy
from domain.escalation.record import ACK_TIMEOUT, STEP_DUE, active_run, disarm, locked, policy_of, record, ref
from domain.escalation.running import Way, batch_of
from domain.escalation.states import PageStatus, RunState
from domain.notify import actions as notify
from domain.notify.models import Notification
from domain.notify.queries import all_failed
from domain.notify.states import Urgency

__all__ = [
    "acknowledge", "advance", "contact_failed", "escalate", "hand_over", "lapse", "page", "publish_policy", "resolve",
    "resolve_open",
]  # fmt: skip

TITLE_LIMIT = 300


@atomic
async def page(
    policy_key: str, *, by: Actor, subject: Ref, dedup_key: str, title: str, urgency: Urgency | None = None
) -> Page:
    """Raises a page by a policy and tells its first step; ``urgency`` is the policy's unless given.

    While a page of this ``dedup_key`` is open, the news is one more occurrence of it, HIGH if either is; of two at
    once one raises it. ``title`` goes out by mail and to whoever may see the page: name keys in it, no people.
    """
    by.ensure("page.raise")
    if subject.type == "case":
        await ensure_visible(subject.id, by, path=("caseId",))
    if not 1 <= len(dedup_key) <= 255:
        raise invalid("dedupeKey", "Give a key of 1 to 255 characters: the same for the same trouble.")
    version = await _version(policy_key)
    policy = EscalationPolicy.model_validate(version.body)
    await _one_at_a_time(dedup_key)
    known = await Page.filter(dedup_key=dedup_key).exclude(status=PageStatus.RESOLVED).select_for_update().first()
    if known is not None:
        return await _again(known, urgency or policy.urgency, by=by)
    told = await content.store(" ".join(title.split()), path="title", limit=TITLE_LIMIT)
    raised = PageRaised(
        number=await _number(),
        policy_key=policy_key,
        policy_version_id=version.id,
        run_id=new_id(),
        subject_type=subject.type,
        subject_id=subject.id,
        dedup_key=dedup_key,
        urgency=urgency or policy.urgency,
        title=told,
    )
    return await _open(raised, policy, by=by)


@atomic
async def acknowledge(page_id: UUID, *, by: Actor, expected_version: int | None = None) -> Page:
    """Makes the acting person the owner and calls back all that is not yet sent; nothing more is sent after it.

    The first to acknowledge stays the owner; others are recorded. Repeating changes nothing.
    """
    rules.ensure_responder(by)
    # A firing timer holds its row while it waits for the page's: taking them in the same order avoids a deadlock.
    await disarm(page_id)
    page = await locked(page_id, by, expected_version=expected_version)
    person_id = rules.ensure_can_acknowledge(page.status, by)
    if page.status is PageStatus.ACKNOWLEDGED:
        if page.owner_id != person_id:
            await record(page, PageAcknowledgedAgain(person_id=person_id), by=by)
        return page
    was_told = await Notification.filter(subject_type="page", subject_id=page.id, person_id=person_id).exists()
    run = await _latest_run(page)
    await _stop(page)
    (entry,) = await record(page, PageAcknowledged(person_id=person_id, was_told=was_told), by=by)
    seconds = (await policy_of(run)).ack_timeout_s
    if seconds is not None:
        await timers.arm(ACK_TIMEOUT, ref(page.id), entry.recorded_at + timedelta(seconds=seconds))
    return page


@atomic
async def resolve(page_id: UUID, *, by: Actor, expected_version: int | None = None) -> Page:
    """Ends a page and calls back all that is not yet sent. Repeating changes nothing."""
    rules.ensure_can_resolve(by)
    await disarm(page_id)
    page = await locked(page_id, by, expected_version=expected_version)
    if page.status is not PageStatus.RESOLVED:
        await _stop(page)
        await timers.disarm(ACK_TIMEOUT, ref(page.id))
        await record(page, PageResolved(), by=by)
    return page


@atomic
async def resolve_open(dedup_key: str, *, by: Actor) -> Page | None:
    """Ends the open page of a key, where there is one: what raised it is over. Repeating changes nothing."""
    by.ensure("page.acknowledge")
    known = await Page.filter(dedup_key=dedup_key).exclude(status=PageStatus.RESOLVED).first()
    return None if known is None else await resolve(known.id, by=by)


@atomic
async def escalate(page_id: UUID, *, by: Actor, seen_step: int) -> Page:
    """Sends a page on to the next step now. ALREADY_ESCALATED where it is not at ``seen_step`` any more."""
    by.ensure("page.acknowledge")
    page = await locked(page_id, by)
    run = await active_run(page)
    rules.ensure_can_escalate(page.status, by, step=run.step if run else -1, seen=seen_step)
    if run is not None:
        (entry,) = await record(page, PageEscalated(from_step=run.step), by=by)
        await _move_on(page, run, by=system().caused_by(entry.id))
    return page


@atomic
async def advance(page_id: UUID, *, by: Actor) -> bool:
    """Fires the step that is due; says whether there was one. Harmless to repeat: a page answered meanwhile, or
    moved on by another, stays as it is.
    """
    by.ensure("system.enforce")
    page = await locked(page_id, by)
    run = await active_run(page)
    if page.status is not PageStatus.TRIGGERED or run is None or run.due_at is None:
        return False
    if run.due_at > await clock.now():
        await timers.arm(STEP_DUE, ref(page.id), run.due_at)
        return False
    await _move_on(page, run, by=by)
    return True


@atomic
async def hand_over(page_id: UUID, *, by: Actor) -> bool:
    """Tells an unanswered page to those who came on call while its step waits; says whether there are any."""
    by.ensure("system.enforce")
    page = await locked(page_id, by)
    run = await active_run(page)
    if run is None:
        return False
    return await Way(page, run, await policy_of(run), by, await clock.now()).hand_over()


@atomic
async def contact_failed(page_id: UUID, *, by: Actor, batch: str) -> bool:
    """Moves on at once, without waiting, where all that was sent at the page's present step has failed for good."""
    by.ensure("system.enforce")
    page = await locked(page_id, by)
    run = await active_run(page)
    if run is None or batch_of(run) != batch or not await all_failed(ref(page.id), batch=batch):
        return False
    await _move_on(page, run, by=by)
    return True


@atomic
async def lapse(page_id: UUID, *, by: Actor) -> bool:
    """An acknowledged page not resolved in time starts over by its policy's newest version; its owner is told too."""
    by.ensure("system.enforce")
    page = await locked(page_id, by)
    owner = page.owner_id
    if page.status is not PageStatus.ACKNOWLEDGED or owner is None:
        return False
    version = await _version(page.policy_key)
    run_id = new_id()
    lapsed = PageAcknowledgementLapsed(person_id=owner, run_id=run_id, policy_version_id=version.id)
    await record(page, lapsed, by=by)
    now = await clock.now()
    run = await PageRun.create(
        id=run_id, page_id=page.id, policy_version_id=version.id, state=RunState.ACTIVE, started_at=now,
        loop_started_at=now,
    )  # fmt: skip
    policy = EscalationPolicy.model_validate(version.body)
    await Way(page, run, policy, by, now, also=[owner]).move_on()
    return True


async def _open(raised: PageRaised, policy: EscalationPolicy, *, by: Actor) -> Page:
    page_id = new_id()
    (entry,) = await events.append(ref(page_id), raised, by=by)
    opened = await Page.create(id=page_id, **fold.changes(raised, entry))
    run = await PageRun.create(
        id=raised.run_id,
        page_id=opened.id,
        policy_version_id=raised.policy_version_id,
        state=RunState.ACTIVE,
        started_at=entry.recorded_at,
        loop_started_at=entry.recorded_at,
    )
    await Way(opened, run, policy, system().caused_by(entry.id), entry.recorded_at).move_on()
    return opened


async def _again(known: Page, urgency: Urgency, *, by: Actor) -> Page:
    louder = Urgency.HIGH if Urgency.HIGH in {urgency, known.urgency} else Urgency.LOW
    repeated = PageRepeated(occurrences=known.occurrences + 1, urgency=louder)
    await record(known, repeated, by=by)
    return known


async def _move_on(page: Page, run: PageRun, *, by: Actor) -> None:
    await Way(page, run, await policy_of(run), by, await clock.now()).move_on()


async def _stop(page: Page) -> None:
    """Ends the run under way, its timer, and what it has not sent yet."""
    await PageRun.filter(page_id=page.id, state=RunState.ACTIVE).update(state=RunState.STOPPED, due_at=None)
    await disarm(page.id)
    await notify.cancel(ref(page.id), by=system())


async def _latest_run(page: Page) -> PageRun:
    runs = await PageRun.filter(page_id=page.id).order_by("-started_at", "-id").limit(1)
    return runs[0]


async def _version(policy_key: str) -> Version:
    version = await versions.latest(ConfigKind.ESCALATION_POLICY, policy_key)
    if version is None:
        raise NotFound("escalation policy", policy_key, path=("policyKey",))
    return version


async def _one_at_a_time(dedup_key: str) -> None:
    await transaction.current().connection.execute_query(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [f"page/{dedup_key}"]
    )


async def _number() -> int:
    rows = await connections.get("default").execute_query_dict("SELECT nextval('page_number_seq') AS n")
    number: int = rows[0]["n"]
    return number
