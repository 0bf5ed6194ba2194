"""The port's promises, kept against a Jira that misbehaves."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.mirror.outcomes import Ambiguous, NotVisible, Ok, Rejected, RejectedBy
from domain.mirror.remote import Field, FieldValue, IssueDraft, LinkProof, RemoteIssue, RemotePerson
from domain.mirror.written import Blocked, BlockedBy, Created, Moved, ScreenField
from integrations.jira.tracker import JiraTracker
from tests.integrations.jira.running import RunningSite

MARKER = "caseward-01930000-0000-7000-8000-000000000001"
PROOF = LinkProof("case-1", "connection-1", MARKER)
DUE = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)


def draft(**more: Any) -> IssueDraft:
    fields = {Field.SUMMARY: "Gore in a live room", Field.PRIORITY: "P1", Field.LABELS: ("gore",)}
    return IssueDraft(PROOF, fields | {Field(name): value for name, value in more.items()}, "https://d.test/CASE-1")


async def made(tracker: JiraTracker, **more: Any) -> Created:
    outcome = await tracker.create(draft(**more))
    assert isinstance(outcome, Ok), outcome
    return outcome.value


async def seen(tracker: JiraTracker, issue_id: str) -> RemoteIssue:
    outcome = await tracker.read(issue_id, with_comments=True)
    assert isinstance(outcome, Ok), outcome
    return outcome.value


async def test_what_is_created_reads_back_as_it_was_meant(tracker: JiraTracker) -> None:
    created = await made(
        tracker,
        description="Look:\n{noformat}[~accountid:acc-alice] !http://evil.test/x.png!",
        assignee="person-alice",
        due=DUE,
        clock_state="RUNNING",
        rank=Decimal("17.25"),
    )

    issue = await seen(tracker, created.issue_id)

    assert issue.fields == {
        Field.SUMMARY: "Gore in a live room",
        Field.DESCRIPTION: "Look:\n{noformat}[~accountid:acc-alice] !http://evil.test/x.png!",
        Field.PRIORITY: "P1",
        Field.ASSIGNEE: RemotePerson("acc-alice", "Alice Moreau", "person-alice"),
        Field.DUE: DUE,
        Field.CLOCK_STATE: "RUNNING",
        Field.RANK: Decimal("17.25"),
        Field.LABELS: ("gore",),
        Field.POLICY: None,
        Field.DECISION: None,
        Field.REASON: None,
    }
    assert (issue.marker, issue.proof, issue.state) == (MARKER, PROOF, "QUEUED")
    assert issue.states == {"NEW", "TRIAGED", "QUEUED"}
    assert not created.skipped
    assert not issue.unread


async def test_a_create_with_a_lost_reply_is_found_by_its_marker_once_the_index_knows(
    site: RunningSite, tracker: JiraTracker
) -> None:
    site.tell("PUT", "settings", index_lag=60)
    site.fail("POST", "/issue", "commit-then-drop")

    outcome = await tracker.create(draft())
    too_early = await tracker.find_by_marker(MARKER)
    site.tell("PUT", "settings", clock_offset=61)
    found = await tracker.find_by_marker(MARKER)

    assert outcome == Ambiguous()
    assert too_early == Ok(())
    assert isinstance(found, Ok)
    assert [issue.proof for issue in found.value] == [PROOF]
    assert site.asked("POST", "/issue") == 1


async def test_a_clone_has_the_marker_but_not_the_proof(site: RunningSite, tracker: JiraTracker) -> None:
    created = await made(tracker)
    clone = site.act("alice", "clone", created.key)["clone"]["id"]

    found = await tracker.find_by_marker(MARKER)

    assert isinstance(found, Ok)
    assert [(issue.id, issue.proof) for issue in found.value] == [(created.issue_id, PROOF), (clone, None)]


async def test_a_moved_issue_keeps_its_id_and_says_it_left(site: RunningSite, tracker: JiraTracker) -> None:
    created = await made(tracker)
    site.act("alice", "move", created.key, to="LEGAL")

    issue = await seen(tracker, created.issue_id)

    assert (issue.id, issue.key, issue.in_scope) == (created.issue_id, "LEGAL-" + issue.key[6:], False)


async def test_deleted_and_hidden_look_the_same(site: RunningSite, tracker: JiraTracker) -> None:
    deleted, hidden = await made(tracker), await made(tracker)
    site.act("alice", "delete", deleted.key)
    site.tell("PUT", "permissions", person="caseward", denied=["BROWSE_PROJECTS"])

    assert await tracker.read(deleted.issue_id) == NotVisible()
    assert await tracker.read(hidden.issue_id) == NotVisible()


async def test_many_are_read_at_once_and_the_missing_are_named(site: RunningSite, tracker: JiraTracker) -> None:
    created = await made(tracker)

    outcome = await tracker.read_many([created.issue_id, "999999"])

    assert isinstance(outcome, Ok)
    assert [issue.proof for issue in outcome.value.issues] == [PROOF]
    assert outcome.value.missing == ("999999",)


async def test_somebody_without_an_account_is_left_out_and_said(tracker: JiraTracker) -> None:
    created = await made(tracker, assignee="person-nobody-knows")

    assert created.skipped == (Field.ASSIGNEE,)


async def test_a_refused_optional_field_does_not_keep_the_rest_out(site: RunningSite, tracker: JiraTracker) -> None:
    created = await made(tracker, assignee="person-gus", clock_state="NO_SUCH_STATE", rank=Decimal(3))

    issue = await seen(tracker, created.issue_id)

    assert set(created.skipped) == {Field.ASSIGNEE, Field.CLOCK_STATE}
    assert issue.fields[Field.RANK] == Decimal(3)
    assert len(site.control.get("/board.json").json()["issues"]) == 1


async def test_a_refused_needed_field_is_named_and_nothing_is_made(site: RunningSite, tracker: JiraTracker) -> None:
    outcome = await tracker.create(draft(decision="NO_SUCH_DECISION"))

    assert isinstance(outcome, Rejected)
    assert outcome.fields == (Field.DECISION,)
    assert site.control.get("/board.json").json()["issues"] == []


async def test_a_text_limit_jira_names_is_learned_and_the_text_cut_to_it(
    site: RunningSite, tracker: JiraTracker
) -> None:
    site.tell("PUT", "settings", text_limit=1_000)

    created = await made(tracker, description="word " * 1_000)
    again = await tracker.update(created.issue_id, {Field.DESCRIPTION: "other " * 1_000})
    site.tell("PUT", "settings", text_limit=32_767)

    stored = site.control.get("/board.json").json()["issues"][0]["fields"]["description"]
    assert isinstance(again, Ok)
    assert len(stored) <= 1_000 + stored.count("\r")
    assert "more characters" in stored
    assert site.asked("POST", "/issue") == 2
    assert site.asked("PUT", f"/issue/{created.issue_id}") == 1


async def test_an_update_sends_the_difference_once_and_reads_it_back(site: RunningSite, tracker: JiraTracker) -> None:
    created = await made(tracker)
    diff: dict[Field, FieldValue] = {Field.PRIORITY: "P3", Field.LABELS: ("calm", "gore"), Field.ASSIGNEE: "person-bo"}

    outcome = await tracker.update(created.issue_id, diff, cause="operation-7")

    assert isinstance(outcome, Ok)
    assert outcome.value.issue.fields[Field.LABELS] == ("calm", "gore")
    assert outcome.value.issue.marker == MARKER
    assert outcome.value.ignored == ()
    history = site.control.get("/board.json").json()["issues"][0]["history"]
    assert history[0]["historyMetadata"]["generator"]["id"] == "operation-7"
    assert site.asked("PUT", f"/issue/{created.issue_id}") == 1


async def test_a_value_jira_accepts_and_forgets_is_noticed(site: RunningSite, tracker: JiraTracker) -> None:
    created = await made(tracker)
    site.fail("PUT", "/issue/*", "status", status=200, body={})

    outcome = await tracker.update(created.issue_id, {Field.ASSIGNEE: "person-bo"})

    assert isinstance(outcome, Ok)
    assert outcome.value.ignored == (Field.ASSIGNEE,)


async def test_a_write_we_may_not_make_is_refused_and_changes_nothing(site: RunningSite, tracker: JiraTracker) -> None:
    created = await made(tracker)
    before = await seen(tracker, created.issue_id)
    site.tell("PUT", "permissions", person="caseward", denied=["EDIT_ISSUES"])

    outcome = await tracker.update(created.issue_id, {Field.SUMMARY: "Changed"})

    assert isinstance(outcome, Rejected)
    assert outcome.reason is RejectedBy.FORBIDDEN
    assert await seen(tracker, created.issue_id) == before


async def test_a_write_that_changes_nothing_leaves_no_trace(site: RunningSite, tracker: JiraTracker) -> None:
    created = await made(tracker, description="one\ntwo")
    before = await seen(tracker, created.issue_id)

    outcome = await tracker.update(created.issue_id, {Field.DESCRIPTION: "one\ntwo", Field.PRIORITY: "P1"})

    assert isinstance(outcome, Ok)
    assert outcome.value.issue.updated == before.updated


async def test_a_status_two_steps_away_is_reached_through_the_one_between(tracker: JiraTracker) -> None:
    created = await made(tracker)

    outcome = await tracker.transition(created.issue_id, "RESOLVED")
    again = await tracker.transition(created.issue_id, "CLOSED")

    assert isinstance(outcome, Ok)
    assert [status.name for status in outcome.value.hops] == ["In Progress", "Done"]
    assert again == Ok(Moved(outcome.value.status))


async def test_a_screen_nobody_can_fill_is_named_and_not_hammered(site: RunningSite) -> None:
    tracker = site.tracker()
    tracker.mapping.screens.clear()
    created = await made(tracker)

    outcome = await tracker.transition(created.issue_id, "RESOLVED")

    await tracker.close()
    assert isinstance(outcome, Blocked)
    assert outcome.reason is BlockedBy.MISSING_FIELDS
    assert outcome.missing == (ScreenField("resolution", "Resolution", ("Done", "Won't do", "Duplicate")),)
    assert outcome.status is not None
    assert outcome.status.name == "In Progress"
    assert site.asked("POST", f"/issue/{created.issue_id}/transitions") == 1


async def test_a_workflow_without_a_way_says_what_there_is(site: RunningSite, tracker: JiraTracker) -> None:
    steps = [{"id": "7", "name": "Drop", "source": "10000", "target": "10005", "screen": {}}]
    site.tell("PUT", "workflow", steps=steps)
    created = await made(tracker)

    outcome = await tracker.transition(created.issue_id, "ESCALATED")

    assert isinstance(outcome, Blocked)
    assert outcome.reason is BlockedBy.NO_PATH
    assert [status.name for status in outcome.available] == ["Cancelled"]


async def test_a_hop_whose_reply_was_lost_is_looked_at_not_repeated(site: RunningSite, tracker: JiraTracker) -> None:
    created = await made(tracker)
    site.fail("POST", "/issue/*/transitions", "commit-then-drop")

    outcome = await tracker.transition(created.issue_id, "ON_HOLD")

    assert isinstance(outcome, Ok)
    assert [status.name for status in outcome.value.hops] == ["In Progress", "Waiting"]
    assert site.asked("POST", f"/issue/{created.issue_id}/transitions") == 2


async def test_a_refused_hop_is_planned_again_once(site: RunningSite, tracker: JiraTracker) -> None:
    created = await made(tracker)
    site.fail("POST", "/issue/*/transitions", "status", status=400)

    recovered = await tracker.transition(created.issue_id, "IN_REVIEW")
    site.fail("POST", "/issue/*/transitions", "status", status=400, times=99)
    refused = await tracker.transition(created.issue_id, "ON_HOLD")

    assert isinstance(recovered, Ok)
    assert isinstance(refused, Blocked)
    assert refused.reason is BlockedBy.REFUSED
    assert refused.messages == ("Emulated 400.",)


async def test_a_state_without_a_status_is_blocked_without_a_request(site: RunningSite, tracker: JiraTracker) -> None:
    assert await tracker.transition("1", "UNHEARD_OF") == Blocked(BlockedBy.UNMAPPED_STATE)
    assert site.requests() == []


async def test_the_decision_made_on_jiras_screen_can_be_read(site: RunningSite, tracker: JiraTracker) -> None:
    created = await made(tracker)
    site.act("bo", "transition", created.key, to="In Progress")
    screen = {
        "customfield_10104": "hate.slurs",
        "customfield_10105": {"value": "REMOVE"},
        "customfield_10106": "Clear.",
    }
    site.act("bo", "transition", created.key, to="Done", fields=screen)

    issue = await seen(tracker, created.issue_id)

    assert issue.state == "RESOLVED"
    assert (issue.fields[Field.POLICY], issue.fields[Field.DECISION]) == ("hate.slurs", "REMOVE")
    assert issue.fields[Field.REASON] == "Clear."


async def test_a_comment_with_a_lost_reply_is_found_by_its_marker(site: RunningSite, tracker: JiraTracker) -> None:
    created = await made(tracker)
    site.act("alice", "comment", created.key, body="Who takes this?")
    before = (await seen(tracker, created.issue_id)).comments
    site.fail("POST", "/issue/*/comment", "commit-then-drop")

    outcome = await tracker.comment(created.issue_id, "I do.", marker="comment-1")
    after = await tracker.comments_since(created.issue_id, before[-1].id)

    assert outcome == Ambiguous()
    assert isinstance(after, Ok)
    assert [(comment.marker, comment.body) for comment in after.value] == [("comment-1", "I do.")]
    assert before[0].author == RemotePerson("acc-alice", "Alice Moreau", "person-alice")


async def test_a_long_discussion_arrives_whole_and_in_order(site: RunningSite, tracker: JiraTracker) -> None:
    created = await made(tracker)
    for number in range(205):
        site.act("alice", "comment", created.key, body=f"No. {number}")

    everything = await tracker.comments_since(created.issue_id, None)

    assert isinstance(everything, Ok)
    assert [comment.body for comment in everything.value] == [f"No. {number}" for number in range(205)]


async def test_changes_come_oldest_first_over_all_pages(site: RunningSite, tracker: JiraTracker) -> None:
    keys = [(await made(tracker)).key for _ in range(5)]
    site.act("alice", "edit", keys[0], fields={"summary": "Again"})
    since = datetime.now(UTC) - timedelta(minutes=10)

    found: list[str] = []
    page: str | None = None
    for _ in range(3):
        outcome = await tracker.changed_since("LIVEOPS", since, page=page, size=2)
        assert isinstance(outcome, Ok)
        found += [change.key for change in outcome.value.changes]
        page = outcome.value.next_page

    assert page is None
    assert found == [*keys[1:], keys[0]]


async def test_nothing_older_than_the_mark_is_listed(tracker: JiraTracker) -> None:
    await made(tracker)

    outcome = await tracker.changed_since("LIVEOPS", datetime.now(UTC) + timedelta(minutes=1))

    assert isinstance(outcome, Ok)
    assert outcome.value.changes == ()


async def walked(tracker: JiraTracker, since: datetime, *, size: int) -> list[list[str]]:
    """The ids of every page from `since` on."""
    pages: list[list[str]] = []
    page: str | None = None
    while page is not None or not pages:
        outcome = await tracker.changed_since("LIVEOPS", since, page=page, size=size)
        assert isinstance(outcome, Ok), outcome
        pages.append([change.id for change in outcome.value.changes])
        page = outcome.value.next_page
    return pages


@pytest.mark.parametrize("kind", ["site", "dc_site"])
async def test_changes_of_one_instant_go_over_as_many_pages_as_they_need(
    kind: str, request: pytest.FixtureRequest
) -> None:
    here: RunningSite = request.getfixturevalue(kind)
    here.tell("PUT", "settings", stopped=True)
    made_at_once = {here.act("alice", "create", fields={"summary": f"No. {n}"})["id"] for n in range(25)}
    tracker = here.tracker()

    pages = await walked(tracker, datetime.now(UTC) - timedelta(minutes=5), size=10)

    await tracker.close()
    assert {issue for page in pages for issue in page} == made_at_once
    assert len(pages) in {3, 4}


async def test_an_issue_that_changes_while_the_pages_are_turned_hides_no_other(
    site: RunningSite, tracker: JiraTracker
) -> None:
    keys = [site.act("alice", "create", fields={"summary": f"No. {n}"})["id"] for n in range(6)]
    since = datetime.now(UTC) - timedelta(minutes=5)

    first = await tracker.changed_since("LIVEOPS", since, size=3)
    site.act("alice", "edit", keys[0], fields={"summary": "Again"})
    assert isinstance(first, Ok)
    second = await tracker.changed_since("LIVEOPS", since, page=first.value.next_page, size=10)

    assert isinstance(second, Ok)
    assert [change.id for change in second.value.changes] == [*keys[3:], keys[0]]


@pytest.mark.parametrize("kind", ["site", "dc_site"])
async def test_a_page_that_is_no_longer_good_is_refused_as_invalid(kind: str, request: pytest.FixtureRequest) -> None:
    here: RunningSite = request.getfixturevalue(kind)
    tracker = here.tracker()

    outcome = await tracker.changed_since("LIVEOPS", datetime.now(UTC), page="forgotten")

    await tracker.close()
    assert isinstance(outcome, Rejected)
    assert outcome.reason is RejectedBy.INVALID


async def test_data_center_is_asked_in_the_time_zone_of_our_account(dc_site: RunningSite) -> None:
    dana = dc_site.tracker(user="dana@example.test", token="dana-token")
    issue = dc_site.act("alice", "create", fields={"summary": "Now"})["id"]

    recent = await walked(dana, datetime.now(UTC) - timedelta(minutes=2), size=10)
    later = await walked(dana, datetime.now(UTC) + timedelta(minutes=2), size=10)

    await dana.close()
    assert (recent, later) == ([[issue]], [[]])


@pytest.mark.parametrize("kind", ["site", "dc_site"])
async def test_the_history_names_who_changed_what_newest_first(kind: str, request: pytest.FixtureRequest) -> None:
    here: RunningSite = request.getfixturevalue(kind)
    tracker = here.tracker()
    created = await made(tracker)
    here.act("bo", "edit", created.key, fields={"priority": {"id": "4"}})
    here.act("alice", "transition", created.key, to="In Progress")

    outcome = await tracker.history(created.issue_id)

    await tracker.close()
    assert isinstance(outcome, Ok)
    told = [(change.author.person, set(change.fields)) for change in outcome.value]
    assert told == [("person-alice", {Field.STATUS}), ("person-bo", {Field.PRIORITY})]


async def test_linking_back_twice_leaves_one_link(site: RunningSite, tracker: JiraTracker) -> None:
    created = await made(tracker)

    for title in ("CASE-1", "CASE-1 (closed)"):
        outcome = await tracker.link_back(created.issue_id, case="1", url="https://d.test/1", title=title)
        assert outcome == Ok(None)

    gateway = site.gateway()
    links = await gateway.call("GET", f"issue/{created.issue_id}/remotelink")
    await gateway.close()
    assert isinstance(links, Ok)
    assert [link["object"]["title"] for link in links.value] == ["CASE-1 (closed)"]


@pytest.mark.parametrize("marker", ["caseward-1", 'caseward-x" OR project = LEGAL', ""])
async def test_only_a_marker_may_enter_a_query(tracker: JiraTracker, marker: str) -> None:
    with pytest.raises(ValueError, match="UUID"):
        await tracker.find_by_marker(marker)


async def test_data_center_keeps_the_same_promises(dc_site: RunningSite, dc_tracker: JiraTracker) -> None:
    created = await made(dc_tracker, assignee="person-alice", description="Look.")
    await dc_tracker.comment(created.issue_id, "Ours.", marker="comment-1")
    dc_site.act("alice", "comment", created.key, body="Quoting:\n\ncaseward:cmt:comment-1")

    found = await dc_tracker.find_by_marker(MARKER)
    comments = await dc_tracker.comments_since(created.issue_id, None)
    changes = await dc_tracker.changed_since("LIVEOPS", datetime.now(UTC) - timedelta(minutes=5))
    many = await dc_tracker.read_many([created.issue_id, "999999"])
    moved = await dc_tracker.transition(created.issue_id, "ON_HOLD")

    assert isinstance(found, Ok)
    assert [issue.proof for issue in found.value] == [PROOF]
    assert found.value[0].fields[Field.ASSIGNEE] == RemotePerson("acc-alice", "Alice Moreau", "person-alice")
    assert isinstance(comments, Ok)
    assert [comment.marker for comment in comments.value] == ["comment-1", None]
    assert comments.value[0].body == "Ours."
    assert isinstance(changes, Ok)
    assert [change.id for change in changes.value.changes] == [created.issue_id]
    assert isinstance(many, Ok)
    assert many.value.missing == ("999999",)
    assert isinstance(moved, Ok)
