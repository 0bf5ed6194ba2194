"""The emulator itself: webhooks, clients it never heard of, memory, and the board."""

import json
from pathlib import Path

import pytest
from jira import JIRA, JIRAError

from integrations.jira.inbound import Happened, concern, delivery_key, is_genuine
from tests.integrations.jira.running import BOT_EMAIL, BOT_TOKEN, Delivered, Listener, RunningSite, listening, started


def news(delivered: Delivered) -> tuple[Happened, str | None]:
    found = concern(json.loads(delivered.body))
    assert found is not None
    return found.happened, found.key


def genuine(delivered: Delivered) -> bool:
    return is_genuine(delivered.body, delivered.headers.get("x-hub-signature"), ["s3cret"])


def test_the_unmodified_client_library_works_with_it(site: RunningSite) -> None:
    client = JIRA(site.url, basic_auth=(BOT_EMAIL, BOT_TOKEN), max_retries=0)

    issue = client.create_issue(
        project="LIVEOPS", issuetype="Case", summary="Gore", labels=["gore"], priority={"name": "High"}
    )
    client.transition_issue(issue, "Start work")
    client.add_comment(issue, "Seen.")
    client.add_remote_link(issue.id, {"url": "https://desk.example.test", "title": "CASE-1"}, globalId="caseward:1")
    issue.update(fields={"summary": "Gore, live"})
    found = client.enhanced_search_issues("project = LIVEOPS AND labels = gore", fields=["summary", "status"])
    comments = client.comments(issue.id)

    client._session.close()
    assert [(each.fields.summary, each.fields.status.name) for each in found] == [("Gore, live", "In Progress")]
    assert [comment.body for comment in comments] == ["Seen."]


def test_the_client_library_sees_refusals_as_jiras_own(site: RunningSite) -> None:
    client = JIRA(site.url, basic_auth=(BOT_EMAIL, BOT_TOKEN), max_retries=0)

    with pytest.raises(JIRAError) as refused:
        client.create_issue(project={"key": "LIVEOPS"}, issuetype={"id": "10001"}, summary="two\nlines")

    client._session.close()
    assert refused.value.status_code == 400
    assert "newline" in str(refused.value.text)


def test_what_a_person_does_arrives_signed(site: RunningSite, listener: Listener) -> None:
    key = site.act("alice", "create", fields={"summary": "Gore"})["key"]
    created = listener.next()
    site.act("alice", "comment", key, body="Seen.")
    commented = listener.next()
    site.act("alice", "move", key, to="LEGAL")
    moved = listener.next()
    site.act("alice", "delete", key)
    deleted = listener.next()

    assert all(genuine(delivered) for delivered in (created, commented, moved, deleted))
    assert [news(delivered) for delivered in (created, commented)] == [
        (Happened.CREATED, key),
        (Happened.COMMENTED, key),
    ]
    assert news(moved)[0] is Happened.MOVED
    assert news(deleted)[0] is Happened.DELETED


def test_a_failed_delivery_is_tried_again_under_the_same_identifier(site: RunningSite, listener: Listener) -> None:
    listener.answers += [500, 429, 408]

    site.act("alice", "create", fields={"summary": "Gore"})
    tries = [listener.next() for _ in range(4)]

    assert len({delivery_key(each.headers, each.body) for each in tries}) == 1
    assert [each.headers.get("x-atlassian-webhook-retry") for each in tries] == [None, "1", "2", "3"]


def test_a_delivery_refused_for_good_is_lost(site: RunningSite, listener: Listener) -> None:
    listener.answers += [401]

    site.act("alice", "create", fields={"summary": "Lost"})
    listener.next()
    key = site.act("alice", "create", fields={"summary": "Next"})["key"]

    assert news(listener.next()) == (Happened.CREATED, key)


def test_a_delivery_can_be_lost_without_a_trace(site: RunningSite, listener: Listener) -> None:
    site.tell("PUT", "webhooks", lose=True)
    site.act("alice", "create", fields={"summary": "Unheard"})
    site.tell("PUT", "webhooks", lose=False)
    heard = site.act("alice", "create", fields={"summary": "Heard"})["key"]

    assert news(listener.next()) == (Happened.CREATED, heard)


def test_deliveries_can_be_doubled_reordered_and_forged(site: RunningSite, listener: Listener) -> None:
    site.tell("PUT", "webhooks", duplicate=True)
    site.act("alice", "create", fields={"summary": "Twice"})
    twice = [listener.next(), listener.next()]
    site.tell("PUT", "webhooks", duplicate=False, reorder=True)
    keys = [site.act("alice", "create", fields={"summary": f"No. {n}"})["key"] for n in range(2)]
    turned = [news(listener.next())[1], news(listener.next())[1]]
    site.tell("PUT", "webhooks", reorder=False, wrong_secret=True)
    site.act("alice", "create", fields={"summary": "Forged"})
    forged = listener.next()

    assert twice[0].body == twice[1].body
    assert turned == keys[::-1]
    assert not genuine(forged)


def test_data_center_sends_two_events_for_a_comment_and_no_identifier(dc_site: RunningSite) -> None:
    with listening() as listener:
        dc_site.tell("PUT", "webhooks", url=listener.url)
        issue = dc_site.act("alice", "create", fields={"summary": "Gore"})
        listener.next()
        dc_site.act("alice", "comment", issue["key"], body="Seen.")
        both = [listener.next(), listener.next()]
        dc_site.tell("PUT", "webhooks", url=None)

    concerns = [concern(json.loads(delivered.body)) for delivered in both]
    assert {found.issue for found in concerns if found} == {issue["id"]}
    assert {json.loads(delivered.body)["webhookEvent"] for delivered in both} == {
        "comment_created",
        "jira:issue_updated",
    }
    assert all("x-atlassian-webhook-identifier" not in delivered.headers for delivered in both)


def test_a_board_with_a_state_file_survives_a_restart(tmp_path: Path) -> None:
    state = ["--state", str(tmp_path / "board.json")]
    with started(*state) as site:
        key = site.act("alice", "create", fields={"summary": "Gore"})["key"]
        site.act("alice", "comment", key, body="Seen.")
    with started(*state) as site:
        issues = site.control.get("/board.json").json()["issues"]
        following = site.act("alice", "create", fields={"summary": "Next"})["key"]

    assert [(issue["key"], issue["fields"]["comment"]["total"]) for issue in issues] == [(key, 1)]
    assert following == "LIVEOPS-2"


def test_the_page_loads_nothing_from_elsewhere_and_never_writes_markup(site: RunningSite) -> None:
    page = site.control.get("/")

    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not [
        word
        for word in ("innerHTML", "insertAdjacentHTML", "document.write", "http://", "https://", "eval(")
        if word in page.text
    ]


def test_a_page_of_another_site_cannot_work_the_controls(site: RunningSite) -> None:
    answer = site.control.post(
        "/control/act", content='{"person":"alice","do":"create"}', headers={"Content-Type": "text/plain"}
    )

    assert answer.status_code == 415
    assert site.control.get("/board.json").json()["issues"] == []


def test_a_person_cannot_leave_the_workflow_but_an_administrator_can(site: RunningSite) -> None:
    key = site.act("alice", "create", fields={"summary": "Gore"})["key"]
    deed = {"person": "alice", "do": "transition", "issue": key, "to": "Done"}

    refused = site.control.post("/control/act", json=deed)
    forced = site.control.post("/control/act", json=deed | {"force": True})

    assert (refused.status_code, forced.status_code) == (409, 200)
