"""Taking back what was done to many: as if it had never been, save where somebody has built upon it."""

from datetime import timedelta
from uuid import UUID

import pytest

from caseward.wiring import wire
from domain.bulk import actions as bulk
from domain.bulk.choosing import Choice
from domain.bulk.errors import BulkOver, CountDiffers
from domain.bulk.models import BulkOperation
from domain.bulk.states import BulkState
from domain.cases import actions as cases
from domain.cases import steps
from domain.cases.models import Case, CaseComment, Lease
from domain.cases.states import CaseKind, CaseState, Priority, Sensitivity, Severity
from domain.cases.tables import case_rows
from domain.core import clock, transaction
from domain.core.actor import SYSTEM_ID, Tool
from domain.core.errors import Forbidden, NotFound, ValidationFailed
from domain.core.events import Recorded, of
from domain.core.ids import new_id
from domain.core.models import Effect, EffectGate, Event
from domain.core.transaction import Ref, atomic
from domain.people.errors import TokenInvalid
from domain.people.models import Principal
from domain.people.queries import actor_of_principal
from domain.people.roles import Role
from domain.sla.models import SlaClock, SlaTransition
from schema.changes import fields_of
from tests.builders import a_person
from tests.desk import movable_clock
from tests.domain.batches import Floor, a_floor, named, some_cases, standing, told
from tests.domain.promises import a_policy, promise

pytestmark = pytest.mark.usefixtures("database")


async def cancelled(floor: Floor, number: int = 3) -> tuple[list[UUID], BulkOperation]:
    ids = await some_cases(floor.bo, number)
    return ids, await bulk.start(steps.Cancel(reason="SPAM"), by=floor.bo, choice=named(ids))


async def test_an_undone_batch_leaves_the_cases_as_they_were() -> None:
    floor = await a_floor()
    ids = await some_cases(floor.bo, 2)
    await cases.hold(ids[0], by=floor.bo, reason="WAITING", until=await clock.now() + timedelta(days=1))
    await cases.prioritize(ids[1], by=floor.bo, severity=Severity.SEV1)
    before = await standing(ids)
    operation = await bulk.start(steps.Cancel(reason="SPAM"), by=floor.bo, choice=named(ids))

    undone = await bulk.undo(operation.id, by=floor.bo)

    assert await standing(ids) == before
    assert (undone.applied, undone.undoes_id) == (2, operation.id)
    assert {event.batch_id for event in await Event.filter(kind="CaseRestored")} == {undone.id}


async def test_undoing_twice_changes_nothing_more() -> None:
    floor = await a_floor()
    ids, operation = await cancelled(floor)
    await bulk.undo(operation.id, by=floor.bo)
    events = await Event.filter(subject_id__in=ids).count()

    again = await bulk.undo(operation.id, by=floor.bo)

    assert (again.applied, again.unchanged, again.skipped) == (0, 3, 0)
    assert await Event.filter(subject_id__in=ids).count() == events


async def test_a_filter_chooses_and_counts_among_the_cases_of_the_batch_alone() -> None:
    floor = await a_floor()
    ids, operation = await cancelled(floor)
    await bulk.start(steps.Cancel(reason="SPAM"), by=floor.bo, choice=named(await some_cases(floor.bo, 2)))
    alike = {"state": {"eq": "CANCELLED"}}

    with pytest.raises(CountDiffers, match="3"):
        await bulk.undo(operation.id, by=floor.bo, choice=Choice(filter=alike, expected_count=5))
    with pytest.raises(ValidationFailed, match="expectedCount"):
        await bulk.undo(operation.id, by=floor.bo, choice=Choice(filter=alike))
    undone = await bulk.undo(operation.id, by=floor.bo, choice=Choice(filter=alike, expected_count=3))

    assert await told(undone) == dict.fromkeys(ids, ("APPLIED", None))


async def test_a_part_can_be_undone_and_the_rest_later() -> None:
    floor = await a_floor()
    ids, operation = await cancelled(floor)

    await bulk.undo(operation.id, by=floor.bo, choice=named(ids[:1]))

    assert await Case.filter(id__in=ids, state=CaseState.CANCELLED).count() == 2
    await bulk.undo(operation.id, by=floor.bo)
    assert await Case.filter(id__in=ids, state=CaseState.QUEUED).count() == 3


