"""What the desk does shows in Jira: once, whatever is lost on the way."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NoReturn

import pytest

from caseward.wiring import wire
from domain.cases import actions as cases
from domain.cases.models import Case, CaseComment, CaseRank
from domain.cases.states import CaseKind, CommentVisibility, Priority, Sensitivity
from domain.core import transaction
from domain.core.actor import Actor
from domain.core.transaction import Ref
from domain.mirror import actions as mirror
from domain.mirror import projection
from domain.mirror.draining import drain_link
from domain.mirror.models import MirrorConnection, MirrorLink, MirrorOperation
from domain.mirror.remote import IssueDraft
from domain.mirror.states import MirrorConnectionState, MirrorLinkState, MirrorOperationState
from domain.people.roles import Role
from domain.sla.models import SlaClock
from integrations.jira.tracker import JiraTracker
from tests.builders import a_person, a_queue, a_room, a_signal, a_team, an_account
from tests.desk import movable_clock
from tests.domain.promises import a_policy, promise
from tests.integrations.jira.running import Listener, RunningSite
from tests.stories.mirrored import POLLED, Mirrored, a_jira, mirrored

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def jira() -> Iterator[tuple[RunningSite, Listener]]:
    with a_jira() as both:
        yield both


@pytest.fixture
async def alice(database: str) -> Actor:
    return await a_person("Alice", Role.LEAD)


@pytest.fixture
async def both(jira: tuple[RunningSite, Listener], alice: Actor) -> AsyncIterator[Mirrored]:
    await movable_clock()
    team = await a_team()
    await a_queue(team=team.id)
    async with mirrored(jira, {"acc-alice": alice}) as both:
        yield both


async def a_case() -> Case:
    return (await a_signal(await an_account())).case


async def test_a_new_case_is_an_issue_with_title_priority_link_and_proof(both: Mirrored) -> None:
    case = await a_case()

    await both.calm()

    issue, link = both.issue(), await MirrorLink.get(case_id=case.id)
    assert link.state is MirrorLinkState.LINKED
    assert issue["fields"]["summary"].startswith("SCAM on live session")
    assert f"https://desk.example/cases/CASE-{case.number}" in issue["fields"]["description"]
    assert link.marker in issue["fields"]["labels"]
    assert (issue["fields"]["status"]["name"], link.remote_key) == ("To Do", issue["key"])


async def test_an_imported_or_sensitive_case_never_leaves(both: Mirrored) -> None:
    await cases.open_case(
        "Somebody's passport", by=await a_person("Bo", Role.LEAD, clearances=["RESTRICTED"]),
        kind=CaseKind.SERVICE, sensitivity=Sensitivity.RESTRICTED,
    )  # fmt: skip

    await both.calm()

    assert both.issues() == []
    assert not await MirrorLink.exists()


async def test_a_create_whose_reply_is_lost_makes_exactly_one_issue(both: Mirrored) -> None:
    both.site.fail("POST", "/issue", "commit-then-drop")
    case = await a_case()

    await both.settle()
    assert (await MirrorLink.get(case_id=case.id)).state is MirrorLinkState.IN_DOUBT
    await both.forward(seconds=30)

    assert len(both.issues()) == 1
    assert (await MirrorLink.get(case_id=case.id)).remote_id == both.issue()["id"]
    assert both.site.asked("POST", "/issue") == 1


async def test_a_create_whose_reply_is_lost_as_an_outage_begins_makes_exactly_one_issue(both: Mirrored) -> None:
    both.site.fail("POST", "/issue", "commit-then-drop")
    both.site.fail("GET", "/myself", "status", nth=2, status=503, times=3)
    case = await a_case()

    await both.settle()
    await both.forward(minutes=8)

    assert len(both.issues()) == 1
    assert (await MirrorLink.get(case_id=case.id)).remote_id == both.issue()["id"]
    assert both.site.asked("POST", "/issue") == 1


async def test_a_create_lost_before_it_arrived_is_sent_again_only_after_the_grace(both: Mirrored) -> None:
    both.site.fail("POST", "/issue", "drop-before")
    await a_case()

    await both.settle()
    await both.forward(minutes=4)
    assert both.site.asked("POST", "/issue") == 1
    await both.forward(minutes=2)

    assert both.site.asked("POST", "/issue") == 2
    assert len(both.issues()) == 1


async def test_a_worker_too_slow_to_be_sure_that_nobody_else_sends_it_too_does_not_send(both: Mirrored) -> None:
    case = await a_case()
    await MirrorConnection.all().update(doubt_grace=timedelta(microseconds=8))

    await both.settle()
    await both.forward(minutes=1)
    assert both.site.asked("POST", "/issue") == 0
    assert (await MirrorLink.get(case_id=case.id)).state is MirrorLinkState.PENDING
    await MirrorConnection.all().update(doubt_grace=timedelta(minutes=5))
    await both.forward(minutes=10)

    assert both.site.asked("POST", "/issue") == 1
    assert (await MirrorLink.get(case_id=case.id)).state is MirrorLinkState.LINKED


async def test_a_worker_that_dies_between_the_create_and_its_record_leaves_one_issue(
    both: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await a_case()
    whole = JiraTracker.create

    async def create_and_die(self: JiraTracker, draft: IssueDraft) -> NoReturn:
        await whole(self, draft)
        raise KilledError

    monkeypatch.setattr(JiraTracker, "create", create_and_die)

    await both.settle()
    monkeypatch.undo()
    assert len(both.issues()) == 1
    assert (await MirrorLink.get(case_id=case.id)).state is MirrorLinkState.IN_DOUBT
    await both.forward(minutes=10)

    assert len(both.issues()) == 1
    assert (await MirrorLink.get(case_id=case.id)).state is MirrorLinkState.LINKED


async def test_two_workers_on_one_link_send_each_write_once(both: Mirrored) -> None:
    case = await a_case()
    await both.calm()
    await cases.prioritize(case.id, by=await a_person("Bo", Role.LEAD), priority=Priority.P2)
    await cases.comment(case.id, by=await a_person("Cy"), text="On it.", visibility=CommentVisibility.SHARED)
    link = await MirrorLink.get(case_id=case.id)
    await links_asked(case)
    both.forget()

    await asyncio.gather(*(drain_link(link.id, both.adapters.trackers) for _ in range(4)))

    assert both.issue()["fields"]["priority"]["name"] == "High"
    assert both.writes() == [("PUT", f"/issue/{link.remote_id}"), ("POST", f"/issue/{link.remote_id}/comment")]


async def links_asked(case: Case) -> None:
    """The projection has run, the lane has not."""
    async with transaction.transaction():
        await projection.recompute(Ref("case", case.id))


async def test_a_shared_comment_arrives_once_though_its_reply_is_lost_and_an_internal_one_never(
    both: Mirrored,
) -> None:
    case, bo = await a_case(), await a_person("Bo", Role.LEAD)
    await both.calm()
    both.site.fail("POST", "/issue/*/comment", "commit-then-drop")

    await cases.comment(case.id, by=bo, text="Between us.")
    await cases.comment(case.id, by=bo, text="We look into it.", visibility=CommentVisibility.SHARED)
    await both.settle()
    await both.forward(minutes=2)
    await both.calm()

    assert len(both.comments()) == 1
    assert "Bo: We look into it." in both.comments()[0]
    assert await CaseComment.filter(case_id=case.id).count() == 2


async def test_a_comment_lost_on_its_way_is_sent_again(both: Mirrored) -> None:
    case, bo = await a_case(), await a_person("Bo", Role.LEAD)
    await both.calm()
    both.site.fail("POST", "/issue/*/comment", "drop-before")

    await cases.comment(case.id, by=bo, text="We look into it.", visibility=CommentVisibility.SHARED)
    await both.settle()
    await both.forward(minutes=2)

    assert len(both.comments()) == 1


async def test_an_outage_delays_and_coalesces_but_loses_nothing(both: Mirrored) -> None:
    case, bo = await a_case(), await a_person("Bo", Role.LEAD)
    await both.calm()
    both.site.fail("*", "*", "status", status=503, times=10_000)

    for priority in (Priority.P5, Priority.P4, Priority.P2):
        await cases.prioritize(case.id, by=bo, priority=priority)
        await both.forward(minutes=40)
    assert (await MirrorConnection.get(key="jira")).state is not MirrorConnectionState.OK
    both.site.tell("DELETE", "faults")
    both.forget()
    await both.forward(minutes=10)

    assert both.issue()["fields"]["priority"]["name"] == "High"
    assert [method for method, _ in both.writes()] == ["PUT"]
    assert (await MirrorConnection.get(key="jira")).state is MirrorConnectionState.OK


async def test_refused_credentials_stop_the_connection_at_once(both: Mirrored) -> None:
    both.site.fail("*", "*", "status", status=401, times=10_000)
    case = await a_case()

    await both.forward(minutes=4)

    assert len(both.site.requests()) == 1
    assert (await MirrorConnection.get(key="jira")).state is MirrorConnectionState.OPEN
    both.site.tell("DELETE", "faults")
    await both.forward(minutes=5)
    assert (await MirrorLink.get(case_id=case.id)).state is MirrorLinkState.LINKED


async def test_a_status_the_workflow_does_not_reach_is_blocked_with_its_reason_and_tried_when_jira_moves(
    both: Mirrored,
) -> None:
    case, bo = await a_case(), await a_person("Bo", Role.LEAD)
    await both.calm()
    both.site.tell("PUT", "workflow", steps=[])

    await cases.hold(case.id, by=bo, reason="WAITING")
    await cases.prioritize(case.id, by=bo, priority=Priority.P2)
    await both.calm()

    blocked = await MirrorOperation.get(state=MirrorOperationState.BLOCKED)
    assert "NO_PATH" in (blocked.error or "")
    assert both.issue()["fields"]["priority"]["name"] == "High"
    both.site.tell("DELETE", "workflow")
    await mirror.retry(blocked.id, by=bo)
    await both.calm()
    assert both.issue()["fields"]["status"]["name"] == "Waiting"


async def test_at_rest_nothing_is_written_and_nothing_asked_but_what_changed(
    both: Mirrored,
) -> None:
    case, bo = await a_case(), await a_person("Bo", Role.LEAD)
    await cases.claim(case.id, by=bo)
    await both.calm()
    both.forget()

    await both.forward(hours=0.1)

    assert both.asked() == []
    assert 3 <= both.site.asked("GET", POLLED) <= 5


async def test_a_deleted_issue_is_not_made_again(both: Mirrored) -> None:
    case, bo = await a_case(), await a_person("Bo", Role.LEAD)
    await both.calm()

    both.site.act("alice", "delete", both.issue()["id"])
    await both.calm()
    await cases.prioritize(case.id, by=bo, priority=Priority.P2)
    await both.calm()

    assert (await MirrorLink.get(case_id=case.id)).state is MirrorLinkState.REMOTE_GONE
    assert both.issues() == []


async def test_an_issue_moved_out_of_the_allowed_projects_is_written_no_more(both: Mirrored) -> None:
    case, bo = await a_case(), await a_person("Bo", Role.LEAD)
    await both.calm()
    both.site.act("alice", "move", both.issue()["id"], to="LEGAL")
    await both.calm()
    both.forget()

    await cases.prioritize(case.id, by=bo, priority=Priority.P2)
    await both.calm()

    link = await MirrorLink.get(case_id=case.id)
    assert (link.state, link.remote_key) == (MirrorLinkState.OUT_OF_SCOPE, both.issue()["key"])
    assert both.writes() == []


async def test_a_clone_carries_the_label_and_is_never_taken_for_the_issue(both: Mirrored) -> None:
    case = await a_case()
    await both.calm()
    first = both.issue()["id"]
    both.site.act("alice", "clone", first)

    await both.calm()

    assert (await MirrorLink.get(case_id=case.id)).remote_id == first


async def test_the_deadline_shows_in_jira_and_turns_by_itself_when_it_passes(both: Mirrored) -> None:
    wire()
    await a_policy(promise("DECISION", 600))
    await a_case()
    await both.calm()
    before = both.issue()["fields"]

    await both.forward(minutes=11)
    await both.calm()

    clock = await SlaClock.get(metric="DECISION")
    assert clock.due_at is not None
    assert datetime.fromisoformat(before["customfield_10101"]) - clock.due_at < timedelta(seconds=1)
    assert before["customfield_10102"]["value"] == "RUNNING"
    assert both.issue()["fields"]["customfield_10102"]["value"] == "BREACHING"


class KilledError(Exception):
    """The worker is gone."""


async def test_the_rank_shows_in_jira_in_whole_points_and_moves_there_with_its_room(both: Mirrored) -> None:
    intake, room = await an_account(), a_room("room-9", live=True, reach=1)
    case = (await a_signal(intake, room=room)).case
    await both.calm()
    before = both.issue()["fields"]["customfield_10103"]
    ranked = await CaseRank.get(id=case.id)
    both.forget()

    await cases.report_subject(replace(room, reach=1024), by=intake)
    await both.calm()
    writes = both.writes()
    await cases.report_subject(replace(room, reach=1100), by=intake)
    await both.calm()

    assert (before, ranked.value) == (59, 58.8)
    assert both.issue()["fields"]["customfield_10103"] == 68
    assert [method for method, _ in writes] == ["PUT"]
    assert both.writes() == writes
