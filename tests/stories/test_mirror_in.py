"""What people do in Jira happens at the desk: as that person, with that person's rights, once."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from domain.cases import actions as cases
from domain.cases.models import Case, CaseComment, Lease
from domain.cases.states import CaseKind, CaseState, CommentVisibility, Priority
from domain.core import versions
from domain.core.actor import Actor
from domain.core.models import Content, Event
from domain.core.versions import ConfigKind
from domain.mirror import actions as mirror
from domain.mirror.errors import ConflictNotOpen
from domain.mirror.models import MirrorConflict, MirrorInbox, MirrorLink
from domain.mirror.states import InboxState, MirrorConflictState, MirrorWinner
from domain.people.roles import Role
from domain.review import actions as review
from domain.review.models import Decision
from domain.review.states import DecisionKind
from tests.builders import SYSTEM, a_person, a_queue, a_signal, a_team, an_account
from tests.desk import movable_clock
from tests.integrations.jira.running import Delivered, Listener, RunningSite
from tests.stories.mirrored import Mirrored, a_jira, mirrored

pytestmark = pytest.mark.usefixtures("database")

BARE = {"id": "1", "key": "LIVEOPS-1", "changelog": {"histories": []}}
"""An issue whose history was cleared."""


@dataclass
class Story:
    """A mirrored case: Alice leads, Bo reviews; Chen and Dana are unknown at the desk."""

    both: Mirrored
    case: Case
    alice: Actor
    bo: Actor

    def act(self, person: str, do: str, **more: object) -> None:
        self.both.site.act(person, do, self.both.issue()["id"], **more)

    async def state(self) -> CaseState:
        return (await Case.get(id=self.case.id)).state

    def status(self) -> str:
        return str(self.both.issue()["fields"]["status"]["name"])


@pytest.fixture(scope="module")
def jira() -> Iterator[tuple[RunningSite, Listener]]:
    with a_jira() as both:
        yield both


@pytest.fixture
async def story(jira: tuple[RunningSite, Listener], database: str) -> AsyncIterator[Story]:
    await movable_clock()
    team = await a_team()
    await a_queue(team=team.id)
    alice = await a_person("Alice", Role.LEAD, team=team.id, lead=True)
    bo = await a_person("Bo", Role.REVIEWER, team=team.id)
    async with mirrored(jira, {"acc-alice": alice, "acc-bo": bo}) as both:
        case = (await a_signal(await an_account())).case
        await both.calm()
        yield Story(both, case, alice, bo)


async def test_a_move_to_in_progress_claims_the_case_for_the_person_who_moved_it(story: Story) -> None:
    story.act("bo", "transition", to="In Progress")

    await story.both.calm()

    lease = await Lease.get(case_id=story.case.id, released_at=None)
    event = await Event.get(subject_id=story.case.id, kind="CaseClaimed")
    assert (lease.holder_id, event.actor_id, event.tool) == (story.bo.person_id, story.bo.id, "TRACKER")
    assert story.both.issue()["fields"]["assignee"]["accountId"] == "acc-bo"


async def test_waiting_holds_and_resuming_resumes(story: Story) -> None:
    story.act("bo", "transition", to="In Progress")
    await story.both.calm()

    story.act("bo", "transition", to="Waiting")
    await story.both.calm()
    assert await story.state() is CaseState.ON_HOLD
    story.act("bo", "transition", to="To Do", force=True)
    await story.both.calm()

    assert (await story.state(), story.status()) == (CaseState.QUEUED, "To Do")


async def test_a_comment_from_jira_is_there_once_however_often_it_is_told_and_never_goes_back(story: Story) -> None:
    story.both.site.tell("PUT", "webhooks", duplicate=True)
    story.act("bo", "comment", body="The host says it was staged.")

    receipts = await story.both.hear()
    await story.both.calm()

    (comment,) = await CaseComment.filter(case_id=story.case.id)
    assert (comment.author_id, comment.visibility) == (story.bo.id, CommentVisibility.SHARED)  # type: ignore[attr-defined]
    assert sorted(receipt.repeated for receipt in receipts) == [False, True]
    assert len(story.both.comments()) == 1


async def test_comments_go_both_ways_exactly_once(story: Story) -> None:
    await cases.comment(story.case.id, by=story.alice, text="From here.", visibility=CommentVisibility.SHARED)
    story.act("bo", "comment", body="From there.")

    await story.both.calm()

    assert await CaseComment.filter(case_id=story.case.id).count() == 2
    assert len(story.both.comments()) == 2


async def test_a_stranger_may_comment_under_the_trackers_account_and_nothing_else(story: Story) -> None:
    story.act("chen", "comment", body="Seen.")
    story.act("chen", "edit", fields={"priority": {"id": "5"}})

    await story.both.calm()

    (comment,) = await CaseComment.filter(case_id=story.case.id)
    body = await Content.get(id=comment.body_id)  # type: ignore[attr-defined]
    assert body.body == "Chen Wei: Seen."
    assert comment.author_id == story.both.connection.principal_id  # type: ignore[attr-defined]
    assert (await Case.get(id=story.case.id)).priority is Priority.P1
    assert story.both.issue()["fields"]["priority"]["name"] == "Highest"
    assert (await MirrorConflict.get()).state is MirrorConflictState.BOUNCED


async def test_edits_of_different_fields_on_both_sides_are_both_kept(story: Story) -> None:
    await cases.assign(story.case.id, by=story.alice, assignee_id=story.bo.person_id)
    story.act("bo", "edit", fields={"priority": {"id": "4"}})

    await story.both.calm()

    case = await Case.get(id=story.case.id)
    fields = story.both.issue()["fields"]
    assert (case.priority, case.assignee_id) == (Priority.P4, story.bo.person_id)
    assert (fields["priority"]["name"], fields["assignee"]["accountId"]) == ("Low", "acc-bo")


async def test_edits_of_one_field_on_both_sides_keep_the_cases_and_record_the_other(story: Story) -> None:
    await cases.prioritize(story.case.id, by=story.alice, priority=Priority.P2)
    story.act("bo", "edit", fields={"priority": {"id": "4"}})

    await story.both.calm()

    conflict = await MirrorConflict.get()
    assert (conflict.ours, conflict.theirs, conflict.state) == ("P2", "P4", MirrorConflictState.SETTLED)
    assert story.both.issue()["fields"]["priority"]["name"] == "High"


async def test_done_without_a_decision_is_told_once_labelled_and_moved_back(story: Story) -> None:
    await cases.claim(story.case.id, by=story.bo)
    await story.both.calm()
    for _ in range(2):
        story.act("bo", "transition", to="Done")
        await story.both.calm()

    assert await story.state() is CaseState.IN_REVIEW
    assert story.status() == "In Progress"
    assert "caseward-needs-decision" in story.both.issue()["fields"]["labels"]
    (told,) = story.both.comments()
    assert "Policy, Decision, Reason" in told
    assert await CaseComment.filter(case_id=story.case.id).count() == 0


async def test_a_decision_filled_in_in_jira_is_a_decision(story: Story) -> None:
    await review.publish_policy(
        "live.scam", by=SYSTEM, body={"title": "Scams", "allowed_actions": ["WARN"]}, note="First"
    )  # fmt: skip
    story.act("bo", "transition", to="In Progress")
    await story.both.calm()

    filled = {
        "customfield_10104": "live.scam",
        "customfield_10105": {"value": "WARN"},
        "customfield_10106": "Sold what was not there.",
    }
    story.act("bo", "transition", to="Done", fields=filled)
    await story.both.calm()

    decision = await Decision.get(case_id=story.case.id)
    assert (decision.kind, decision.person_id) == (DecisionKind.VIOLATION, story.bo.person_id)
    assert (await story.state(), story.status(), story.both.comments()) == (CaseState.RESOLVED, "Done", [])


async def test_a_decision_half_filled_in_names_what_is_missing(story: Story) -> None:
    story.act("bo", "transition", to="In Progress")
    await story.both.calm()

    story.act("bo", "transition", to="Done", fields={"customfield_10105": {"value": "NO_ACTION"}})
    await story.both.calm()

    (told,) = story.both.comments()
    assert "Missing: Reason." in told
    assert not await Decision.exists()


async def test_a_tug_of_war_ends(story: Story) -> None:
    await cases.claim(story.case.id, by=story.bo)
    await story.both.calm()

    for _ in range(6):
        if story.status() != "Done":
            story.act("bo", "transition", to="Done")
        await story.both.calm()

    assert len(story.both.comments()) == 1
    assert (await story.state(), story.status()) == (CaseState.IN_REVIEW, "Done")


async def test_a_service_case_is_resolved_by_moving_it_to_done(story: Story) -> None:
    case = await cases.open_case("Refund", by=SYSTEM, kind=CaseKind.SERVICE)
    await story.both.calm()
    link = await MirrorLink.get(case_id=case.id)

    story.both.site.act("bo", "transition", str(link.remote_id), to="Done", force=True)
    await story.both.calm()

    assert (await Case.get(id=case.id)).state is CaseState.RESOLVED


async def test_a_refused_move_goes_back_with_a_word(story: Story) -> None:
    await cases.claim(story.case.id, by=story.alice)
    await story.both.calm()

    story.act("bo", "transition", to="Waiting")
    await story.both.calm()

    assert (await story.state(), story.status()) == (CaseState.IN_REVIEW, "In Progress")
    (told,) = story.both.comments()
    assert "Alice works on this case" in told


async def test_old_and_reordered_deliveries_change_nothing_that_is_not_so_in_jira(story: Story) -> None:
    story.act("bo", "edit", fields={"priority": {"id": "4"}})
    story.act("bo", "edit", fields={"priority": {"id": "3"}})
    newest_first = list(reversed(story.both.arrived()))

    for delivered in newest_first:
        await story.both.take(delivered)
        await story.both.settle()

    assert (await Case.get(id=story.case.id)).priority is Priority.P3
    assert await Event.filter(subject_id=story.case.id, kind="CasePrioritized").count() == 1


async def test_a_delivery_about_an_unknown_issue_or_about_nothing_is_kept_and_ignored(story: Story) -> None:
    before = await Event.filter(subject_id=story.case.id).count()
    story.both.forget()
    foreign = {"webhookEvent": "jira:issue_updated", "issue": {"id": "777", "key": "X-1"}}

    for body in (json.dumps(foreign).encode(), b"not json", b"[]"):
        await story.both.take(Delivered({}, body))
    await story.both.settle()

    states = [row.state for row in await MirrorInbox.all().order_by("received_at", "id")][-3:]
    assert states == [InboxState.IGNORED, InboxState.QUARANTINED, InboxState.QUARANTINED]
    assert await Event.filter(subject_id=story.case.id).count() == before
    assert story.both.site.requests() == []


async def test_what_we_wrote_comes_back_as_a_webhook_and_changes_nothing(story: Story) -> None:
    await cases.prioritize(story.case.id, by=story.alice, priority=Priority.P3)
    await story.both.settle()
    before = await Event.filter(subject_id=story.case.id).count()
    story.both.forget()

    assert await story.both.hear()

    assert story.both.writes() == []
    assert await Event.filter(subject_id=story.case.id).count() == before


async def test_a_change_made_by_hand_with_our_own_account_still_counts(story: Story) -> None:
    story.act("caseward", "edit", fields={"priority": {"id": "3"}})

    await story.both.calm()

    assert (await Case.get(id=story.case.id)).priority is Priority.P3


async def clashed(story: Story) -> MirrorConflict:
    """Both sides changed the priority, and the mapping lets neither win."""
    version = await versions.latest(ConfigKind.MIRROR_MAPPING, "jira")
    assert version is not None
    body = {**version.body, "winners": {"priority": MirrorWinner.NOBODY.value}}
    await mirror.publish_mapping("jira", body=body, by=SYSTEM)
    await cases.prioritize(story.case.id, by=story.alice, priority=Priority.P2)
    story.act("bo", "edit", fields={"priority": {"id": "4"}})
    await story.both.calm()
    return await MirrorConflict.get(state=MirrorConflictState.OPEN)


async def test_a_clash_nobody_may_win_waits_until_somebody_decides(story: Story) -> None:
    conflict = await clashed(story)
    assert (conflict.ours, conflict.theirs) == ("P2", "P4")
    assert (await Case.get(id=story.case.id)).priority is Priority.P2

    await mirror.resolve_conflict(conflict.id, by=story.alice, keep=MirrorWinner.TRACKER)
    await story.both.calm()

    assert (await Case.get(id=story.case.id)).priority is Priority.P4
    with pytest.raises(ConflictNotOpen):
        await mirror.resolve_conflict(conflict.id, by=story.alice, keep=MirrorWinner.CASE)


async def test_keeping_the_cases_value_writes_it_back(story: Story) -> None:
    conflict = await clashed(story)

    await mirror.resolve_conflict(conflict.id, by=story.alice, keep=MirrorWinner.CASE)
    await story.both.calm()

    assert story.both.issue()["fields"]["priority"]["name"] == "High"


async def test_a_change_is_its_authors_though_only_another_persons_delivery_arrived(story: Story) -> None:
    story.act("bo", "edit", fields={"priority": {"id": "4"}})
    story.both.site.tell("PUT", "webhooks", lose=True)
    story.act("alice", "edit", fields={"priority": {"id": "3"}})
    story.both.site.tell("PUT", "webhooks", lose=False)

    await story.both.calm()

    event = await Event.get(subject_id=story.case.id, kind="CasePrioritized")
    assert (event.actor_id, (await Case.get(id=story.case.id)).priority) == (story.alice.id, Priority.P3)


async def test_a_change_the_history_no_longer_names_is_its_deliverys_authors(story: Story) -> None:
    story.both.site.fail("GET", f"/issue/{story.both.issue()['id']}", "status", nth=3, status=200, body=BARE)
    story.act("bo", "edit", fields={"priority": {"id": "4"}})

    await story.both.calm()

    assert (await Event.get(subject_id=story.case.id, kind="CasePrioritized")).actor_id == story.bo.id
