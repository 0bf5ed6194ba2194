"""A bad day on both sides, drawn by lot: whatever is lost, doubled or cut, both sides agree in the end."""

import random
from collections.abc import AsyncIterator, Iterator

import pytest

from domain.cases import actions as cases
from domain.cases.models import Case, CaseComment
from domain.cases.states import CommentVisibility, Priority
from domain.core.actor import Actor
from domain.mirror.models import MirrorConflict, MirrorLink, MirrorOperation
from domain.mirror.states import MirrorConflictState, MirrorOperationState
from domain.people.roles import Role
from tests.builders import a_person, a_queue, a_signal, a_team, an_account
from tests.desk import movable_clock
from tests.integrations.jira.running import Listener, RunningSite
from tests.stories.mirrored import Mirrored, a_jira, mirrored

pytestmark = pytest.mark.usefixtures("database")

KINDS = ("commit-then-drop", "drop-before", "status", "truncate", "html")
NAMES = {"1": Priority.P1, "2": Priority.P2, "3": Priority.P3, "4": Priority.P4, "5": Priority.P5}


@pytest.fixture(scope="module")
def jira() -> Iterator[tuple[RunningSite, Listener]]:
    with a_jira() as both:
        yield both


@pytest.fixture
async def bo(database: str) -> Actor:
    await movable_clock()
    team = await a_team()
    await a_queue(team=team.id)
    return await a_person("Bo", Role.LEAD, team=team.id, lead=True)


@pytest.fixture
async def both(jira: tuple[RunningSite, Listener], bo: Actor) -> AsyncIterator[Mirrored]:
    async with mirrored(jira, {"acc-bo": bo}) as both:
        yield both


@pytest.mark.parametrize("seed", range(4))
async def test_after_a_storm_both_sides_agree_and_rest(both: Mirrored, bo: Actor, seed: int) -> None:
    lot = random.Random(seed)
    both.site.tell("PUT", "webhooks", duplicate=lot.random() < 0.5)
    both.site.fail("POST", "/issue", lot.choice(KINDS))
    case = (await a_signal(await an_account())).case
    ours = theirs = 0

    for _ in range(12):
        match lot.choice(("ours", "theirs", "say here", "say there", "fault", "pass")):
            case "ours":
                await cases.prioritize(case.id, by=bo, priority=lot.choice(list(Priority)))
            case "theirs" if both.issues():
                both.site.act("bo", "edit", both.issue()["id"], fields={"priority": {"id": lot.choice("12345")}})
            case "say here":
                ours += 1
                await cases.comment(case.id, by=bo, text=f"Here {ours}", visibility=CommentVisibility.SHARED)
            case "say there" if both.issues():
                theirs += 1
                both.site.act("bo", "comment", both.issue()["id"], body=f"There {theirs}")
            case "fault":
                both.site.fail(lot.choice(("POST", "PUT", "GET", "*")), "*", lot.choice(KINDS), nth=lot.randint(1, 4))
            case _:
                await both.forward(minutes=lot.choice((0.2, 2, 7)))
        if lot.random() < 0.6:
            await both.hear()
    both.site.tell("DELETE", "faults")
    await both.forward(minutes=30)
    await both.calm()

    row = await Case.get(id=case.id)
    assert NAMES[both.issue()["fields"]["priority"]["id"]] is row.priority
    said = sorted(body for body in both.comments() if "There" not in body)
    assert len(said) == len(set(said)) == ours
    assert sum("There" in body for body in both.comments()) == theirs
    assert await CaseComment.filter(case_id=case.id).count() == ours + theirs
    assert (await MirrorLink.get(case_id=case.id)).remote_id == both.issue()["id"]
    assert not await MirrorConflict.filter(state=MirrorConflictState.OPEN).exists()
    assert not await MirrorOperation.filter(state__not=MirrorOperationState.DONE).exists()
    both.forget()
    await both.forward(minutes=10)
    assert both.asked() == []
