"""What we send and what the emulator answers, held against Atlassian's own description."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from domain.mirror.outcomes import Ok
from domain.mirror.remote import Field, FieldValue, IssueDraft, LinkProof
from integrations.jira.tracker import JiraTracker
from tests.integrations.jira.contract import MISSING, document_path, ensure_answer, ensure_query, ensure_request
from tests.integrations.jira.running import BOT_EMAIL, BOT_TOKEN, RunningSite

pytestmark = pytest.mark.skipif(document_path() is None, reason=MISSING)
MARKER = "caseward-01930000-0000-7000-8000-000000000001"


class Asked:
    """Asks the emulator as Jira is asked, and checks every answer on its way."""

    def __init__(self, site: RunningSite) -> None:
        root = f"{site.url}/rest/api/2"
        self.client = httpx.Client(base_url=root, auth=(BOT_EMAIL, BOT_TOKEN), trust_env=False)

    def __call__(self, method: str, path: str, *, body: Any = None, expect: int = 200, **params: Any) -> Any:
        answer = self.client.request(method, path, json=body, params=params)
        assert answer.status_code == expect, answer.text
        value = answer.json() if answer.content else None
        if value is not None:
            ensure_answer(method, path, answer.status_code, value)
        return value


@pytest.fixture
def ask(site: RunningSite) -> Any:
    asked = Asked(site)
    yield asked
    asked.client.close()


def new_issue(**fields: Any) -> dict[str, Any]:
    given = {"project": {"key": "LIVEOPS"}, "issuetype": {"id": "10001"}, "summary": "Gore in a live room"}
    return {"fields": given | fields}


def test_every_answer_about_the_site_has_atlassians_shape(ask: Any) -> None:
    ask("GET", "/serverInfo")
    ask("GET", "/myself")
    ask("GET", "/field")
    ask("GET", "/priority")
    ask("GET", "/project/LIVEOPS")
    ask("GET", "/project/LIVEOPS/statuses")
    ask("GET", "/issue/createmeta/LIVEOPS/issuetypes")
    ask("GET", "/issue/createmeta/LIVEOPS/issuetypes/10001")
    ask("GET", "/mypermissions", permissions="BROWSE_PROJECTS,EDIT_ISSUES")
    people = ask("GET", "/user/search", query="alice")

    assert [person["accountId"] for person in people] == ["acc-alice"]


def test_every_answer_about_an_issue_has_atlassians_shape(ask: Any) -> None:
    key = ask("POST", "/issue", body=new_issue(), expect=201)["key"]
    ask("PUT", f"/issue/{key}", body={"fields": {"priority": {"id": "1"}, "customfield_10103": 4.5}}, expect=204)
    comment = ask("POST", f"/issue/{key}/comment", body={"body": "Seen."}, expect=201)["id"]
    ask("PUT", f"/issue/{key}/properties/caseward.link", body={"case": "1"}, expect=201)
    link = {"globalId": "caseward:1", "object": {"url": "https://desk.example.test/1", "title": "CASE-1"}}
    ask("POST", f"/issue/{key}/remotelink", body=link, expect=201)
    ask("POST", f"/issue/{key}/remotelink", body=link, expect=200)
    ask("POST", f"/issue/{key}/transitions", body={"transition": {"id": "11"}}, expect=204)

    ask("GET", f"/issue/{key}", expand="changelog", properties="*all")
    ask("GET", f"/issue/{key}/changelog")
    ask("GET", f"/issue/{key}/transitions", expand="transitions.fields")
    ask("GET", f"/issue/{key}/comment", expand="properties")
    ask("GET", f"/issue/{key}/comment/{comment}")
    ask("GET", f"/issue/{key}/properties")
    ask("GET", f"/issue/{key}/properties/caseward.link")
    ask("GET", f"/issue/{key}/remotelink")
    ask("POST", "/issue/bulkfetch", body={"issueIdsOrKeys": [key, "999"]})
    found = ask("GET", "/search/jql", jql="project = LIVEOPS", fields="summary,updated")

    assert [issue["key"] for issue in found["issues"]] == [key]


def test_every_refusal_has_atlassians_shape(ask: Any) -> None:
    ask("POST", "/issue", body=new_issue(summary=""), expect=400)
    ask("POST", "/issue", body=new_issue(nonsense=1), expect=400)
    ask("GET", "/issue/LIVEOPS-404", expect=404)
    ask("GET", "/search/jql", jql="", expect=400)
    removed = ask.client.get("/search", params={"jql": "project = LIVEOPS"})

    assert removed.status_code == 410
    assert "CHANGE-2046" in removed.json()["errorMessages"][0]


async def test_every_request_of_the_tracker_is_one_atlassian_describes(site: RunningSite, tracker: JiraTracker) -> None:
    proof = LinkProof("case-1", "connection-1", MARKER)
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    fields: dict[Field, FieldValue] = {Field.SUMMARY: "Gore", Field.DESCRIPTION: "…", Field.DUE: moment}
    fields |= {Field.RANK: Decimal("1.5")}
    assert isinstance(await tracker.check(), Ok)
    created = await tracker.create(IssueDraft(proof, fields | {Field.PRIORITY: "P1", Field.LABELS: ("gore",)}))
    assert isinstance(created, Ok)
    issue_id = created.value.issue_id
    assert isinstance(await tracker.find_by_marker(MARKER), Ok)
    assert isinstance(await tracker.prove(issue_id, proof), Ok)
    assert isinstance(await tracker.link_back(issue_id, case="1", url="https://d.example.test/1", title="CASE-1"), Ok)
    assert isinstance(await tracker.update(issue_id, {Field.ASSIGNEE: "person-bo"}, cause="op-1"), Ok)
    assert isinstance(await tracker.update(issue_id, {Field.LABELS: ("a", "b")}), Ok)
    assert isinstance(await tracker.transition(issue_id, "RESOLVED", fields={Field.REASON: "Seen."}), Ok)
    assert isinstance(await tracker.comment(issue_id, "Done.", marker="m-1"), Ok)
    assert isinstance(await tracker.read(issue_id, with_comments=True), Ok)
    assert isinstance(await tracker.read_many([issue_id]), Ok)
    assert isinstance(await tracker.history(issue_id), Ok)
    site.act("alice", "create", fields={"summary": "Another"})
    first = await tracker.changed_since("LIVEOPS", datetime.now(UTC) - timedelta(minutes=5), size=1)
    assert isinstance(first, Ok)
    page = first.value.next_page
    assert isinstance(await tracker.changed_since("LIVEOPS", datetime.now(UTC), page=page, size=1), Ok)

    sent = site.requests()
    for request in sent:
        ensure_request(request["method"], request["path"], request["body"])
        ensure_query(request["method"], request["path"], set(dict(parse_qsl(request["query"]))))
    assert len({(request["method"], request["path"]) for request in sent}) >= 12
