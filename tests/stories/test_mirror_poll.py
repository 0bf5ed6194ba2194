"""A webhook that got lost loses nothing: what changed in Jira is asked for, page by page, and counted where it was."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.cases import actions as cases
from domain.cases.models import Case, CaseComment
from domain.cases.states import CaseState, Priority
from domain.core.actor import Actor
from domain.core.models import Event
from domain.mirror import polling
from domain.mirror.models import MirrorConnection, MirrorCursor, MirrorLink
from domain.mirror.outcomes import Outcome
from domain.mirror.remote import ChangePage
from domain.mirror.rules import OVERLAP
from domain.mirror.states import MirrorConnectionState
from domain.mirror.trackers import Route
from domain.people.roles import Role
from integrations.jira.tracker import JiraTracker
from tests.builders import a_person, a_queue, a_signal, a_team, an_account
from tests.desk import movable_clock
from tests.integrations.jira.running import Listener, RunningSite
from tests.stories.mirrored import POLLED, Mirrored, a_jira, mirrored

pytestmark = pytest.mark.usefixtures("database")

HOUR = timedelta(hours=1)


@dataclass
class Story:
    """A mirrored case that Bo works on in Jira, whose webhooks are lost from now on."""

    both: Mirrored
    case: Case
    bo: Actor

    @property
    def issue(self) -> str:
        return str(next(each["id"] for each in self.both.issues() if each["fields"]["labels"]))

    def act(self, do: str, **more: object) -> None:
        self.both.site.act("bo", do, self.issue, **more)

    async def priority(self) -> Priority:
        return (await Case.get(id=self.case.id)).priority

    def strangers(self, count: int) -> list[str]:
        """Issues of the project that are none of ours."""
        fields = {"summary": "Something else"}
        return [self.both.site.act("alice", "create", fields=fields)["id"] for _ in range(count)]

    def searches(self) -> list[str]:
        """The queries of every page asked for."""
        return [seen["query"] for seen in self.both.site.requests() if seen["path"] == POLLED]


@pytest.fixture(scope="module")
def jira() -> Iterator[tuple[RunningSite, Listener]]:
    with a_jira() as both:
        yield both


@pytest.fixture
def poll_every() -> timedelta:
    return timedelta(seconds=60)


@pytest.fixture
async def story(
    jira: tuple[RunningSite, Listener], database: str, poll_every: timedelta
) -> AsyncIterator[Story]:  # fmt: skip
    await movable_clock()
    team = await a_team()
    await a_queue(team=team.id)
    bo = await a_person("Bo", Role.LEAD, team=team.id, lead=True)
    async with mirrored(jira, {"acc-bo": bo}, poll_every=poll_every) as both:
        case = (await a_signal(await an_account())).case
        await both.calm()
        both.site.tell("PUT", "webhooks", lose=True)
        both.forget()
        yield Story(both, case, bo)


async def test_what_no_delivery_told_of_is_taken_over_as_the_person_who_did_it(story: Story) -> None:
    story.act("edit", fields={"priority": {"id": "4"}})
    story.act("comment", body="The host says it was staged.")
    story.act("transition", to="In Progress")
    assert story.both.arrived() == []

    await story.both.forward(seconds=61)

    (comment,) = await CaseComment.filter(case_id=story.case.id)
    event = await Event.get(subject_id=story.case.id, kind="CasePrioritized")
    case = await Case.get(id=story.case.id)
    assert (case.priority, case.state) == (Priority.P4, CaseState.IN_REVIEW)
    assert {event.actor_id, comment.author_id} == {story.bo.id}  # type: ignore[attr-defined]


async def test_a_change_of_which_nobody_told_is_counted_once(story: Story) -> None:
    story.act("comment", body="Nothing that we would answer in Jira.")

    await story.both.forward(seconds=61)
    at_first = (await MirrorCursor.get()).missed
    await story.both.forward(minutes=5)

    cursor = await MirrorCursor.get()
    assert (at_first, cursor.missed) == (0, 1)
    assert cursor.missed_at is not None


async def test_a_delivery_that_is_only_late_is_no_gap(story: Story) -> None:
    story.both.site.tell("PUT", "webhooks", lose=False)
    story.act("edit", fields={"priority": {"id": "4"}})
    late = story.both.arrived()

    await story.both.forward(seconds=61)
    assert await story.priority() is Priority.P4
    for delivered in late:
        await story.both.take(delivered)
    await story.both.forward(minutes=3)

    cursor = await MirrorCursor.get()
    assert (cursor.found, cursor.missed) == (1, 0)


async def test_what_was_heard_of_is_not_compared_again(story: Story) -> None:
    story.both.site.tell("PUT", "webhooks", lose=False)
    story.act("edit", fields={"priority": {"id": "4"}})
    await story.both.calm()
    story.both.forget()

    await story.both.forward(minutes=4)

    assert story.both.asked() == []
    assert (await MirrorCursor.get()).found == 0
    assert len(story.searches()) >= 4


async def test_a_bulk_change_of_one_instant_over_several_pages_is_seen_whole(story: Story) -> None:
    strangers = story.strangers(230)
    story.both.site.tell("PUT", "settings", stopped=True)
    for number, each in enumerate([*strangers, story.issue]):
        story.both.site.act("bo", "edit", each, fields={"priority": {"id": "4"}, "summary": f"Bulk {number}"})

    await story.both.forward(seconds=61)

    assert await story.priority() is Priority.P4
    assert len(story.searches()) == 3


async def test_the_mark_stays_while_a_page_is_missing_and_the_next_poll_goes_on_there(story: Story) -> None:
    before = (await a_cursor(story)).mark
    story.strangers(150)
    story.act("edit", fields={"priority": {"id": "4"}})
    story.both.site.fail("GET", POLLED, "status", nth=2, status=503, times=3)

    await story.both.forward(seconds=61)
    cursor = await MirrorCursor.get()
    assert (cursor.mark, await story.priority()) == (before, Priority.P1)
    await story.both.forward(seconds=90)

    assert await story.priority() is Priority.P4


async def a_cursor(story: Story) -> MirrorCursor:
    """The project's, made by its first poll."""
    await story.both.forward(seconds=61)
    return await MirrorCursor.get()