async def test_a_case_changed_since_is_left_alone_and_says_so() -> None:
    floor = await a_floor()
    ids = await some_cases(floor.bo, 2)
    operation = await bulk.start(steps.Hold(reason="WAITING"), by=floor.bo, choice=named(ids))
    await cases.resume(ids[0], by=floor.ada)
    await cases.comment(ids[1], by=floor.ada, text="A remark is in nobody's way.")

    asked = await bulk.undo(operation.id, by=floor.bo, validate_only=True)
    undone = await bulk.undo(operation.id, by=floor.bo)

    assert await told(undone) == {ids[0]: ("SKIPPED", "CHANGED_SINCE"), ids[1]: ("APPLIED", None)}
    assert await told(asked) == await told(undone)


async def test_an_undoing_can_be_undone() -> None:
    floor = await a_floor()
    ids, operation = await cancelled(floor, 1)
    undone = await bulk.undo(operation.id, by=floor.bo)

    await bulk.undo(undone.id, by=floor.bo)

    assert (await Case.get(id=ids[0])).state is CaseState.CANCELLED


async def test_a_reopening_taken_back_counts_as_none() -> None:
    floor = await a_floor()
    ids = await some_cases(floor.bo, 2)
    await bulk.start(steps.Resolve(resolution="ANSWERED"), by=floor.bo, choice=named(ids))
    operation = await bulk.start(steps.Reopen(reason="MISTAKE"), by=floor.bo, choice=named(ids))

    await bulk.undo(operation.id, by=floor.bo)

    rows = await Case.filter(id__in=ids)
    assert {(row.state, row.reopen_count, row.resolution) for row in rows} == {(CaseState.RESOLVED, 0, "ANSWERED")}
    assert all(row.resolved_at is not None for row in rows)


async def test_a_case_that_was_under_review_goes_back_to_its_holder() -> None:
    floor = await a_floor()
    ids = await some_cases(floor.bo, 1)
    await cases.claim(ids[0], by=floor.bo)
    operation = await bulk.start(steps.Hold(reason="WAITING"), by=floor.bo, choice=named(ids))

    await bulk.undo(operation.id, by=floor.bo)

    assert (await Case.get(id=ids[0])).state is CaseState.IN_REVIEW
    assert (await Lease.get(case_id=ids[0], released_at=None)).holder_id == floor.bo.person_id


async def test_a_claim_taken_back_ends_its_lease() -> None:
    floor = await a_floor()
    ids = await some_cases(floor.bo, 2)
    operation = await bulk.start(steps.Claim(), by=floor.bo, choice=named(ids))

    await bulk.undo(operation.id, by=floor.bo)

    assert await Lease.filter(released_at=None).count() == 0
    assert await Case.filter(id__in=ids, state=CaseState.QUEUED, assignee_id=None).count() == 2


async def test_a_remark_taken_back_is_gone_from_the_case() -> None:
    floor = await a_floor()
    ids = await some_cases(floor.bo, 2)
    operation = await bulk.start(steps.Comment(text="Spam wave"), by=floor.bo, choice=named(ids))

    await bulk.undo(operation.id, by=floor.bo)

    assert await CaseComment.filter(case_id__in=ids).count() == 0
    assert await Event.filter(kind="CaseCommented").count() == 2


async def test_the_rows_are_still_the_fold_of_the_events() -> None:
    floor = await a_floor()
    ids, operation = await cancelled(floor, 2)
    await bulk.undo(operation.id, by=floor.bo)
    await bulk.start(steps.Comment(text="again"), by=floor.bo, choice=named(ids))

    for case_id in ids:
        history = await history_of(case_id)
        (folded,) = case_rows(history)["case"]
        row = await Case.get(id=case_id)
        assert {name: getattr(row, name) for name in folded} == folded


@atomic
async def history_of(case_id: UUID) -> list[Recorded]:
    return await of(Ref("case", case_id), transaction.current().connection)


