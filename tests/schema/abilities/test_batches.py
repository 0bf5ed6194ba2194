"""What may be done to a batch is told as its mutations answer."""

from datetime import timedelta

import pytest

from domain.bulk import actions as bulk
from domain.bulk.choosing import Choice
from domain.bulk.models import BulkOperation
from domain.bulk.states import BulkState
from domain.cases import steps
from domain.core import clock
from tests.domain.batches import Floor, a_floor, some_cases
from tests.schema.abilities.agreeing import Login, agreed

MUTATIONS = {"CANCEL": "cancelBulk(input: {id: $id})", "UNDO": "undoBulk(input: {id: $id})"}


@pytest.fixture
async def floor(url: str) -> Floor:
    assert url
    return await a_floor()


@pytest.mark.parametrize(
    ("state", "waits", "cancel"),
    [
        (BulkState.PENDING, None, None),
        (BulkState.RUNNING, None, None),
        (BulkState.DONE, None, "BULK_IS_OVER"),
        (BulkState.DONE, timedelta(minutes=10), None),
        (BulkState.DONE, timedelta(minutes=-10), "BULK_IS_OVER"),
        (BulkState.STOPPED, None, "BULK_IS_OVER"),
        (BulkState.REFUSED, None, "BULK_IS_OVER"),
        (BulkState.CANCELLED, None, None),
    ],
)
async def test_a_lead_is_told_of_a_batch_what_its_mutations_answer(
    floor: Floor, login: Login, state: BulkState, waits: timedelta | None, cancel: str | None
) -> None:
    async def a_batch() -> str:
        ids = await some_cases(floor.bo, 1)
        operation = await bulk.start(
            steps.Comment(text="Seen"), by=floor.bo, choice=Choice(ids=ids), effects_after=waits and abs(waits)
        )
        until = None if waits is None else await clock.now() + waits
        await BulkOperation.filter(id=operation.id).update(state=state, effects_until=until)
        return f"bulk_{operation.id.hex}"

    bo = await login(floor.bo)

    verdicts = await agreed(bo, a_batch, MUTATIONS, entity="BulkOperation")

    assert verdicts == {"CANCEL": cancel, "UNDO": None}
