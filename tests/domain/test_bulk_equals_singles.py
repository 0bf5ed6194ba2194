"""A batch comes to what the same single actions come to, one by one: states, what happened, clocks, refusals."""

import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from caseward.wiring import wire
from domain.bulk import actions as bulk
from domain.bulk.asking import Asked, Decide
from domain.bulk.models import BulkItem
from domain.bulk.states import BulkErrorPolicy, BulkState
from domain.cases import actions as cases
from domain.cases import steps
from domain.cases.actions.subjects import SubjectReport
from domain.cases.models import Case, CaseComment, CaseSignal, Lease
from domain.cases.states import CaseKind, CaseState, CommentVisibility, Priority, Severity, SubjectKind
from domain.core.actor import Actor
from domain.core.errors import Refusal
from domain.core.ids import new_id
from domain.core.models import Effect, Event, Timer
from domain.core.together import MANY
from domain.core.verification import verify
from domain.people.roles import Role
from domain.review import actions as review
from domain.review.models import Decision, DecisionPolicy, Enforcement
from domain.review.policies import Measure
from domain.review.states import Automation, DecisionKind
from domain.sla.models import SlaClock, SlaTransition
from tests.builders import SYSTEM, a_person, a_room, a_signal, an_account
from tests.domain.batches import Floor, a_floor, histories, named, standing
from tests.domain.decisions import a_policy as a_content_policy
from tests.domain.promises import ACKNOWLEDGED, LONG_AGO, a_policy, promise
from workers import rebuilding

pytestmark = pytest.mark.usefixtures("database")

Single = Callable[[UUID, Actor], Awaitable[object]]
ROUNDS = 12


def a_step(chance: random.Random, floor: Floor) -> tuple[steps.Step, Single]:
    """Something to do to many, and the same as the single action."""
    queue = chance.choice([floor.queue, floor.other])
    # a batch that judges nothing anew does not begin
    severity, priority = chance.choice(list(itertools.product([None, *Severity], [None, *Priority]))[1:])
    assignee = chance.choice([None, floor.ada.person_id])
    over = chance.random() < 0.3
    until = chance.choice([None, datetime.now(UTC) + timedelta(days=1)])
    shared = chance.choice(list(CommentVisibility))
    possible: list[tuple[steps.Step, Single]] = [
        (
            steps.Queue(queue_id=queue.id, team_id=queue.team_id),
            lambda each, by: cases.queue(each, by=by, queue_id=queue.id),
        ),
        (
            steps.Hold(reason="WAITING", until=until),
            lambda each, by: cases.hold(each, by=by, reason="WAITING", until=until),
        ),
        (steps.Resume(), lambda each, by: cases.resume(each, by=by)),
        (steps.Release(), lambda each, by: cases.release(each, by=by)),
        (steps.Claim(take_over=over), lambda each, by: cases.claim(each, by=by, take_over=over)),
        (steps.Escalate(reason="Look"), lambda each, by: cases.escalate(each, by=by, reason="Look")),
        (steps.Resolve(resolution="ANSWERED"), lambda each, by: cases.resolve(each, by=by, resolution="ANSWERED")),
        (steps.Close(), lambda each, by: cases.close(each, by=by)),
        (steps.Reopen(reason="NEWS"), lambda each, by: cases.reopen(each, by=by, reason="NEWS")),
        (steps.Cancel(reason="SPAM"), lambda each, by: cases.cancel(each, by=by, reason="SPAM")),
        (steps.Assign(assignee_id=assignee), lambda each, by: cases.assign(each, by=by, assignee_id=assignee)),
        (
            steps.Prioritize(severity=severity, priority=priority),
            lambda each, by: cases.prioritize(each, by=by, severity=severity, priority=priority),
        ),
        (
            steps.Comment(text="Seen", visibility=shared),
            lambda each, by: cases.comment(each, by=by, text="Seen", visibility=shared),
        ),
    ]  # fmt: skip
    return chance.choice(possible)


async def one_by_one(ids: list[UUID], act: Single, by: Actor) -> list[str | None]:
    refused: list[str | None] = []
    for case_id in ids:
        try:
            await act(case_id, by)
        except Refusal as refusal:
            refused.append(refusal.code)
        else:
            refused.append(None)
    return refused


