"""Policies, decisions and enforcements through GraphQL."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain.core.actor import Actor
from domain.core.models import Event
from domain.people.roles import Role
from domain.review import actions as review
from domain.review.models import Enforcement
from domain.review.states import ReceiptState
from tests.api.conftest import Client
from tests.builders import a_person
from tests.domain.decisions import PLATFORM, a_claimed_case, a_policy

Login = Callable[[Actor], Awaitable[Client]]
PROBLEM = "... on Problem { __typename code message path }"


def call(name: str, fields: str) -> str:
    kind = name[0].upper() + name[1:]
    return (
        f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ ... on {kind}Success {{ {fields} }} {PROBLEM} }}}}"
    )


DECIDE = call(
    "decideCase",
    """token case { state decisions { id } enforcements { action } }
    decision { id kind current reasoning privateNote automation approval person { name } policies { key rev title }
    enforcements { id action state lasting subject { externalRef } } }""",
)
PUBLISH = call(
    "publishContentPolicy",
    "contentPolicy { key rev title severity allowedActions defaultActions { action lasting } inEffect automation }",
)


async def test_a_policy_is_published_and_a_decision_stands_on_it(login: Login) -> None:
    claimed = await a_claimed_case()
    owner, ada = await login(await a_person("Mo", Role.POLICY_OWNER)), await login(claimed.ada)
    body: dict[str, Any] = {
        "key": "live.scam", "title": "Scams", "severity": "SEV1", "allowedActions": ["END_STREAM", "SUSPEND"],
        "defaultActions": [{"action": "END_STREAM"}, {"action": "SUSPEND", "lasting": "P7D"}], "note": "first",
    }  # fmt: skip

    published = await owner(PUBLISH, input=body)
    given = {"id": f"CASE-{claimed.case.number}", "expectedVersion": claimed.case.version, "kind": "VIOLATION"}
    decided = await ada(
        DECIDE, input=given | {"reasoning": "Sells lies.", "policyKeys": ["live.scam"], "privateNote": "Again."}
    )

    assert published["publishContentPolicy"]["contentPolicy"] == {
        "key": "live.scam", "rev": 1, "title": "Scams", "severity": "SEV1", "inEffect": True, "automation": "NOT",
        "allowedActions": ["END_STREAM", "SUSPEND"],
        "defaultActions": [{"action": "END_STREAM", "lasting": None}, {"action": "SUSPEND", "lasting": "PT168H"}],
    }  # fmt: skip
    found = decided["decideCase"]
    assert found["case"]["state"] == "ENFORCING"
    assert found["case"]["decisions"] == [{"id": found["decision"]["id"]}]
    assert {e["action"] for e in found["case"]["enforcements"]} == {"END_STREAM", "SUSPEND"}
    decision = found["decision"]
    assert (decision["current"], decision["reasoning"], decision["privateNote"]) == (True, "Sells lies.", "Again.")
    assert decision["policies"] == [{"key": "live.scam", "rev": 1, "title": "Scams"}]
    assert decision["person"] == {"name": "Ada"}
    assert {e["action"]: e["lasting"] for e in decision["enforcements"]} == {"END_STREAM": None, "SUSPEND": "PT168H"}


@pytest.mark.parametrize(
    ("given", "kind", "code", "path"),
    [
        ({"policyKeys": []}, "Refused", "POLICY_NEEDED", ["policyKeys"]),
        ({"policyKeys": ["live.none"]}, "NotFound", "NOT_FOUND", ["policyKeys"]),
        ({"kind": "NO_VIOLATION", "actions": [{"action": "WARN"}]}, "Refused", "ENFORCEMENT_WITHOUT_VIOLATION",
         ["actions"]),
        ({"actions": [{"action": "MUTE"}]}, "Refused", "ACTION_NOT_ALLOWED", ["actions"]),
        ({"actions": [{"action": "WARN", "lasting": "PT0S"}]}, "ValidationFailed", "VALIDATION_FAILED",
         ["actions", "0", "lasting"]),
        ({"expectedVersion": 1}, "VersionConflict", "VERSION_CONFLICT", ["expectedVersion"]),
        ({"leaseToken": "?"}, "ValidationFailed", "VALIDATION_FAILED", ["leaseToken"]),
    ],
)  # fmt: skip
async def test_a_refused_decision_is_a_problem_and_changes_nothing(
    login: Login, given: dict[str, Any], kind: str, code: str, path: list[str]
) -> None:
    await a_policy()
    claimed = await a_claimed_case()
    ada = await login(claimed.ada)
    asked = {
        "id": f"CASE-{claimed.case.number}", "expectedVersion": None, "kind": "VIOLATION", "reasoning": "Lies.",
        "policyKeys": ["live.scam"],
    }  # fmt: skip
    before = await Event.all().count()

    problem = (await ada(DECIDE, input=asked | given))["decideCase"]

    assert (problem["__typename"], problem["code"], problem["path"]) == (kind, code, path)
    assert await Event.all().count() == before


async def test_a_lead_finds_what_failed_and_retries_or_waives_it(login: Login) -> None:
    await a_policy()
    claimed = await a_claimed_case()
    ada, bo = await login(claimed.ada), await login(claimed.bo)
    asked = {"id": f"CASE-{claimed.case.number}", "expectedVersion": None, "kind": "VIOLATION", "reasoning": "Lies."}
    await ada(DECIDE, input=asked | {"policyKeys": ["live.scam"]})
    for row in await Enforcement.all():
        await review.record_receipt(row.id, by=PLATFORM, state=ReceiptState.FAILED, code="ROOM_NOT_FOUND")

    failed = await bo(
        """{ enforcements(filter: {state: {eq: FAILED}}) { nodes { id failureCode case { key state }
        viewerCan { action allowed } } } }"""
    )
    one, other = failed["enforcements"]["nodes"]
    retry, waive = (
        call("retryEnforcement", "enforcement { state }"),
        call("waiveEnforcement", "enforcement { waivedAt }"),
    )
    refused = await ada(retry, input={"id": one["id"]})
    retried = await bo(retry, input={"id": one["id"]})
    again = await bo(retry, input={"id": one["id"]})
    waived = await bo(waive, input={"id": other["id"], "reason": "Gone anyway."})

    assert (one["failureCode"], one["case"]["state"]) == ("ROOM_NOT_FOUND", "ENFORCING")
    assert one["viewerCan"] == [{"action": "RETRY", "allowed": True}, {"action": "WAIVE", "allowed": True}]
    assert refused["retryEnforcement"]["code"] == "FORBIDDEN"
    assert retried["retryEnforcement"]["enforcement"]["state"] == "PLANNED"
    assert again["retryEnforcement"]["code"] == "ENFORCEMENT_NOT_FAILED"
    assert waived["waiveEnforcement"]["enforcement"]["waivedAt"]


async def test_private_notes_and_hidden_cases_stay_hidden(login: Login) -> None:
    await a_policy()
    claimed = await a_claimed_case()
    ada, viewer = await login(claimed.ada), await login(await a_person("Cy", Role.VIEWER))
    flagger = await login(await a_person("Flo", Role.FLAGGER))
    asked = {"id": f"CASE-{claimed.case.number}", "expectedVersion": None, "kind": "NO_VIOLATION", "reasoning": "Fine."}
    await ada(DECIDE, input=asked | {"privateNote": "Her cousin."})
    everything = """{ decisions { totalCount { value } nodes { reasoning privateNote } }
        contentPolicies(filter: {inEffect: {eq: true}}) { nodes { key } } }"""

    seen, unseen = await viewer(everything), await flagger(everything)

    assert seen["decisions"]["nodes"] == [{"reasoning": "Fine.", "privateNote": None}]
    assert seen["contentPolicies"]["nodes"] == [{"key": "live.scam"}]
    assert unseen == {"decisions": {"totalCount": {"value": 0}, "nodes": []}, "contentPolicies": {"nodes": []}}
