"""Situations that something outside, or a batch, must have made first; those in which the state of things refuses a
mutation; and those about what is hidden."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.bulk import actions as bulk
from domain.bulk.choosing import Choice
from domain.bulk.models import BulkOperation
from domain.cases import actions as cases
from domain.cases import steps
from domain.cases.models import Case
from domain.cases.states import CaseKind, EvidenceKind, Sensitivity
from domain.core import clock
from domain.core.actor import Actor
from domain.core.ids import new_id
from domain.core.transaction import Ref
from domain.escalation import actions as pages
from domain.files import actions as files
from domain.inquiries import actions as inquiries
from domain.mirror import links
from domain.mirror.models import MirrorConflict, MirrorConnection, MirrorOperation
from domain.mirror.states import MirrorConflictState, MirrorOperationState
from domain.notify import actions as notify
from domain.notify.states import ContactKind
from domain.people import actions as people
from domain.review import actions as review
from domain.review.models import Enforcement
from domain.review.policies import Measure
from domain.review.states import DecisionKind, EnforcementAction, ReceiptState
from domain.views import actions as views
from domain.views.states import ViewOf
from tests.builders import SYSTEM, a_room
from tests.files import a_file
from tests.schema.rights.world import Given, Make, Situation, World, id_of, on


async def _enforcement(world: World, case: Case, *, failed: bool = True) -> Given:
    await review.decide(
        case.id, by=world.ada, kind=DecisionKind.VIOLATION, policy_keys=["live.scam"], reasoning="Sells nothing.",
        actions=[Measure(action=EnforcementAction.WARN)],
    )  # fmt: skip
    found = await Enforcement.filter(case_id=case.id).get()
    if failed:
        await review.begin_dispatch(found.id, by=SYSTEM, key=found.key)
        await review.record_receipt(found.id, by=SYSTEM, state=ReceiptState.FAILED, code="X")
    return {"id": f"enforcement_{found.id.hex}"}


def _enforced(*, failed: bool = True, hidden: bool = False, **more: Any) -> Make:
    async def make(world: World, _: Actor) -> Given:
        case = await _a_hidden_case(world) if hidden else world.held
        return {**await _enforcement(world, case, failed=failed), **more}

    return make


async def _a_hidden_case(world: World) -> Case:
    """About something, and under Ada's review."""
    case = await cases.open_case(
        "Secret",
        by=SYSTEM,
        kind=CaseKind.REACTIVE,
        sensitivity=Sensitivity.RESTRICTED,
        report=a_room(),
        reason_code="X",
    )
    await cases.claim(case.id, by=world.ada)
    return case


async def _link(world: World, *, hidden: bool) -> UUID:
    connection = await MirrorConnection.get(id=id_of(world.connection))
    return (await links.ensure_link(connection, world.hidden.id if hidden else world.free.id)).id


def _operation(state: MirrorOperationState, *, hidden: bool = False) -> Make:
    async def make(world: World, _: Actor) -> Given:
        operation = await MirrorOperation.get(link_id=await _link(world, hidden=hidden))
        operation.state = state
        await operation.save(update_fields=["state"])
        return {"id": f"mirrorop_{operation.id.hex}"}

    return make


def _conflict(state: MirrorConflictState, *, hidden: bool = False) -> Make:
    async def make(world: World, _: Actor) -> Given:
        now = await clock.now()
        conflict = await MirrorConflict.create(
            link_id=await _link(world, hidden=hidden), field="priority", before="P3", ours="P1", theirs="P2",
            state=state, reason="BOTH_CHANGED", created_at=now, last_at=now,
        )  # fmt: skip
        return {"id": f"conflict_{conflict.id.hex}", "keep": "CASE"}

    return make


async def _batch(world: World, by: Actor, *, wait: bool = False) -> BulkOperation:
    return await bulk.start(
        steps.Cancel(reason="SPAM"), by=by, choice=Choice(ids=[world.free.id]),
        effects_after=timedelta(minutes=10) if wait else None,
    )  # fmt: skip


def _batched(*, wait: bool = False) -> Make:
    async def make(world: World, by: Actor) -> Given:
        return {"id": f"bulk_{(await _batch(world, by, wait=wait)).id.hex}"}

    return make