async def at_once(ids: list[UUID], step: Asked, by: Actor) -> list[str | None]:
    done = await bulk.start(step, by=by, choice=named(ids), error_policy=BulkErrorPolicy.SKIP_FAILED)
    told = {item.case_id: item.code for item in await BulkItem.filter(operation_id=done.id)}
    return [told[case_id] for case_id in ids]


async def clocks(ids: list[UUID]) -> list[Any]:
    """Of each case: what its clocks came to, and what they went through."""
    found = []
    for case_id in ids:
        for row in await SlaClock.filter(subject_id=case_id).order_by("metric", "cycle"):
            steps_of = await SlaTransition.filter(clock_id=row.id).order_by("number").values_list("type", "cause")
            found.append((row.metric, row.cycle, row.state, row.revision, steps_of))
    return found


async def around(ids: list[UUID]) -> list[Any]:
    """Leases, timers and remarks: how many of each case."""
    return [
        (
            await Lease.filter(case_id=case_id, released_at=None).count(),
            sorted(await Timer.filter(subject_id=case_id).exclude(kind="SLA").values_list("kind", flat=True)),
            await CaseComment.filter(case_id=case_id).count(),
        )
        for case_id in ids
    ]


async def told_at_once(ids: list[UUID]) -> int:
    """Of how many cases the same was told in one batch, at the most."""
    batches = Counter(
        await Event.filter(subject_id__in=ids, batch_id__isnull=False).values_list("batch_id", "kind", "recorded_at")
    )
    return max(batches.values())


