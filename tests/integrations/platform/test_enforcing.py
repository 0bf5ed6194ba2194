"""From a decision to the platform's receipt: once there, whatever happens here."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Route

from api import refusals, webhooks
from api.receipts import platform as receipts
from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.states import CaseState
from domain.core import effects
from domain.core.effects import Effect, TryAgain
from domain.core.errors import Forbidden
from domain.core.models import Effect as EffectRow
from domain.core.models import Event
from domain.review import actions as review
from domain.review.errors import EnforcementNotFailed, ReceiptContradicts
from domain.review.models import Decision, Enforcement
from domain.review.ports import Applied
from domain.review.sending import deliver
from domain.review.states import EnforcementState, ReceiptState
from integrations import Adapters, connect
from integrations.platform import HttpEnforcer
from integrations.settings import Settings
from tests.builders import a_room
from tests.domain.decisions import PLATFORM, Claimed, a_claimed_case, a_policy, a_violation, enforcements_of, traces
from tests.integrations.jira.running import Listener
from tests.integrations.platform.running import SECRET, Platform
from workers import effects as worker

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def adapters(platform: Platform) -> AsyncIterator[Adapters]:
    adapters = connect(Settings(enforcer_url=platform.url, enforcer_secret=SecretStr(SECRET)))
    yield adapters
    await adapters.enforcer.close()


@pytest.fixture
async def desk() -> AsyncIterator[httpx.AsyncClient]:
    """The API's webhook route, with the platform as its one source."""
    app = Starlette(
        routes=[Route("/webhooks/{source}", webhooks.endpoint, methods=["POST"])],
        exception_handlers={refusals.HttpRefusal: refusals.on_refusal},
    )
    app.state.sources = {"platform": receipts(SECRET)}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://desk") as client:
        yield client


async def a_planned_end() -> tuple[Claimed, Decision, Enforcement]:
    """A decision that ends one stream."""
    await a_policy(default_actions=[{"action": "END_STREAM"}])
    claimed = await a_claimed_case(a_room("room-nightmarket"))
    decision = await a_violation(claimed)
    return claimed, decision, (await enforcements_of(decision))["END_STREAM"]


async def claimed_effect() -> Effect:
    (effect,) = await effects.claim(1)
    return effect


async def at_once() -> None:
    """Makes what was put off due."""
    await EffectRow.filter(state="PENDING").update(not_before=await _past())


async def _past() -> object:
    row = await EffectRow.all().order_by("created_at").first()
    assert row is not None
    return row.created_at - timedelta(hours=1)


async def state_of(case: Case) -> CaseState:
    return (await Case.get(id=case.id)).state


async def test_a_decision_is_carried_out_and_its_case_resolved(platform: Platform, adapters: Adapters) -> None:
    await a_policy()
    claimed = await a_claimed_case(a_room("room-nightmarket"))
    decision = await a_violation(claimed)

    await worker.drain(adapters)

    done = await enforcements_of(decision)
    assert await state_of(claimed.case) is CaseState.RESOLVED
    assert {row.state for row in done.values()} == {EnforcementState.APPLIED}
    assert done["SUSPEND"].applied_at is not None
    assert done["SUSPEND"].ends_at == done["SUSPEND"].applied_at + timedelta(days=7)
    assert platform.world()["rooms"]["room-nightmarket"]["live"] is False
    assert sorted(order["wish"]["action"] for order in platform.orders()) == ["END_STREAM", "SUSPEND"]


@pytest.mark.parametrize("mode", ["LOST", "BROKEN", "UNAVAILABLE"])
async def test_a_bad_answer_ends_in_one_application(platform: Platform, adapters: Adapters, mode: str) -> None:
    claimed, _, enforcement = await a_planned_end()
    platform.fail(mode)

    await worker.drain(adapters)
    assert await state_of(claimed.case) is CaseState.ENFORCING
    await at_once()
    await worker.drain(adapters)

    assert await state_of(claimed.case) is CaseState.RESOLVED
    (order,) = platform.orders()
    assert (order["applied"], order["received"]) == (1, 1)
    assert (await Enforcement.get(id=enforcement.id)).attempts == 2


async def test_a_worker_killed_before_it_could_record_changes_nothing_at_the_platform(
    platform: Platform, enforcer: HttpEnforcer
) -> None:
    claimed, _, enforcement = await a_planned_end()
    effect = await claimed_effect()
    dispatch = await review.begin_dispatch(enforcement.id, by=PLATFORM, key=enforcement.key)
    assert dispatch is not None
    assert isinstance(await enforcer.dispatch(dispatch.order, key=dispatch.key), Applied)

    await deliver(effect, enforcer=enforcer)
    await deliver(effect, enforcer=enforcer)

    assert await state_of(claimed.case) is CaseState.RESOLVED
    assert [(order["applied"], order["received"]) for order in platform.orders()] == [(1, 1)]
    assert await Event.filter(kind="EnforcementApplied").count() == 1


async def test_a_late_receipt_resolves_the_case_and_its_repeats_change_nothing(
    platform: Platform, adapters: Adapters, listener: Listener, desk: httpx.AsyncClient
) -> None:
    claimed, _, enforcement = await a_planned_end()
    platform.fail("SILENT")
    await worker.drain(adapters)
    assert (await Enforcement.get(id=enforcement.id)).external_id is not None
    assert await state_of(claimed.case) is CaseState.ENFORCING
    platform.tell("PUT", "callbacks", twice=True)
    platform.tell("POST", "release")

    for delivered in [await asyncio.to_thread(listener.next) for _ in range(2)]:
        answer = await desk.post("/webhooks/platform", content=delivered.body, headers=delivered.headers)
        assert answer.status_code == 200

    assert await state_of(claimed.case) is CaseState.RESOLVED
    assert await Event.filter(kind="EnforcementApplied").count() == 1
    forged = await desk.post("/webhooks/platform", content=b"{}", headers=delivered.headers)
    assert forged.status_code == 401