async def _some(world: World, _: Actor) -> Given:
    return {"action": {"cancel": {"reason": "SPAM"}}, "ids": [f"case_{world.free.id.hex}"]}


def _other(**more: Any) -> Make:
    async def make(world: World, _: Actor) -> Given:
        return {"actorId": world.other, **more}

    return make


async def _suspended(world: World, by: Actor) -> Given:
    await bulk.suspend_actor(id_of(world.other), by=SYSTEM, reason="Runs wild")
    return await _other()(world, by)


async def _viewed(world: World, by: Actor) -> Given:
    """A view of the actor's own; Ada's for a program, which has none."""
    owner = world.ada if by.person_id is None else by
    view = await views.save("Mine", by=owner, of=ViewOf.CASE, filter={})
    return {"id": f"view_{view.id.hex}", "expectedVersion": None}


async def _resolved(world: World, by: Actor) -> Given:
    await cases.resolve(world.service.id, by=SYSTEM, resolution="ANSWERED")
    return await on("service", reason="AGAIN")(world, by)


async def _own(world: World, by: Actor) -> Given:
    return {"actorId": f"principal_{by.id.hex}", "reason": "Me"}


RARE: Mapping[str, Situation] = {
    "retryEnforcement": Situation(make=_enforced()),
    "waiveEnforcement": Situation(make=_enforced(reason="Gone")),
    "retryMirrorOperation": Situation(make=_operation(MirrorOperationState.DEAD)),
    "skipMirrorOperation": Situation(make=_operation(MirrorOperationState.DEAD)),
    "resolveMirrorConflict": Situation(make=_conflict(MirrorConflictState.OPEN)),
    "bulkCases": Situation(make=_some),
    "cancelBulk": Situation(make=_batched(wait=True)),
    "undoBulk": Situation(make=_batched()),
    "suspendActor": Situation(make=_other(reason="Runs wild")),
    "reinstateActor": Situation(make=_suspended),
    "undoByActor": Situation(make=_other(since="2026-01-01T00:00:00Z")),
    "deleteView": Situation(make=_viewed, programs="NOT_FOUND"),
    "reopenCase": Situation(make=_resolved),
}
"""Where whoever has the right succeeds."""


async def _closed(world: World, _: Actor) -> Given:
    await inquiries.close(id_of(world.inquiry), by=SYSTEM)
    return {"id": world.inquiry, "expectedVersion": None, "text": "So"}


async def _over(world: World, _: Actor) -> Given:
    await pages.resolve(id_of(world.page), by=SYSTEM)
    return {"id": world.page, "expectedVersion": None}


async def _moved_on(world: World, _: Actor) -> Given:
    return {"id": world.page, "seenStep": 7}


async def _lapsed(world: World, by: Actor) -> Given:
    await cases.claim(world.free.id, by=by)
    return {"id": f"case_{world.free.id.hex}", "leaseToken": str(new_id())}


async def _disabled(world: World, _: Actor) -> Given:
    assert world.ada.person_id is not None
    found = await notify.add_contact(
        world.ada.person_id, by=world.ada, kind=ContactKind.EMAIL, address="old@example.org", position=9
    )
    await notify.disable_contact(found.id, by=world.ada)
    return {"id": f"contact_{found.id.hex}"}


async def _revoked(world: World, _: Actor) -> Given:
    token, _secret = await people.issue_token(world.ada.id, by=SYSTEM, name="x")
    await people.revoke_token(token.id, by=SYSTEM)
    return {"id": f"token_{token.id.hex}"}


async def _brought(world: World, by: Actor) -> Given:
    """A file that belongs to something already."""
    file = await a_file(by)
    await files.add_evidence(
        world.free.id, by=by, file_ids=[file.id], kind=EvidenceKind.OTHER, captured_at=file.created_at
    )
    given = {"kind": "SCREENSHOT", "capturedAt": "2026-01-31T09:00:00Z", "fileIds": [f"file_{file.id.hex}"]}
    return await on("held", **given)(world, by)


