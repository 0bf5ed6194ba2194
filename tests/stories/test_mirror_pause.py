"""Nothing is sent while the mirror is paused: because a person asked, or because our own past was lost."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from domain.cases import actions as cases
from domain.cases.models import Case, CaseComment
from domain.cases.states import CommentVisibility, Priority
from domain.core.actor import Actor
from domain.core.models import Event
from domain.mirror import actions as mirror
from domain.mirror.errors import MirrorNotPaused
from domain.mirror.models import MirrorComment, MirrorConnection, MirrorOperation
from domain.mirror.states import MirrorOperationKind, MirrorPause
from domain.people.roles import Role
from tests.builders import a_person, a_queue, a_signal, a_team, an_account
from tests.desk import movable_clock
from tests.integrations.jira.running import Listener, RunningSite
from tests.stories.mirrored import Mirrored, a_jira, mirrored

pytestmark = pytest.mark.usefixtures("database")


@dataclass
class Story:
    """A mirrored case, and Bo who works on both sides."""

    both: Mirrored
    case: Case
    bo: Actor

    async def connection(self) -> MirrorConnection:
        return await MirrorConnection.get(id=self.both.connection.id)


@pytest.fixture(scope="module")
def jira() -> Iterator[tuple[RunningSite, Listener]]:
    with a_jira() as both:
        yield both


@pytest.fixture
async def story(jira: tuple[RunningSite, Listener], database: str) -> AsyncIterator[Story]:
    await movable_clock()
    team = await a_team()
    await a_queue(team=team.id)
    bo = await a_person("Bo", Role.LEAD, team=team.id, lead=True)
    async with mirrored(jira, {"acc-bo": bo}) as both:
        case = (await a_signal(await an_account())).case
        await both.calm()
        yield Story(both, case, bo)


async def test_while_paused_nothing_is_written_and_afterwards_both_sides_agree(story: Story) -> None:
    await mirror.pause(story.both.connection.id, by=story.bo)
    story.both.forget()
    await cases.prioritize(story.case.id, by=story.bo, priority=Priority.P3)
    story.both.site.act("bo", "comment", story.both.issue()["id"], body="Meanwhile.")
    await story.both.hear()
    await story.both.forward(minutes=25)
    assert story.both.writes() == []

    await mirror.resume(story.both.connection.id, by=story.bo)
    await story.both.calm()

    assert story.both.issue()["fields"]["priority"]["name"] == "Medium"
    assert await CaseComment.filter(case_id=story.case.id).count() == 1
    with pytest.raises(MirrorNotPaused):
        await mirror.resume(story.both.connection.id, by=story.bo)


async def test_a_database_that_went_back_pauses_the_mirror_before_anything_is_written(story: Story) -> None:
    await cases.comment(story.case.id, by=story.bo, text="We look.", visibility=CommentVisibility.SHARED)
    await story.both.calm()
    await MirrorComment.all().delete()
    await MirrorOperation.filter(kind=MirrorOperationKind.COMMENT).delete()
    story.both.forget()

    await cases.prioritize(story.case.id, by=story.bo, priority=Priority.P3)
    await story.both.forward(minutes=3)

    connection = await story.connection()
    event = await Event.get(kind="MirrorPaused")
    assert (connection.epoch, connection.pause_reason, event.payload["epoch"]) == (2, MirrorPause.REWOUND, 2)
    assert story.both.writes() == []


async def test_a_comment_that_only_claims_to_be_ours_pauses_nothing(story: Story) -> None:
    claim = "Hello\n\ncaseward:cmt:0193000000007000800000000000abcd"
    story.both.site.act("bo", "comment", story.both.issue()["id"], body=claim)

    await story.both.calm()

    assert (await story.connection()).paused_at is None
    assert await CaseComment.filter(case_id=story.case.id).count() == 1