async def test_a_receipt_that_never_comes_is_asked_for(platform: Platform, adapters: Adapters) -> None:
    claimed, _, _ = await a_planned_end()
    platform.fail("SILENT")
    await worker.drain(adapters)
    platform.tell("POST", "release")

    while await state_of(claimed.case) is CaseState.ENFORCING:
        await at_once()
        await worker.drain(adapters)

    assert await state_of(claimed.case) is CaseState.RESOLVED
    assert platform.orders()[0]["received"] == 1


async def test_a_failure_stays_in_sight_until_a_lead_retries_it(platform: Platform, adapters: Adapters) -> None:
    claimed, _, enforcement = await a_planned_end()
    platform.fail("REFUSE", code="Try again later!")
    await worker.drain(adapters)
    failed = await Enforcement.get(id=enforcement.id)
    assert (failed.state, failed.failure_code) == (EnforcementState.FAILED, "TRY_AGAIN_LATER")
    assert await state_of(claimed.case) is CaseState.ENFORCING
    before = await traces()

    with pytest.raises(Forbidden, match=r"enforcement\.operate"):
        await review.retry_enforcement(enforcement.id, by=claimed.ada)
    assert await traces() == before
    await review.retry_enforcement(enforcement.id, by=claimed.bo)
    await worker.drain(adapters)

    assert await state_of(claimed.case) is CaseState.RESOLVED
    assert [order["state"] for order in platform.orders()] == ["FAILED", "APPLIED"]
    with pytest.raises(EnforcementNotFailed):
        await review.retry_enforcement(enforcement.id, by=claimed.bo)


async def test_a_waived_failure_lets_the_case_go_and_says_why(platform: Platform, adapters: Adapters) -> None:
    claimed, _, enforcement = await a_planned_end()
    platform.fail("REFUSE")
    await worker.drain(adapters)

    await review.waive_enforcement(enforcement.id, by=claimed.bo, reason="The room is gone anyway.")

    waived = await Enforcement.get(id=enforcement.id)
    assert (waived.state, waived.waived_at is not None) == (EnforcementState.FAILED, True)
    assert await state_of(claimed.case) is CaseState.RESOLVED
    with pytest.raises(EnforcementNotFailed):
        await review.waive_enforcement(enforcement.id, by=claimed.bo, reason="Again.")


async def test_after_the_last_attempt_the_failure_is_unsure_and_a_retry_keeps_the_key(
    platform: Platform, enforcer: HttpEnforcer, adapters: Adapters
) -> None:
    claimed, _, enforcement = await a_planned_end()
    platform.fail("LOST")
    first = await claimed_effect()
    with pytest.raises(TryAgain):
        await deliver(first, enforcer=enforcer)
    last = Effect(first.id, first.kind, first.key, first.ref, first.payload, effects.MAX_ATTEMPTS)
    nobody = HttpEnforcer("http://127.0.0.1:9", secret=SECRET)
    await deliver(last, enforcer=nobody)
    await effects.finish(last)
    await nobody.close()
    assert (await Enforcement.get(id=enforcement.id)).failure_code == "UNREACHABLE"

    await review.retry_enforcement(enforcement.id, by=claimed.bo)
    await worker.drain(adapters)

    assert await state_of(claimed.case) is CaseState.RESOLVED
    assert [order["applied"] for order in platform.orders()] == [1]


async def test_two_last_receipts_at_once_resolve_the_case_once() -> None:
    await a_policy()
    claimed = await a_claimed_case()
    rows = await enforcements_of(await a_violation(claimed))

    await asyncio.gather(*(
        review.record_receipt(row.id, by=PLATFORM, state=ReceiptState.APPLIED, receipt=f"r-{row.action}")
        for row in rows.values()
    ))  # fmt: skip

    assert await state_of(claimed.case) is CaseState.RESOLVED
    assert await Event.filter(kind="CaseResolved").count() == 1


async def test_receipts_are_for_the_platform_and_may_not_contradict() -> None:
    claimed, _, enforcement = await a_planned_end()
    before = await traces()
    with pytest.raises(Forbidden):
        await review.record_receipt(enforcement.id, by=claimed.bo, state=ReceiptState.APPLIED, receipt="mine")
    assert await traces() == before
    assert await review.record_receipt(enforcement.id, by=PLATFORM, state=ReceiptState.APPLIED, receipt="r-1")

    with pytest.raises(ReceiptContradicts):
        await review.record_receipt(enforcement.id, by=PLATFORM, state=ReceiptState.FAILED, code="NO")

    assert not await review.record_receipt(enforcement.id, by=PLATFORM, state=ReceiptState.APPLIED, receipt="r-1")
    assert (await Enforcement.get(id=enforcement.id)).state is EnforcementState.APPLIED


async def test_a_success_counts_even_after_a_failure() -> None:
    claimed, _, enforcement = await a_planned_end()
    await review.record_receipt(enforcement.id, by=PLATFORM, state=ReceiptState.FAILED, code="TIMEOUT")

    assert await review.record_receipt(enforcement.id, by=PLATFORM, state=ReceiptState.APPLIED, receipt="r-1")

    assert await state_of(claimed.case) is CaseState.RESOLVED


async def test_a_cancelled_case_sends_nothing_any_more(platform: Platform, adapters: Adapters) -> None:
    claimed, _, enforcement = await a_planned_end()
    await cases.cancel(claimed.case.id, by=claimed.bo, reason="TEST")

    await worker.drain(adapters)

    assert (await Enforcement.get(id=enforcement.id)).state is EnforcementState.EXPIRED
    assert platform.orders() == []