WRONG: Mapping[str, Situation] = {
    "replyToInquiry": Situation(make=_closed, code="INQUIRY_IS_CLOSED"),
    "acknowledgePage": Situation(make=_over, code="PAGE_IS_RESOLVED", programs="FORBIDDEN"),
    "escalatePage": Situation(make=_moved_on, code="ALREADY_ESCALATED"),
    "extendLease": Situation(make=_lapsed, code="LEASE_LOST"),
    "resumeCase": Situation(make=on("free"), code="NOT_ON_HOLD"),
    "resolveCase": Situation(make=on("free", resolution="ANSWERED"), code="DECISION_NEEDED"),
    "reopenCase": Situation(make=on("free", reason="AGAIN"), code="NOTHING_TO_REOPEN"),
    "decideCase": Situation(make=on("free", kind="NO_VIOLATION", reasoning="Fine"), code="LEASE_NEEDED"),
    "addEvidence": Situation(make=_brought, code="FILE_ATTACHED"),
    "retryEnforcement": Situation(make=_enforced(failed=False), code="ENFORCEMENT_NOT_FAILED"),
    "waiveEnforcement": Situation(make=_enforced(failed=False, reason="Gone"), code="ENFORCEMENT_NOT_FAILED"),
    "retryMirrorOperation": Situation(make=_operation(MirrorOperationState.PENDING), code="OPERATION_NOT_STUCK"),
    "skipMirrorOperation": Situation(make=_operation(MirrorOperationState.PENDING), code="OPERATION_NOT_STUCK"),
    "resolveMirrorConflict": Situation(make=_conflict(MirrorConflictState.RESOLVED), code="CONFLICT_NOT_OPEN"),
    "cancelBulk": Situation(make=_batched(), code="BULK_IS_OVER"),
    "suspendActor": Situation(make=_own, code="ACTOR_IS_YOU"),
    "verifyContactMethod": Situation(make=_disabled, code="CONTACT_DISABLED"),
    "rotateToken": Situation(make=_revoked, code="TOKEN_ENDED"),
}
"""Where what it is done to does not allow it."""


async def _page(world: World, _: Actor) -> Given:
    page = await pages.page(
        world.policy, by=SYSTEM, subject=Ref("case", world.hidden.id), title="Look", dedup_key="hidden"
    )
    return {"id": f"page_{page.id.hex}", "expectedVersion": None}


async def _page_step(world: World, by: Actor) -> Given:
    return {"id": (await _page(world, by))["id"], "seenStep": 0}


async def _beside(world: World, _: Actor) -> Given:
    await inquiries.link(id_of(world.inquiry), by=SYSTEM, case_id=world.hidden.id)
    return {"id": world.inquiry, "caseId": f"case_{world.hidden.id.hex}"}


async def _raised(world: World, _: Actor) -> Given:
    named = {"policyKey": world.policy, "title": "T", "dedupeKey": "new"}
    return {**named, "caseId": f"case_{world.hidden.id.hex}"}


async def captured(world: World, _: Actor) -> Given:
    """A file that is evidence of the hidden case."""
    file = await a_file(world.ada)
    await files.add_evidence(
        world.hidden.id, by=world.ada, file_ids=[file.id], kind=EvidenceKind.OTHER, captured_at=file.created_at
    )
    return {"id": f"file_{file.id.hex}", "reason": "A matter"}


async def _remarked(world: World, by: Actor) -> Given:
    remark = await cases.comment(world.hidden.id, by=SYSTEM, text="Look")
    return {"to": {"commentId": f"comment_{remark.id.hex}"}, "fileIds": [f"file_{(await a_file(by)).id.hex}"]}


OF_HIDDEN: Mapping[str, Make] = {
    "acknowledgePage": _page,
    "resolvePage": _page,
    "escalatePage": _page_step,
    "raisePage": _raised,
    "linkInquiry": _beside,
    "unlinkInquiry": _beside,
    "holdFile": captured,
    "releaseFile": captured,
    "eraseFile": captured,
    "attachFiles": _remarked,
    "retryEnforcement": _enforced(hidden=True),
    "waiveEnforcement": _enforced(hidden=True, reason="Gone"),
    "retryMirrorOperation": _operation(MirrorOperationState.DEAD, hidden=True),
    "skipMirrorOperation": _operation(MirrorOperationState.DEAD, hidden=True),
    "resolveMirrorConflict": _conflict(MirrorConflictState.OPEN, hidden=True),
}
"""What belongs to a case hidden from all but administrators."""