@pytest.mark.parametrize(
    ("seed", "number"), [*((seed, 5) for seed in range(6)), *((seed, 2 * MANY) for seed in range(6))]
)
async def test_a_batch_is_the_same_singles(seed: int, number: int) -> None:
    wire()
    floor, cy = await a_floor(), await a_person("Cy", Role.LEAD)
    await a_policy(promise(seconds=86_400), ACKNOWLEDGED, effective_from=LONG_AGO)
    chance = random.Random(seed)
    kinds = [chance.choice([CaseKind.SERVICE, CaseKind.REACTIVE]) for _ in range(number)]
    alone = [(await cases.open_case("One", by=floor.bo, kind=kind)).id for kind in kinds]
    together = [(await cases.open_case("One", by=floor.bo, kind=kind)).id for kind in kinds]

    for _ in range(ROUNDS):
        by = floor.bo if chance.random() < 0.7 else cy
        step, act = a_step(chance, floor)
        some = sorted(chance.sample(range(number), chance.randint(number // 5, number)))
        expected = await one_by_one([alone[place] for place in some], act, by)
        assert await at_once([together[place] for place in some], step, by) == expected

    assert await standing(together) == await standing(alone)
    assert await histories(together) == await histories(alone)
    assert await clocks(together) == await clocks(alone)
    assert await around(together) == await around(alone)
    assert await told_at_once(together) >= (MANY if number > MANY else 1)
    assert (await rebuilding.rebuild(["case"], by=SYSTEM, check=True)).totals == {"case": 0}
    assert (await verify(by=SYSTEM)).sound


VERDICTS: list[dict[str, Any]] = [
    {"kind": DecisionKind.VIOLATION, "policy_keys": ["live.scam"]},
    {"kind": DecisionKind.VIOLATION, "policy_keys": ["live.scam"], "actions": []},
    {"kind": DecisionKind.VIOLATION, "policy_keys": ["live.scam", "live.minors"], "private_note": "Again."},
    {"kind": DecisionKind.VIOLATION, "policy_keys": ["live.nothing"]},
    {"kind": DecisionKind.VIOLATION},
    {"kind": DecisionKind.VIOLATION, "policy_keys": ["live.scam"], "actions": [Measure(action="MUTE")]},
    {"kind": DecisionKind.NO_VIOLATION, "policy_keys": ["live.scam"]},
    {"kind": DecisionKind.OUT_OF_SCOPE, "automation": Automation.PARTIALLY},
    {"kind": DecisionKind.REQUEUE},
]


async def a_mixed_floor_of(number: int, floor: Floor, chance: random.Random) -> list[UUID]:
    """Cases under review: live rooms and accounts with some signals, cases about nothing, and some nobody holds."""
    filing, ids = await an_account(f"intake {new_id()}"), []
    for place in range(number):
        room = a_room() if place % 3 else SubjectReport(kind=SubjectKind.ACCOUNT, external_ref=f"account {new_id()}")
        if place % 5 == 4:
            opened = await cases.open_case("About nothing", by=floor.bo, kind=CaseKind.REACTIVE)
        else:
            opened = (await a_signal(filing, room=room)).case
            if place % 2:
                await a_signal(filing, room=room)
        if chance.random() < 0.85:
            await cases.claim(opened.id, by=floor.bo)
        ids.append(opened.id)
    return ids


async def decide(asked: dict[str, Any], case_id: UUID, by: Actor) -> None:
    await review.decide(case_id, by=by, **asked)


async def decisions(ids: list[UUID]) -> list[Any]:
    """Of each case: what was decided, upon what, what is enforced and sent, and what it says of its signals."""
    found: list[Any] = []
    for case_id in ids:
        rows = (
            await Decision.filter(case_id=case_id).order_by("decided_at").prefetch_related("reasoning", "private_note")
        )
        for row in rows:
            keys = await DecisionPolicy.filter(decision_id=row.id).order_by("policy_key").values_list("policy_key")
            told = await Event.filter(subject_id=row.id).values_list("kind", "seq")
            said = (row.reasoning.body, row.private_note and row.private_note.body, row.override_of_id is None)
            found.append((row.kind, row.automation, row.person_id, said, keys, told))
        for measure in await Enforcement.filter(case_id=case_id).order_by("action"):
            sent = await Effect.filter(subject_id=measure.id).values_list("kind", "state", "payload")
            told = await Event.filter(subject_id=measure.id).values_list("kind", "seq")
            assert sent == [("enforce.dispatch", "PENDING", {"key": measure.key})]
            found.append((measure.action, measure.lasting, measure.state, told))
        judged = CaseSignal.filter(case_id=case_id).order_by("signal_id")
        found.append(await judged.values_list("signal__outcome", "signal__version"))
    return found


@pytest.mark.parametrize("number", [5, 2 * MANY])
async def test_a_batch_of_decisions_is_the_same_single_ones(number: int) -> None:
    wire()
    floor = await a_floor()
    await a_policy(promise(seconds=86_400), ACKNOWLEDGED, effective_from=LONG_AGO)
    await a_content_policy()
    await a_content_policy("live.minors", allowed_actions=["WARN"], default_actions=[{"action": "WARN"}])
    for verdict in VERDICTS:
        alone, together = [await a_mixed_floor_of(number, floor, random.Random(7)) for _ in range(2)]
        asked = {"reasoning": "Sells lies."} | verdict
        for _ in range(2):
            expected = await one_by_one(alone, partial(decide, asked), floor.bo)
            assert await at_once(together, Decide(**asked), floor.bo) == expected
            for ids in (alone, together):
                for case_id in ids:
                    if (await Case.get(id=case_id)).state is CaseState.RESOLVED:
                        await cases.reopen(case_id, by=floor.bo, reason="NEWS")
                        await cases.claim(case_id, by=floor.bo)

        assert await standing(together) == await standing(alone)
        assert await histories(together) == await histories(alone)
        assert await clocks(together) == await clocks(alone)
        assert await around(together) == await around(alone)
        assert await decisions(together) == await decisions(alone)
    kept = ["case", "decision", "enforcement", "signal"]
    assert (await rebuilding.rebuild(kept, by=SYSTEM, check=True)).totals == dict.fromkeys(kept, 0)
    assert (await verify(by=SYSTEM)).sound


async def test_a_decision_of_all_or_nothing_and_one_that_is_only_looked_at_leave_nothing() -> None:
    floor = await a_floor()
    await a_content_policy()
    ids = await a_mixed_floor_of(6, floor, random.Random(7))
    decided = Decide(kind=DecisionKind.VIOLATION, policy_keys=["live.scam"], reasoning="Sells lies.")

    refused = await bulk.start(decided, by=floor.bo, choice=named(ids))
    looked = await bulk.start(
        decided, by=floor.bo, choice=named(ids), error_policy=BulkErrorPolicy.SKIP_FAILED, validate_only=True
    )

    assert (refused.state, refused.applied) == (BulkState.REFUSED, 0)
    assert 0 < looked.applied < len(ids)
    assert await Decision.all().count() + await Enforcement.all().count() == 0
    assert {row.state for row in await Case.filter(id__in=ids)} <= {CaseState.IN_REVIEW, CaseState.QUEUED}