async def test_a_poller_that_dies_between_two_pages_is_gone_on_from(story: Story) -> None:
    story.strangers(150)
    story.act("edit", fields={"priority": {"id": "4"}})
    dying = Dying(story.both.adapters.trackers)

    with pytest.raises(KilledError):
        await polling.poll(story.both.connection.id, dying)
    left = await MirrorCursor.get()
    story.both.forget()
    assert await polling.poll(story.both.connection.id, story.both.adapters.trackers) == []
    await story.both.forward(seconds=61)

    assert left.page is not None
    assert await story.priority() is Priority.P4
    assert f"nextPageToken={left.page}".rstrip("=") in story.searches()[0]


async def test_a_page_the_tracker_forgot_begins_the_walk_anew(story: Story) -> None:
    story.strangers(150)
    story.act("edit", fields={"priority": {"id": "4"}})
    with pytest.raises(KilledError):
        await polling.poll(story.both.connection.id, Dying(story.both.adapters.trackers))
    await MirrorCursor.all().update(page="forgotten")

    await story.both.forward(seconds=61)

    assert await story.priority() is Priority.P4
    assert (await MirrorCursor.get()).since is None


async def test_of_two_pollers_one_walks(story: Story) -> None:
    story.act("edit", fields={"priority": {"id": "4"}})
    trackers = story.both.adapters.trackers

    polled = await asyncio.gather(*(polling.poll(story.both.connection.id, trackers) for _ in range(4)))
    await story.both.settle()

    assert sum(each.found for one in polled for each in one) == 1
    assert (await MirrorCursor.get()).found == 1
    assert await story.priority() is Priority.P4


async def test_what_search_learns_late_is_found_though_later_changes_were_seen(story: Story) -> None:
    (other,) = story.strangers(1)
    story.both.site.tell("PUT", "settings", held=[story.issue])
    story.act("edit", fields={"priority": {"id": "4"}})
    changed = datetime.fromisoformat(
        next(i for i in story.both.issues() if i["id"] == story.issue)["fields"]["updated"]
    )
    for minutes in (4, 8):
        story.both.site.tell("PUT", "settings", clock_offset=minutes * 60)
        story.both.site.act("bo", "edit", other, fields={"summary": f"After {minutes} minutes"})
        await story.both.forward(minutes=4)
    mark = (await MirrorCursor.get()).mark
    assert await story.priority() is Priority.P1

    story.both.site.tell("PUT", "settings", held=[])
    await story.both.forward(minutes=2)

    assert timedelta(0) < mark - changed < OVERLAP
    assert await story.priority() is Priority.P4


@pytest.mark.parametrize("poll_every", [HOUR])
async def test_after_an_outage_what_happened_meanwhile_is_asked_for_at_once(story: Story) -> None:
    busy = (await a_signal(await an_account("other"))).case
    await story.both.calm()
    story.both.site.fail("*", "*", "status", status=503, times=10_000)
    await cases.prioritize(busy.id, by=story.bo, priority=Priority.P2)
    await story.both.forward(minutes=20)
    ours = await MirrorLink.get(case_id=story.case.id)
    story.both.site.act("bo", "edit", str(ours.remote_id), fields={"priority": {"id": "4"}})
    story.both.site.tell("DELETE", "faults")

    await story.both.forward(minutes=6)

    assert await story.priority() is Priority.P4
    assert (await MirrorConnection.get()).state is MirrorConnectionState.OK


@pytest.mark.parametrize("poll_every", [HOUR])
async def test_a_poll_that_failed_is_tried_again_sooner(story: Story) -> None:
    story.act("edit", fields={"priority": {"id": "4"}})
    story.both.site.fail("GET", POLLED, "status", status=503, times=2)

    await story.both.forward(minutes=62)

    assert await story.priority() is Priority.P4


async def test_an_issue_that_is_gone_is_left_alone(story: Story) -> None:
    await MirrorLink.all().update(state="REMOTE_GONE")
    story.act("edit", fields={"priority": {"id": "4"}})

    await story.both.forward(minutes=3)

    assert (story.both.asked(), await story.priority()) == ([], Priority.P1)


class KilledError(Exception):
    """The worker is gone."""


@dataclass
class Dying:
    """Trackers of a worker that dies when it asks for a second page."""

    whole: Any

    def of(self, route: Route) -> Any:
        return DyingTracker(self.whole.of(route))


@dataclass
class DyingTracker:
    """The tracker of a connection, until the second page."""

    whole: JiraTracker

    @property
    def projects(self) -> tuple[str, ...]:
        return self.whole.projects

    async def changed_since(
        self, project: str, since: datetime, *, page: str | None = None, size: int = 100
    ) -> Outcome[ChangePage]:
        if page is not None:
            raise KilledError
        return await self.whole.changed_since(project, since, page=page, size=size)
