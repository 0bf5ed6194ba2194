"""One thing done to many cases: each by the rules of the single action, all under one batch id."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.bulk import actions as bulk
from domain.bulk.asking import Decide
from domain.bulk.choosing import Choice
from domain.bulk.errors import CountDiffers
from domain.bulk.models import BulkItem, BulkOperation
from domain.bulk.states import BulkErrorPolicy, BulkState
from domain.cases import actions as cases
from domain.cases import steps
from domain.cases.models import Case, CaseComment, Lease
from domain.cases.states import CaseKind, CaseState, Sensitivity, Severity
from domain.core.actor import Tool, system
from domain.core.errors import Forbidden, ValidationFailed
from domain.core.ids import new_id
from domain.core.models import Event, Timer
from domain.people.roles import Role
from domain.review.states import DecisionKind
from tests.builders import a_person
from tests.domain.batches import a_floor, histories, named, some_cases, standing, told

pytestmark = pytest.mark.usefixtures("database")

SKIP = BulkErrorPolicy.SKIP_FAILED


async def test_a_batch_does_to_each_what_the_single_action_does_under_one_batch_id() -> None:
    floor = await a_floor()
    ids = await some_cases(floor.bo, 3)

    operation = await bulk.start(steps.Cancel(reason="SPAM"), by=floor.bo, choice=named(ids))

    assert (operation.state, operation.applied, operation.skipped) == (BulkState.DONE, 3, 0)
    assert await Case.filter(id__in=ids, state=CaseState.CANCELLED).count() == 3
    written = await Event.filter(kind="CaseCancelled")
    assert {event.batch_id for event in written} == {operation.id}
    assert {event.actor_id for event in written} == {floor.bo.id}


async def test_a_decision_by_a_policy_nobody_has_hides_no_case() -> None:
    floor = await a_floor()
    ids = await some_cases(floor.bo, 2, kind=CaseKind.REACTIVE)
    await bulk.start(steps.Claim(), by=floor.bo, choice=named(ids))

    decided = await bulk.start(
        Decide(kind=DecisionKind.VIOLATION, reasoning="Scam", policy_keys=["live.scam"]), by=floor.bo, choice=named(ids)
    )

    items = await BulkItem.filter(operation_id=decided.id)
    assert {item.case_id for item in items} == set(ids)
    assert {(item.code, item.message) for item in items} == {
        ("NOT_FOUND", 'There is no content policy "live.scam" that you can see. Check the id or the key.')
    }


async def test_a_case_on_hold_resumes_by_itself_though_a_batch_gave_it_to_somebody_meanwhile() -> None:
    floor = await a_floor()
    ids = await some_cases(floor.bo, 2)
    until = datetime.now(UTC) + timedelta(days=1)
    await bulk.start(steps.Hold(reason="WAITING", until=until), by=floor.bo, choice=named(ids))

    await bulk.start(steps.Assign(assignee_id=floor.ada.person_id), by=floor.bo, choice=named(ids))
    waiting = await Timer.filter(kind="HOLD").values_list("subject_id", "due_at")
    await bulk.start(steps.Resume(), by=floor.bo, choice=named(ids))

    assert sorted(waiting) == sorted((id, until) for id in ids)  # noqa: A001
    assert await Timer.filter(kind="HOLD").count() == 0


async def test_what_is_refused_is_skipped_with_the_code_of_the_single_action() -> None:
    floor = await a_floor()
    fine, over, hidden = *(await some_cases(floor.bo, 2)), new_id()
    await cases.cancel(over, by=floor.bo, reason="SPAM")

    operation = await bulk.start(
        steps.Hold(reason="WAITING"), by=floor.bo, choice=Choice(ids=[fine, over, hidden], unknown=["CASE-99"]),
        error_policy=SKIP,
    )  # fmt: skip

    assert await told(operation) == {
        fine: ("APPLIED", None),
        over: ("SKIPPED", "CASE_IS_OVER"),
        f"case_{hidden.hex}": ("SKIPPED", "NOT_FOUND"),
        "CASE-99": ("SKIPPED", "NOT_FOUND"),
    }
    assert (operation.applied, operation.skipped, operation.total) == (1, 3, 4)


async def test_all_or_nothing_changes_nothing_where_one_is_refused() -> None:
    floor = await a_floor()
    fine, over = await some_cases(floor.bo, 2)
    await cases.cancel(over, by=floor.bo, reason="SPAM")
    before = await standing([fine, over])

    operation = await bulk.start(steps.Cancel(reason="SPAM"), by=floor.bo, choice=named([fine, over]))

    assert (operation.state, operation.code, operation.applied) == (BulkState.REFUSED, "ROWS_REFUSED", 0)
    assert await told(operation) == {fine: ("SKIPPED", "OTHERS_REFUSED"), over: ("SKIPPED", "ALREADY_THERE")}
    assert await standing([fine, over]) == before


async def test_all_or_nothing_with_a_name_nobody_knows_tells_of_every_case() -> None:
    floor = await a_floor()
    fine, over = await some_cases(floor.bo, 2)
    await cases.cancel(over, by=floor.bo, reason="SPAM")
    before = await histories([fine, over])

    operation = await bulk.start(
        steps.Cancel(reason="SPAM"), by=floor.bo, choice=Choice(ids=[fine, over], unknown=["CASE-99"])
    )
    nobodys = await bulk.start(steps.Cancel(reason="SPAM"), by=floor.bo, choice=Choice(ids=[], unknown=["CASE-99"]))

    assert (operation.state, operation.code) == (BulkState.REFUSED, "ROWS_REFUSED")
    assert (operation.total, operation.applied, operation.unchanged, operation.skipped) == (3, 0, 0, 3)
    assert await told(operation) == {
        fine: ("SKIPPED", "OTHERS_REFUSED"), over: ("SKIPPED", "ALREADY_THERE"), "CASE-99": ("SKIPPED", "NOT_FOUND"),
    }  # fmt: skip
    assert await histories([fine, over]) == before
    assert (nobodys.state, nobodys.skipped) == (BulkState.REFUSED, 1)


async def test_a_dry_run_says_what_would_happen_and_changes_nothing() -> None:
    floor = await a_floor()
    fine, over = await some_cases(floor.bo, 2)
    await cases.cancel(over, by=floor.bo, reason="SPAM")
    before = await histories([fine, over])

    operation = await bulk.start(
        steps.Escalate(reason="Please look"), by=floor.bo, choice=named([fine, over]), validate_only=True
    )

    assert await told(operation) == {fine: ("APPLIED", None), over: ("SKIPPED", "CASE_IS_OVER")}
    assert await histories([fine, over]) == before


async def test_a_filter_that_finds_another_number_is_refused_with_the_true_one() -> None:
    floor = await a_floor()
    await some_cases(floor.bo, 3)
    by_state = {"state": {"eq": "QUEUED"}}

    with pytest.raises(CountDiffers) as refused:
        await bulk.start(steps.Cancel(reason="SPAM"), by=floor.bo, choice=Choice(filter=by_state, expected_count=2))
    with pytest.raises(ValidationFailed):
        await bulk.start(steps.Cancel(reason="SPAM"), by=floor.bo, choice=Choice(filter=by_state))
    operation = await bulk.start(
        steps.Cancel(reason="SPAM"), by=floor.bo, choice=Choice(filter=by_state, expected_count=3)
    )

    assert refused.value.actual == 3
    assert refused.value.message.startswith("This finds 3 cases, you expected 2.")
    assert CountDiffers(expected=2, actual=1).message.startswith("This finds 1 case, you expected 2.")
    assert operation.applied == 3
    assert await BulkOperation.all().count() == 1


async def test_what_the_actor_may_not_see_is_neither_found_nor_named() -> None:
    floor = await a_floor()
    cleared = await a_person("Cy", Role.LEAD, clearances=["SENSITIVE"])
    open_one = (await some_cases(floor.bo, 1))[0]
    secret = await cases.open_case(
        "Secret", by=cleared, kind=CaseKind.SERVICE, sensitivity=Sensitivity.SENSITIVE
    )  # fmt: skip

    operation = await bulk.start(
        steps.Comment(text="seen"), by=floor.bo, choice=named([open_one, secret.id]), error_policy=SKIP
    )

    assert await told(operation) == {
        open_one: ("APPLIED", None), f"case_{secret.id.hex}": ("SKIPPED", "NOT_FOUND"),
    }  # fmt: skip
    assert await CaseComment.filter(case_id=secret.id).count() == 0


async def test_whoever_lacks_a_right_begins_nothing() -> None:
    floor = await a_floor()
    ids = await some_cases(floor.bo, 1)

    with pytest.raises(Forbidden):
        await bulk.start(steps.Resume(), by=floor.ada, choice=named(ids))
    with pytest.raises(ValidationFailed):
        await bulk.start(steps.Cancel(reason="no code"), by=floor.bo, choice=named(ids))

    assert await BulkOperation.all().count() == 0


async def test_a_claim_of_many_gives_a_lease_each_and_a_release_ends_them() -> None:
    floor = await a_floor()
    ids = await some_cases(floor.bo, 3)

    await bulk.start(steps.Claim(), by=floor.bo, choice=named(ids))

    assert await Lease.filter(released_at=None, holder_id=floor.bo.person_id).count() == 3
    assert await Timer.filter(kind="LEASE").count() == 3
    await bulk.start(steps.Release(), by=floor.bo, choice=named(ids))
    assert await Lease.filter(released_at=None).count() == 0
    assert await Timer.filter(kind="LEASE").count() == 0
    assert await Case.filter(id__in=ids, state=CaseState.QUEUED).count() == 3


async def test_what_is_so_already_is_left_as_it_is() -> None:
    floor = await a_floor()
    ids = await some_cases(floor.bo, 2)
    await cases.prioritize(ids[0], by=floor.bo, severity=Severity.SEV1)

    operation = await bulk.start(steps.Prioritize(severity=Severity.SEV1), by=floor.bo, choice=named(ids))

    assert await told(operation) == {ids[0]: ("UNCHANGED", None), ids[1]: ("APPLIED", None)}
    assert (operation.applied, operation.unchanged) == (1, 1)


async def test_more_than_fit_into_a_request_are_a_workers() -> None:
    floor = await a_floor()
    first = await some_cases(floor.bo, 1)
    ids = [*first, *(new_id() for _ in range(1200))]

    operation = await bulk.start(
        steps.Hold(reason="WAITING"), by=floor.bo, choice=named(ids), error_policy=SKIP
    )  # fmt: skip
    worker = system(Tool.WORKER)

    assert operation.state is BulkState.PENDING
    assert await bulk.work(operation.id, by=worker)
    assert not await bulk.work(operation.id, by=worker)
    assert not await bulk.work(operation.id, by=worker)
    done = await BulkOperation.get(id=operation.id)
    assert (done.state, done.applied, done.skipped) == (BulkState.DONE, 1, 1200)
    assert await BulkItem.filter(operation_id=operation.id).count() == 1201


async def test_a_cancelled_batch_does_no_more() -> None:
    floor = await a_floor()
    ids = [new_id() for _ in range(1500)]
    operation = await bulk.start(
        steps.Hold(reason="WAITING"), by=floor.bo, choice=named(ids), error_policy=SKIP
    )  # fmt: skip
    await bulk.work(operation.id, by=system())

    undoing = await bulk.cancel(operation.id, by=floor.bo)

    assert undoing is None
    assert not await bulk.work(operation.id, by=system())
    done = await BulkOperation.get(id=operation.id)
    assert (done.state, done.skipped) == (BulkState.CANCELLED, 1000)


async def test_effects_wait_an_hour_at_most() -> None:
    floor = await a_floor()
    ids = await some_cases(floor.bo, 1)

    with pytest.raises(ValidationFailed):
        await bulk.start(
            steps.Resume(), by=floor.bo, choice=named(ids), effects_after=timedelta(hours=2)
        )  # fmt: skip