async def test_clocks_go_on_as_if_they_had_never_stopped_and_say_so() -> None:
    wire()
    floor = await a_floor()
    await a_policy(promise("TOTAL_RESOLUTION", 14_400))
    ids = await some_cases(floor.bo, 2)
    before = await SlaClock.filter(subject_id=ids[0]).values("state", "due_at", "started_at", "elapsed_base", "cycle")
    operation = await bulk.start(steps.Resolve(resolution="ANSWERED"), by=floor.bo, choice=named(ids))
    stopped = await SlaClock.get(subject_id=ids[0], metric="TOTAL_RESOLUTION")

    await bulk.undo(operation.id, by=floor.bo)

    assert stopped.state == "MET"
    again = await SlaClock.filter(subject_id=ids[0]).values("state", "due_at", "started_at", "elapsed_base", "cycle")
    assert again == before
    void = await SlaTransition.get(clock_id=stopped.id, type="VOID")
    assert void.cause == "UNDONE"
    assert not await SlaTransition.filter(clock_id=stopped.id, type="REOPEN").exists()


async def test_what_an_actor_did_since_can_be_undone_whatever_it_was() -> None:
    floor = await a_floor()
    dee = await a_person("Dee", Role.MANAGER)
    robot = await a_person("Robot", Role.AUTOMATION)
    ids = await some_cases(floor.bo, 3)
    since = await clock.now()
    await cases.cancel(ids[0], by=robot, reason="SPAM")
    await bulk.start(steps.Hold(reason="WAITING"), by=robot, choice=named(ids[1:]))

    undone = await bulk.undo_by_actor(robot.id, by=dee, since=since)

    assert undone.applied == 3
    assert await Case.filter(id__in=ids, state=CaseState.QUEUED).count() == 3


async def test_what_nobody_did_cannot_be_undone() -> None:
    dee = await a_person("Dee", Role.MANAGER)

    with pytest.raises(NotFound) as refused:
        await bulk.undo_by_actor(new_id(), by=dee, since=await clock.now())

    assert refused.value.path == ("actorId",)
    assert not await BulkOperation.exists()


async def test_what_an_actor_opened_stays_open_and_says_so_and_the_rest_of_it_is_undone() -> None:
    floor = await a_floor()
    dee, robot = await a_person("Dee", Role.MANAGER), await a_person("Robot", Role.AUTOMATION)
    since = await clock.now()
    ids = await some_cases(robot, 2)
    await cases.prioritize(ids[0], by=robot, priority=Priority.P1)

    looked = await bulk.undo_by_actor(robot.id, by=dee, since=since, validate_only=True)
    undone = await bulk.undo_by_actor(robot.id, by=dee, since=since)
    again = await bulk.undo_by_actor(robot.id, by=dee, since=since)

    expected = {ids[0]: ("APPLIED", "CANNOT_BE_UNDONE"), ids[1]: ("SKIPPED", "CANNOT_BE_UNDONE")}
    assert await told(looked) == expected
    assert await told(undone) == expected
    assert await told(again) == expected | {ids[0]: ("UNCHANGED", None)}
    case = await Case.get(id=ids[0])
    assert (case.state, case.priority, case.queue_id) == (CaseState.QUEUED, Priority.P3, floor.queue.id)


async def test_a_restoration_names_what_is_another_by_it_and_nothing_else() -> None:
    floor = await a_floor()
    ids = await some_cases(floor.bo, 1)
    held = await bulk.start(steps.Hold(reason="WAITING"), by=floor.bo, choice=named(ids))

    await bulk.undo(held.id, by=floor.bo)

    event = await Event.get(subject_id=ids[0], kind="CaseRestored")
    assert event.payload["restored"] == ["state", "hold_reason"]
    assert fields_of("CaseRestored", event.payload) == ["holdReason", "state"]


async def test_a_suspended_actor_does_nothing_more() -> None:
    floor = await a_floor()
    dee, robot = await a_person("Dee", Role.MANAGER), await a_person("Robot", Role.AUTOMATION)
    ids = await some_cases(floor.bo, 1)
    await cases.cancel(ids[0], by=robot, reason="SPAM")

    assert await bulk.suspend_actor(robot.id, by=dee, reason="It closes everything.")

    with pytest.raises(TokenInvalid):
        await actor_of_principal(robot.id, tool=Tool.GRAPHQL)
    assert [gate.subject_id for gate in await EffectGate.all()] == ids
    assert not await bulk.suspend_actor(robot.id, by=dee, reason="again")
    assert await bulk.reinstate_actor(robot.id, by=dee)
    assert await EffectGate.all().count() == 0
    assert (await actor_of_principal(robot.id, tool=Tool.GRAPHQL)).id == robot.id


