"""On-call and pages as clients meet them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain.core.actor import Actor
from domain.people.roles import Role
from tests.api.conftest import Client
from tests.builders import a_person

Login = Callable[[Actor], Awaitable[Client]]

SCHEDULE = {
    "tz": "UTC",
    "layers": [
        {"key": "primary", "period": "WEEK", "anchor": "2026-03-02T09:00:00", "participants": ["ada@example.org"]}
    ],
}
POLICY = {
    "fallback": ["mo@example.org"],
    "steps": [{"delay_s": 60, "targets": [{"kind": "SCHEDULE", "key": "live"}]}],
}

PUBLISH_SCHEDULE = """mutation ($spec: JSON!) { publishSchedule(
  input: {key: "live", spec: $spec, note: "first", effectiveFrom: "2026-01-01T00:00:00Z"}) {
  ... on PublishScheduleSuccess { rev schedule { key rev spec } } ... on Problem { code message } } }"""
PUBLISH_POLICY = """mutation ($spec: JSON!) {
  publishEscalationPolicy(input: {key: "live", spec: $spec, note: "first"}) {
    ... on PublishEscalationPolicySuccess { rev escalationPolicy { key spec } }
    ... on ValidationFailed { code problems { path message } } } }"""
RAISE = """mutation { raisePage(input: {policyKey: "live", title: "CASE-1 is late", dedupeKey: "clock-1"}) {
  ... on RaisePageSuccess { page { id key title status occurrences version subjectType case { id }
    runs { state step policyRev dueAt }
    notifications { nodes { state kind person { name } contact { address } } }
    timeline { nodes { __typename ... on PageStepTold { step told { name } } actor { name } } } } }
  ... on Problem { code message } } }"""
ACKNOWLEDGE = """mutation ($id: ID!, $version: Long) {
  acknowledgePage(input: {id: $id, expectedVersion: $version}) {
    ... on AcknowledgePageSuccess { page { status owner { name } notifications { nodes { state } } } }
    ... on Problem { code } ... on VersionConflict { current { ... on Page { version } } } } }"""


@pytest.fixture
async def mo(login: Login) -> Client:
    client = await login(await a_person("Mo", Role.MANAGER))
    ada = await login(await a_person("Ada", Role.RESPONDER))
    added = await ada(
        'mutation { addContactMethod(input: {kind: EMAIL, address: "ada@example.org"}) {'
        " ... on AddContactMethodSuccess { contactMethod { address verifiedAt } } } }"
    )
    assert added["addContactMethod"]["contactMethod"]["verifiedAt"]
    published = await client(PUBLISH_SCHEDULE, spec=SCHEDULE)
    assert published["publishSchedule"]["rev"] == 1
    return client


async def paged(client: Client) -> dict[str, Any]:
    await client(PUBLISH_POLICY, spec=POLICY)
    page: dict[str, Any] = (await client(RAISE))["raisePage"]["page"]
    return page


async def test_a_page_says_who_was_told_and_what_happened(mo: Client) -> None:
    page = await paged(mo)

    assert (page["status"], page["occurrences"], page["subjectType"], page["case"]) == (
        "TRIGGERED", 1, "principal", None,
    )  # fmt: skip
    assert [(run["state"], run["step"], run["policyRev"]) for run in page["runs"]] == [("ACTIVE", 0, 1)]
    assert page["notifications"]["nodes"] == [
        {"state": "PENDING", "kind": "EMAIL", "person": {"name": "Ada"}, "contact": {"address": "ada@example.org"}}
    ]
    assert page["timeline"]["nodes"] == [
        {"__typename": "PageRaised", "actor": {"name": "Mo"}},
        {"__typename": "PageStepTold", "step": 0, "told": [{"name": "Ada"}], "actor": {"name": "Caseward"}},
    ]
    listed = await mo("{ pages(filter: {status: {eq: TRIGGERED}}) { nodes { key } } }")
    assert listed["pages"]["nodes"] == [{"key": page["key"]}]


async def test_acknowledging_by_key_stops_what_was_not_sent_and_a_stale_version_shows_the_page(
    mo: Client, login: Login
) -> None:
    page, ada = await paged(mo), await login(await a_person("Ada"))

    stale = (await ada(ACKNOWLEDGE, id=page["key"], version=1))["acknowledgePage"]
    taken = (await ada(ACKNOWLEDGE, id=page["key"], version=page["version"]))["acknowledgePage"]

    assert stale == {"code": "VERSION_CONFLICT", "current": {"version": page["version"]}}
    assert taken["page"] == {
        "status": "ACKNOWLEDGED", "owner": {"name": "Ada"}, "notifications": {"nodes": [{"state": "CANCELLED"}]},
    }  # fmt: skip


async def test_who_is_on_call_follows_the_schedule_and_its_overrides(mo: Client) -> None:
    bo = await a_person("Bo")
    override = """mutation ($id: ID!) { createOverride(input: {scheduleKey: "live", kind: ADD, addedId: $id,
      startsAt: "2026-03-03T00:00:00Z", endsAt: "2026-03-03T02:00:00Z"}) {
      ... on CreateOverrideSuccess { override { id added { name } } } ... on Problem { code message } } }"""
    person = f"person_{bo.person_id.hex}" if bo.person_id else ""

    made = (await mo(override, id=person))["createOverride"]["override"]
    again = (await mo(override, id=person))["createOverride"]
    found = await mo(
        '{ onCall(schedule: "live", at: "2026-03-03T01:00:00Z") { person { name } layer overrideIds }'
        ' shifts(schedule: "live", from: "2026-03-03T01:00:00Z", to: "2026-03-03T03:00:00Z")'
        " { person { name } endsAt }"
        ' coverageGaps(schedule: "live", from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z") { startsAt } }'
    )

    assert again["code"] == "OVERRIDE_CONFLICT"
    assert made["id"] in again["message"]
    assert found["onCall"] == [
        {"person": {"name": "Ada"}, "layer": "primary", "overrideIds": []},
        {"person": {"name": "Bo"}, "layer": None, "overrideIds": [made["id"]]},
    ]
    assert [shift["person"]["name"] for shift in found["shifts"]] == ["Ada", "Bo"]


async def test_a_wrong_policy_is_refused_with_every_place_that_is_wrong(mo: Client) -> None:
    wrong = {"fallback": ["mo@example.org"], "steps": [{"delay_s": 0, "targets": [{"kind": "TEAM", "key": "x"}]}]}

    refused = (await mo(PUBLISH_POLICY, spec=wrong))["publishEscalationPolicy"]

    assert refused["problems"] == [
        {"path": ["spec", "steps", "0", "targets", "0", "key"], "message": "There is no team 'x'."}
    ]
    assert (await mo("{ escalationPolicies { nodes { key } } }"))["escalationPolicies"]["nodes"] == []


async def test_without_the_right_nobody_reads_pages_or_schedules(mo: Client, login: Login) -> None:
    page, rater = await paged(mo), await login(await a_person("Ra", Role.RATER))

    seen = await rater(
        "query ($id: ID!) { page(id: $id) { key } pages { totalCount { value } } schedules { totalCount { value } }"
        " contactMethods { totalCount { value } } }",
        id=page["id"],
    )
    refused = await rater.send('{ onCall(schedule: "live") { layer } }')

    none = {"totalCount": {"value": 0}}
    assert seen == {"page": None, "pages": none, "schedules": none, "contactMethods": none}
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
