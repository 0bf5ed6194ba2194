"""Who may not do a thing is told so before anything else, and nothing changes."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from domain.cases import actions as cases
from domain.core.actor import Actor
from domain.core.errors import Forbidden
from domain.core.ids import new_id
from domain.core.models import Event
from domain.escalation import actions as escalation
from domain.people.roles import Role
from domain.review.actions import operating
from tests.builders import a_person, a_queue, a_signal, a_team, an_account

pytestmark = pytest.mark.usefixtures("database")

STALE = 1
Attempt = Callable[[UUID, Actor], Awaitable[Any]]

ON_A_CASE: dict[str, Attempt] = {
    "claim": lambda of, by: cases.claim(of, by=by, expected_version=STALE),
    "extend lease": lambda of, by: cases.extend_lease(of, by=by, token=new_id()),
    "release": lambda of, by: cases.release(of, by=by, expected_version=STALE),
    "save draft": lambda of, by: cases.save_draft(of, by=by, text="Mine"),
    "queue": lambda of, by: cases.queue(of, by=by, queue_id=new_id(), expected_version=STALE),
    "hold": lambda of, by: cases.hold(of, by=by, reason="W", expected_version=STALE),
    "resume": lambda of, by: cases.resume(of, by=by, expected_version=STALE),
    "escalate": lambda of, by: cases.escalate(of, by=by, reason="Hard", expected_version=STALE),
    "resolve": lambda of, by: cases.resolve(of, by=by, resolution="ANSWERED", expected_version=STALE),
    "reopen": lambda of, by: cases.reopen(of, by=by, reason="AGAIN", expected_version=STALE),
    "cancel": lambda of, by: cases.cancel(of, by=by, reason="SPAM", expected_version=STALE),
    "assign": lambda of, by: cases.assign(of, by=by, assignee_id=new_id(), expected_version=STALE),
    "prioritize": lambda of, by: cases.prioritize(of, by=by, expected_version=STALE),
    "comment": lambda of, by: cases.comment(of, by=by, text="Mine"),
    "decide": lambda of, by: cases.mark_decided(of, by=by, decision_id=new_id(), expected_version=STALE),
}

ON_WHAT_IS_NOT_THERE: dict[str, Attempt] = {
    **ON_A_CASE,
    "acknowledge": lambda of, by: escalation.acknowledge(of, by=by),
    "resolve page": lambda of, by: escalation.resolve(of, by=by),
    "escalate page": lambda of, by: escalation.escalate(of, by=by, seen_step=0),
    "retry": lambda of, by: operating.retry_enforcement(of, by=by),
    "waive": lambda of, by: operating.waive_enforcement(of, by=by, reason="No"),
}


@pytest.mark.parametrize("attempt", ON_A_CASE.values(), ids=ON_A_CASE)
async def test_whatever_state_a_case_is_in_a_missing_right_is_named_first(attempt: Attempt) -> None:
    team = await a_team()
    await a_queue(team=team.id)
    case = (await a_signal(await an_account())).case
    await cases.claim(case.id, by=await a_person("Ada", team=team.id))
    analyst = await a_person("Grace", Role.ANALYST)
    before = await Event.all().count()

    with pytest.raises(Forbidden):
        await attempt(case.id, analyst)

    assert await Event.all().count() == before


@pytest.mark.parametrize("attempt", ON_WHAT_IS_NOT_THERE.values(), ids=ON_WHAT_IS_NOT_THERE)
async def test_a_missing_right_is_named_before_it_is_looked_whether_the_thing_is_there(attempt: Attempt) -> None:
    analyst = await a_person("Grace", Role.ANALYST)
    before = await Event.all().count()

    with pytest.raises(Forbidden):
        await attempt(new_id(), analyst)

    assert await Event.all().count() == before