async def test_nobody_suspends_or_reinstates_who_may_do_more_nor_caseward_itself() -> None:
    dee, root = await a_person("Dee", Role.MANAGER), await a_person("Root", Role.ADMIN)
    peer = await a_person("Peer", Role.MANAGER)
    accounts = (root.id, SYSTEM_ID)

    for by, account in [(dee, root.id), (dee, SYSTEM_ID), (root, SYSTEM_ID)]:
        with pytest.raises(Forbidden):
            await bulk.suspend_actor(account, by=by, reason="Mine now")
        with pytest.raises(Forbidden):
            await bulk.reinstate_actor(account, by=by)
    with pytest.raises(NotFound):
        await bulk.suspend_actor(new_id(), by=dee, reason="Nobody")

    assert not await Principal.filter(id__in=accounts, suspended_at__isnull=False).exists()
    assert await bulk.suspend_actor(peer.id, by=dee, reason="Runs wild")
    assert await bulk.suspend_actor(dee.id, by=root, reason="Runs wild too")


async def test_a_batch_whose_effects_wait_is_called_back_whole() -> None:
    await movable_clock()
    floor = await a_floor()
    ids = await some_cases(floor.bo, 2)
    before = await standing(ids)
    operation = await bulk.start(
        steps.Cancel(reason="SPAM"), by=floor.bo, choice=named(ids), effects_after=timedelta(minutes=10)
    )
    waiting = await EffectGate.filter(batch_id=operation.id).count()

    undoing = await bulk.cancel(operation.id, by=floor.bo)

    assert waiting == 2
    assert undoing is not None
    assert undoing.applied == 2
    assert await standing(ids) == before
    assert await EffectGate.all().count() == 0
    assert (await BulkOperation.get(id=operation.id)).state is BulkState.CANCELLED
    assert await Effect.filter(batch_id=operation.id, state="PENDING").count() == 0
    again = await bulk.cancel(operation.id, by=floor.bo)
    assert again is not None
    assert again.id == undoing.id
    assert await BulkOperation.all().count() == 2


async def test_a_batch_called_back_answers_with_what_the_cancel_undid_and_not_with_what_was_undone_before() -> None:
    await movable_clock()
    floor = await a_floor()
    operation = await bulk.start(
        steps.Cancel(reason="SPAM"),
        by=floor.bo,
        choice=named(await some_cases(floor.bo, 2)),
        effects_after=timedelta(minutes=10),
    )
    asked = await bulk.undo(operation.id, by=floor.bo)

    undoing = await bulk.cancel(operation.id, by=floor.bo)
    again = await bulk.cancel(operation.id, by=floor.bo)

    assert undoing is not None
    assert again is not None
    assert again.id == undoing.id != asked.id


async def test_a_batch_that_is_done_and_waits_for_nothing_cannot_be_cancelled() -> None:
    floor = await a_floor()
    _, operation = await cancelled(floor, 1)

    with pytest.raises(BulkOver):
        await bulk.cancel(operation.id, by=floor.bo)


async def test_what_the_undoer_may_not_see_is_left_alone_without_a_name() -> None:
    floor = await a_floor()
    cleared = await a_person("Cy", Role.LEAD, clearances=["SENSITIVE"])
    secret = await cases.open_case("Secret", by=cleared, kind=CaseKind.SERVICE, sensitivity=Sensitivity.SENSITIVE)
    seen = (await some_cases(floor.bo, 1))[0]
    operation = await bulk.start(steps.Cancel(reason="SPAM"), by=cleared, choice=named([seen, secret.id]))

    undone = await bulk.undo(operation.id, by=floor.bo)

    assert await told(undone) == {seen: ("APPLIED", None), None: ("SKIPPED", "NOT_FOUND")}
    assert (undone.total, undone.applied, undone.skipped) == (2, 1, 1)
    assert (await Case.get(id=secret.id)).state is CaseState.CANCELLED


async def test_a_batch_of_somebody_else_is_not_found_like_one_that_is_not_there() -> None:
    floor = await a_floor()
    robot = await a_person("Robot", Role.AUTOMATION)
    _, operation = await cancelled(floor, 1)

    said = set()
    for wanted in (operation.id, new_id()):
        for act in (bulk.cancel, bulk.undo):
            with pytest.raises(NotFound) as refused:
                await act(wanted, by=robot)
            said.add(refused.value.message.replace(str(wanted), "…"))

    assert len(said) == 1
