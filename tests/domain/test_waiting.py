"""Cases nobody works on: in a queue, or set aside."""

from datetime import timedelta

import pytest

from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.states import CaseState
from domain.core.clock import now
from domain.core.errors import ValidationFailed
from domain.core.models import Event
from tests.builders import a_person, a_queue, a_signal, a_team, an_account

pytestmark = pytest.mark.usefixtures("database")


async def test_a_waiting_case_goes_to_another_teams_queue_and_nothing_happens_where_it_is_there_already() -> None:
    team, other = await a_team(), await a_team("fraud")
    await a_queue(team=team.id)
    second = await a_queue("fraud", team=other.id, position=2)
    ada = await a_person("Ada", team=team.id)
    case = (await a_signal(await an_account())).case

    await cases.queue(case.id, by=ada, queue_id=second.id)
    await cases.queue(case.id, by=ada, queue_id=second.id)

    moved = await Case.get(id=case.id)
    assert (moved.state, moved.queue_id, moved.team_id) == (CaseState.QUEUED, second.id, other.id)
    assert await Event.filter(subject_id=case.id, kind="CaseQueued").count() == 2


async def test_a_hold_of_more_than_a_year_is_refused_and_the_case_stays() -> None:
    team = await a_team()
    await a_queue(team=team.id)
    ada = await a_person("Ada", team=team.id)
    case = (await a_signal(await an_account())).case

    with pytest.raises(ValidationFailed) as refused:
        await cases.hold(case.id, by=ada, reason="WAITING", until=await now() + timedelta(days=400))

    assert [problem.code for problem in refused.value.problems] == ["TOO_FAR"]
    assert (await Case.get(id=case.id)).state is CaseState.QUEUED
