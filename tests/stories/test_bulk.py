"""A day with thousands of cases: closed at once, some of them taken back, a mistake called back in time."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tortoise import connections

from caseward.wiring import wire
from domain.bulk import actions as bulk
from domain.bulk.asking import Decide
from domain.bulk.choosing import Choice
from domain.bulk.models import BulkItem, BulkOperation
from domain.bulk.states import BulkErrorPolicy, BulkState
from domain.cases import steps
from domain.cases.models import Case, Signal
from domain.cases.states import CaseState, Severity, SignalOutcome
from domain.core.actor import Actor, Tool
from domain.core.ids import new_id
from domain.core.models import Content, Event
from domain.escalation import actions as pages
from domain.escalation.models import Page
from domain.mirror.models import MirrorLink
from domain.notify import actions as notify
from domain.notify.states import ContactKind
from domain.people import actions as people
from domain.people.models import ApiToken, Team
from domain.people.queries import actor_of_token
from domain.people.roles import Role
from domain.review.models import Enforcement
from domain.review.states import DecisionKind, EnforcementState
from domain.sla.models import SlaClock
from integrations import Adapters, connect
from integrations.platform import HttpEnforcer
from integrations.settings import Settings
from tests.builders import SYSTEM, a_person, a_signal, an_account
from tests.desk import movable_clock
from tests.domain import decisions, promises
from tests.domain.batches import Floor, a_floor, histories, many_cases, named, standing, told
from tests.integrations.jira.running import Listener, RunningSite
from tests.integrations.platform.running import Platform, started
from tests.stories.mirrored import Mirrored, a_jira, mirrored
from tests.stories.test_sla_enforced import Pager
from workers import effects, reactions, sequencer

pytestmark = pytest.mark.usefixtures("database")

ROOT = Path(__file__).parents[2]
SKIP = BulkErrorPolicy.SKIP_FAILED


@pytest.fixture(scope="module")
def jira() -> Iterator[tuple[RunningSite, Listener]]:
    with a_jira() as both:
        yield both


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with started() as running:
        yield running


async def followed() -> None:
    """What follows from everything that happened."""
    while await sequencer.sequence():
        pass
    await reactions.drain()


async def worked(adapters: Adapters, **shift: float) -> None:
    """Workers do what there is to do now, or a while later: batches among it, nothing that follows the log."""
    await connections.get("default").execute_query(
        "UPDATE test_clock SET shift = shift + $1::interval", [timedelta(**shift)]
    )
    await effects.drain(adapters)


async def test_of_four_thousand_spam_cases_closed_at_once_thirty_seven_come_back() -> None:
    wire()
    await movable_clock()
    adapters = connect(Settings())
    floor = await a_floor()
    await promises.a_policy(promises.promise(seconds=86_400), effective_from=promises.LONG_AGO)
    ids = await many_cases(floor.queue, 4000)
    clocks = await due_of(ids[:37])
    spam = Choice(filter={"state": {"eq": "QUEUED"}}, expected_count=4000)

    closed = await bulk.start(steps.Cancel(reason="SPAM"), by=floor.bo, choice=spam, error_policy=SKIP)
    waiting = closed.state
    await worked(adapters)
    genuine = await bulk.undo(closed.id, by=floor.bo, choice=named(ids[:37]))
    again = await bulk.undo(closed.id, by=floor.bo, choice=named(ids[:37]))

    done = await BulkOperation.get(id=closed.id)
    assert (waiting, done.state, done.applied, done.skipped) == (BulkState.PENDING, BulkState.DONE, 4000, 0)
    assert await Case.filter(state=CaseState.CANCELLED).count() == 3963
    assert await Case.filter(id__in=ids[:37], state=CaseState.QUEUED, reopen_count=0).count() == 37
    assert await due_of(ids[:37]) == clocks
    assert await SlaClock.filter(state="CANCELLED").count() == 3963
    assert (genuine.applied, again.applied, again.unchanged) == (37, 0, 37)
    assert await Event.filter(kind="CaseCancelled", batch_id=closed.id).count() == 4000


async def due_of(ids: list[Any]) -> list[Any]:
    rows = await SlaClock.filter(subject_id__in=ids).order_by("subject_id").values("subject_id", "state", "due_at")
    return list(rows)


async def test_a_worker_killed_in_the_middle_of_a_batch_loses_nothing_and_doubles_nothing(database: str) -> None:
    await movable_clock()
    floor = await a_floor()
    ids = await many_cases(floor.queue, 3000)
    operation = await bulk.start(
        steps.Comment(text="Part of the spam wave"), by=floor.bo, choice=named(ids), error_policy=SKIP
    )

    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.stories.killed_batch", database, cwd=ROOT
    )
    while (await BulkOperation.get(id=operation.id)).applied == 0:
        assert worker.returncode is None
        await asyncio.sleep(0.01)
    worker.kill()
    await worker.wait()
    then = await BulkOperation.get(id=operation.id)
    await worked(connect(Settings()), seconds=15)

    done = await BulkOperation.get(id=operation.id)
    assert 0 < then.applied < 3000
    assert (done.state, done.applied) == (BulkState.DONE, 3000)
    assert await BulkItem.filter(operation_id=operation.id).count() == 3000
    assert await Event.filter(kind="CaseCommented").count() == 3000
    rows = await connections.get("default").execute_query_dict(
        "SELECT count(DISTINCT case_id) AS cases, count(*) AS remarks FROM case_comment"
    )
    assert rows == [{"cases": 3000, "remarks": 3000}]


@pytest.fixture
async def floor(jira: tuple[RunningSite, Listener], platform: Platform) -> AsyncIterator[tuple[Floor, Mirrored]]:
    """A desk with a tracker, a platform and somebody on call, each of which would tell."""
    await movable_clock()
    wire()
    platform.tell("POST", "reset")
    floor = await a_floor()
    rae = await a_person("Rae", Role.RESPONDER)
    assert rae.person_id is not None
    await notify.add_contact(rae.person_id, by=rae, kind=ContactKind.CONSOLE, address="Rae")
    spec = {"steps": [{"delay_s": 86_400, "targets": [{"kind": "PERSON", "key": "rae@example.org"}]}],
            "fallback": ["rae@example.org"]}  # fmt: skip
    await pages.publish_policy("live-desk", by=SYSTEM, spec=spec, note="Rae")
    late = {"overdue": 0, "actions": [{"page": "live-desk", "urgency": "HIGH"}]}
    await promises.a_policy(
        promises.promise(seconds=60, thresholds=[late]), scope={"severity": "SEV0"}, effective_from=promises.LONG_AGO
    )
    await decisions.a_policy()
    async with mirrored(jira, {"acc-bo": floor.bo}) as both:
        enforcer = HttpEnforcer(platform.url, secret="s3cret")
        both.adapters = replace(both.adapters, notifier=Pager(), enforcer=enforcer)
        yield floor, both
        await enforcer.close()


async def some_signalled(number: int) -> list[Any]:
    intake = await an_account()
    return sorted([(await a_signal(intake)).case.id for _ in range(number)])


def said(both: Mirrored) -> list[str]:
    assert isinstance(both.adapters.notifier, Pager)
    return both.adapters.notifier.said


async def test_a_batch_called_back_in_time_leaves_no_trace_outside(
    floor: tuple[Floor, Mirrored], platform: Platform
) -> None:
    desk_of, both = floor
    ids = await some_signalled(4)
    await both.calm()
    both.forget()
    before = await standing(ids)

    wrong = await bulk.start(
        steps.Prioritize(severity=Severity.SEV0), by=desk_of.bo, choice=named(ids),
        effects_after=timedelta(minutes=10),
    )  # fmt: skip
    await both.forward(minutes=5)
    quiet = (both.writes(), said(both), platform.orders())
    undoing = await bulk.cancel(wrong.id, by=desk_of.bo)
    await both.forward(minutes=30)

    assert quiet == ([], [], [])
    assert undoing is not None
    assert undoing.applied == 4
    assert await standing(ids) == before
    assert (both.writes(), said(both), platform.orders()) == ([], [], [])


async def test_a_decision_called_back_in_time_never_reaches_the_platform(
    floor: tuple[Floor, Mirrored], platform: Platform
) -> None:
    desk_of, both = floor
    ids = await some_signalled(3)
    await bulk.start(steps.Claim(), by=desk_of.bo, choice=named(ids))
    await both.calm()
    both.forget()

    wrong = await bulk.start(
        Decide(kind=DecisionKind.VIOLATION, reasoning="Scam", policy_keys=["live.scam"]),
        by=desk_of.bo, choice=named(ids), effects_after=timedelta(minutes=10),
    )  # fmt: skip
    decided = await Case.filter(id__in=ids, state=CaseState.ENFORCING).count()
    await both.forward(minutes=9)
    await bulk.cancel(wrong.id, by=desk_of.bo)
    undone = await Case.filter(id__in=ids, state=CaseState.IN_REVIEW).count()
    await both.forward(minutes=12)

    assert (wrong.applied, decided, undone) == (3, 3, 3)
    assert platform.orders() == []
    assert {row.state for row in await Enforcement.all()} == {EnforcementState.EXPIRED}
    assert {row.outcome for row in await Signal.all()} == {SignalOutcome.PENDING}
    assert both.writes() == []


async def test_what_was_not_called_back_is_told_outside_when_its_time_is_up(
    floor: tuple[Floor, Mirrored], platform: Platform
) -> None:
    desk_of, both = floor
    ids = await some_signalled(2)
    await bulk.start(steps.Claim(), by=desk_of.bo, choice=named(ids))
    await both.calm()
    decided = await bulk.start(
        Decide(kind=DecisionKind.VIOLATION, reasoning="Scam", policy_keys=["live.scam"]),
        by=desk_of.bo, choice=named(ids), effects_after=timedelta(minutes=10),
    )  # fmt: skip

    await both.forward(minutes=9)
    early = platform.orders()
    await both.forward(minutes=2)
    late = await bulk.undo(decided.id, by=desk_of.bo)

    assert early == []
    assert len(platform.orders()) == 4
    assert await told(late) == dict.fromkeys(ids, ("SKIPPED", "ENFORCEMENT_SENT"))
    links = {link.case_id for link in await MirrorLink.all()}
    assert links == set(ids)


async def test_a_token_that_wants_too_much_is_stopped_and_its_owner_told() -> None:
    await movable_clock()
    floor = await a_floor()
    rae = await a_person("Rae", Role.LEAD)
    assert rae.person_id is not None
    await notify.add_contact(rae.person_id, by=rae, kind=ContactKind.CONSOLE, address="Rae")
    robot = await people.add_account("robot", by=SYSTEM, roles=[Role.AUTOMATION], owner=rae.person_id)
    token, secret = await people.issue_token(robot.id, by=SYSTEM, name="nightly")
    await ApiToken.filter(id=token.id).update(rows_per_hour=3)
    by = await actor_of_token(secret, tool=Tool.GRAPHQL)
    ids = await many_cases(floor.queue, 4)
    pager = Pager()
    adapters = replace(connect(Settings()), notifier=pager)

    first = await bulk.start(steps.Comment(text="one"), by=by, choice=named(ids[:2]))
    refused = await bulk.start(steps.Comment(text="two"), by=by, choice=named(ids[2:]))
    await bulk.start(steps.Comment(text="three"), by=by, choice=named(ids[2:]))
    await followed()
    await worked(adapters)

    assert (first.applied, refused.state, refused.code) == (2, BulkState.REFUSED, "ROWS_PER_HOUR")
    assert pager.said == ["robot wanted to change 2 cases and may change 1 more this hour."]
    assert await histories(ids[2:]) == [["CaseOpened"], ["CaseOpened"]]
    assert await told(refused) == dict.fromkeys(ids[2:], ("SKIPPED", "ROWS_PER_HOUR"))
    assert (refused.skipped, await Page.all().count()) == (2, 0)


async def test_a_token_that_wants_too_much_pages_by_the_policy_of_its_owners_team_once() -> None:
    await movable_clock()
    floor = await a_floor()
    team = await Team.get(id=floor.queue.team_id)
    assert floor.ada.person_id is not None
    assert floor.bo.person_id is not None
    await notify.add_contact(floor.ada.person_id, by=floor.ada, kind=ContactKind.CONSOLE, address="Ada")
    step = {"delay_s": 300, "targets": [{"kind": "TEAM", "key": team.key}]}
    spec = {"steps": [step], "fallback": [f"person_{floor.ada.person_id.hex}"]}
    await pages.publish_policy("desk", by=SYSTEM, spec=spec, note="first")
    robot = await people.add_account("robot", by=SYSTEM, roles=[Role.AUTOMATION], owner=floor.bo.person_id)
    _, secret = await people.issue_token(robot.id, by=SYSTEM, name="nightly", rows_per_hour=1)
    by = await actor_of_token(secret, tool=Tool.GRAPHQL)
    ids, hidden = await many_cases(floor.queue, 2), new_id()
    pager = Pager()

    for _ in range(2):
        refused = await bulk.start(steps.Comment(text="two"), by=by, choice=named([*ids, hidden]))
    await followed()
    await worked(replace(connect(Settings()), notifier=pager))

    (page,) = await Page.all()
    assert (page.policy_key, page.subject_type, page.subject_id, page.occurrences) == ("desk", "principal", robot.id, 2)
    assert pager.said == ["robot wanted to change 3 cases and may change 1 more this hour."]
    rows = dict.fromkeys(ids, ("SKIPPED", "ROWS_PER_HOUR")) | {f"case_{hidden.hex}": ("SKIPPED", "NOT_FOUND")}
    assert await told(refused) == rows


async def test_a_dry_run_of_more_than_the_token_may_is_refused_like_the_batch_and_nobody_is_told() -> None:
    await movable_clock()
    floor = await a_floor()
    _, secret = await people.issue_token(floor.bo.id, by=SYSTEM, name="nightly", rows_per_hour=1)
    by = await actor_of_token(secret, tool=Tool.GRAPHQL)
    ids = await many_cases(floor.queue, 2)

    for policy in BulkErrorPolicy:
        dry = await bulk.start(
            steps.Comment(text="x"), by=by, choice=named(ids), validate_only=True, error_policy=policy
        )  # fmt: skip

        assert (dry.state, dry.code, dry.skipped) == (BulkState.REFUSED, "ROWS_PER_HOUR", 2)
        assert await told(dry) == dict.fromkeys(ids, ("SKIPPED", "ROWS_PER_HOUR"))
    within = await bulk.start(steps.Comment(text="x"), by=by, choice=named(ids[:1]), validate_only=True)
    assert (within.state, within.applied) == (BulkState.DONE, 1)
    assert await Event.filter(kind="ActorCapped").count() == 0


async def capped_of_nobody(issuer: Actor) -> list[str]:
    """What is said when a token that this actor issued, of an account that nobody owns, wants too much."""
    floor = await a_floor()
    robot = await people.add_account("robot", by=SYSTEM, roles=[Role.AUTOMATION])
    token, _ = await people.issue_token(robot.id, by=issuer, name="nightly")
    await people.cap_token(token.id, by=SYSTEM, rows_per_hour=1)
    _, secret = await people.rotate_token(token.id, by=issuer)
    ids, pager = await many_cases(floor.queue, 2), Pager()

    by = await actor_of_token(secret, tool=Tool.GRAPHQL)
    await bulk.start(steps.Comment(text="one"), by=by, choice=named(ids))
    await followed()
    await worked(replace(connect(Settings()), notifier=pager))
    return pager.said


async def an_admin(name: str, *, reached: bool) -> Actor:
    admin = await a_person(name, Role.ADMIN)
    assert admin.person_id is not None
    if reached:
        await notify.add_contact(admin.person_id, by=admin, kind=ContactKind.CONSOLE, address=name)
    return admin


@pytest.mark.parametrize(("reached", "said"), [(True, 1), (False, 2)])
async def test_of_an_account_that_nobody_owns_whoever_issued_the_token_is_told_else_the_administrators(
    reached: bool, said: int
) -> None:
    await movable_clock()
    issuer = await an_admin("Iris", reached=reached)
    await an_admin("Bea", reached=True)
    await an_admin("Abe", reached=True)

    told_of = await capped_of_nobody(issuer)

    assert told_of == ["robot wanted to change 2 cases and may change 1 more this hour."] * said


async def test_a_token_made_on_the_command_line_is_answered_for_by_the_administrators() -> None:
    await movable_clock()
    await an_admin("Iris", reached=True)

    told_of = await capped_of_nobody(SYSTEM)

    assert len(told_of) == 1


async def test_a_batch_whose_text_was_erased_says_so_of_each_of_its_cases() -> None:
    await movable_clock()
    floor = await a_floor()
    ids = await many_cases(floor.queue, 1_200)
    operation = await bulk.start(steps.Comment(text="wild"), by=floor.bo, choice=named(ids), error_policy=SKIP)
    await Content.filter(id=UUID(str(operation.arguments["text"]))).update(body=None)

    await worked(connect(Settings()))

    refused = await BulkOperation.get(id=operation.id)
    assert (refused.state, refused.code, refused.skipped) == (BulkState.REFUSED, "TEXT_ERASED", 1_200)
    assert await told(refused) == dict.fromkeys(ids, ("SKIPPED", "TEXT_ERASED"))


async def test_a_batch_of_a_suspended_actor_stops() -> None:
    await movable_clock()
    floor = await a_floor()
    dee = await a_person("Dee", Role.MANAGER)
    ids = await many_cases(floor.queue, 600)
    operation = await bulk.start(
        steps.Comment(text="wild"), by=floor.bo, choice=named(ids), error_policy=SKIP
    )  # fmt: skip

    await bulk.suspend_actor(floor.bo.id, by=dee, reason="Runs wild")
    await worked(connect(Settings()))

    stopped = await BulkOperation.get(id=operation.id)
    assert (stopped.state, stopped.code, stopped.applied) == (BulkState.STOPPED, "ACTOR_SUSPENDED", 0)
