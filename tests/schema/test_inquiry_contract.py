"""Inquiries through GraphQL, as a support portal and the desk meet them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.core import clock
from domain.core.actor import Actor
from domain.core.ids import new_id
from domain.core.models import Event
from domain.people.roles import Role
from domain.sla.clocks import ClockState
from domain.sla.metrics import GoalUnit, Metric
from domain.sla.models import SlaClock
from domain.sla.policies import PolicyKind
from tests.api.conftest import Client
from tests.builders import a_person, an_account

Login = Callable[[Actor], Awaitable[Client]]
FILED: dict[str, Any] = {
    "title": "My stream was ended", "text": "I did nothing.", "kind": "COMPLAINT", "channel": "web",
    "externalId": "form-1", "requester": {"address": "mia@example.org", "name": "Mia"}, "language": "en",
}  # fmt: skip


def call(name: str, fields: str) -> str:
    kind = success = name[0].upper() + name[1:]
    return (
        f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ ... on {success}Success {{ {fields} }}"
        " ... on Problem { __typename code path } } }"
    )


async def test_an_inquiry_goes_its_way(login: Login) -> None:
    intake, ada = await login(await an_account()), await login(await a_person("Ada"))

    filed = (await intake(call("fileInquiry", "repeated inquiry { id key version }"), input=FILED))["fileInquiry"]
    again = (await intake(call("fileInquiry", "repeated inquiry { id }"), input=FILED))["fileInquiry"]
    key = filed["inquiry"]["key"]
    replied = await ada(
        call("replyToInquiry", "inquiry { state } message { direction text author { name } }"),
        input={"id": key, "expectedVersion": 1, "text": "We look into it."},
    )
    converted = await ada(
        call("convertInquiry", "case { key kind title inquiryLinks { relation inquiry { key } } }"),
        input={"id": key, "expectedVersion": None},
    )
    closed = await ada(call("closeInquiry", "inquiry { state resolution }"), input={"id": key, "expectedVersion": None})
    await intake(call("receiveMessage", "inquiry { state }"), input={"id": key, "text": "Still!", "externalId": "m2"})
    read = await ada(
        """query($id: ID!) { inquiry(id: $id) { state title requester { name address }
        messages { nodes { direction text } } caseLinks { relation case { key } } } }""",
        id=key,
    )

    assert (filed["repeated"], again["repeated"], again["inquiry"]["id"]) == (False, True, filed["inquiry"]["id"])
    assert replied["replyToInquiry"]["inquiry"]["state"] == "ANSWERED"
    assert replied["replyToInquiry"]["message"]["author"] == {"name": "Ada"}
    case = converted["convertInquiry"]["case"]
    assert (case["kind"], case["title"]) == ("INQUIRY", "My stream was ended")
    assert case["inquiryLinks"] == [{"relation": "CONVERTED", "inquiry": {"key": key}}]
    assert closed["closeInquiry"]["inquiry"] == {"state": "CLOSED", "resolution": "ANSWERED"}
    assert read["inquiry"] == {
        "state": "OPEN",
        "title": "My stream was ended",
        "requester": {"name": "Mia", "address": "mia@example.org"},
        "messages": {"nodes": [
            {"direction": "INBOUND", "text": "I did nothing."}, {"direction": "OUTBOUND", "text": "We look into it."},
            {"direction": "INBOUND", "text": "Still!"},
        ]},
        "caseLinks": [{"relation": "CONVERTED", "case": {"key": case["key"]}}],
    }  # fmt: skip


async def test_viewers_read_without_addresses_and_change_nothing(login: Login) -> None:
    intake, viewer = await login(await an_account()), await login(await a_person("Cy", Role.VIEWER))
    outsider = await login(await a_person("Flo", Role.FLAGGER))
    key = (await intake(call("fileInquiry", "inquiry { key }"), input=FILED))["fileInquiry"]["inquiry"]["key"]
    before = await Event.all().count()
    mine = "{ inquiries { totalCount { value } nodes { key requester { name address channel } } } }"
    may = "{ inquiries { nodes { viewerCan { action allowed reasons { code } } } } }"

    seen, unseen = await viewer(mine), await outsider(mine)
    refused = await viewer(
        call("replyToInquiry", "message { id }"), input={"id": key, "expectedVersion": None, "text": "Hello"}
    )
    unlinked = await viewer(call("unlinkInquiry", "inquiry { key }"), input={"id": key, "caseId": "CASE-99999"})

    abilities = (await viewer(may))["inquiries"]["nodes"][0]["viewerCan"]
    assert {"action": "REPLY", "allowed": False, "reasons": [{"code": "FORBIDDEN"}]} in abilities
    assert seen["inquiries"]["nodes"] == [{"key": key, "requester": {"name": None, "address": None, "channel": "web"}}]
    assert unseen["inquiries"] == {"totalCount": {"value": 0}, "nodes": []}
    assert refused["replyToInquiry"]["code"] == "FORBIDDEN"
    assert unlinked["unlinkInquiry"]["code"] == "FORBIDDEN"
    assert await Event.all().count() == before


async def a_clock(subject_type: str, subject_id: UUID, metric: Metric) -> None:
    now = await clock.now()
    await SlaClock.create(
        id=new_id(), subject_type=subject_type, subject_id=subject_id, policy_kind=PolicyKind.SLA, metric=metric,
        cycle=1, policy_key="p", policy_rev=1, target_key="t", goal=timedelta(hours=1), goal_unit=GoalUnit.PLAIN_TIME,
        state=ClockState.RUNNING, started_at=now, running_since=now, elapsed_base=timedelta(),
        due_at=now + timedelta(hours=1), revision=1, digest="x",
    )  # fmt: skip


async def test_the_clocks_of_an_inquiry_are_of_nothing_else_with_its_number(login: Login) -> None:
    intake, ada = await login(await an_account()), await login(await a_person("Ada"))
    filed = await intake(call("fileInquiry", "inquiry { id key }"), input=FILED)
    id_ = UUID(filed["fileInquiry"]["inquiry"]["id"].removeprefix("inquiry_"))
    await a_clock("inquiry", id_, Metric.FIRST_RESPONSE)
    await a_clock("case", id_, Metric.DECISION)

    read = await ada("query($id: ID!) { inquiry(id: $id) { clocks { metric } } }", id=f"inquiry_{id_.hex}")

    assert read["inquiry"]["clocks"] == [{"metric": "FIRST_RESPONSE"}]


OWN = """query($note: ID!, $word: String!) {
  all: inquiries { totalCount { value } nodes {
    key externalId filedBy { name } clocks { id } caseLinks { relation } requester { name }
    messages { totalCount { value } nodes { direction text externalId } }
    notes: messages(filter: {direction: {eq: NOTE}}) { totalCount { value } nodes { id } } } }
  found: inquiries(filter: {text: {search: $word}}) { totalCount { value } nodes { key } }
  others: inquiries(filter: {not: {text: {search: $word}}}) { totalCount { value } }
  linked: inquiries(filter: {caseLinks: {some: {}}}) { totalCount { value } }
  note: node(id: $note) { id } }"""


async def test_two_sources_ids_say_nothing_of_each_other_and_each_sees_its_own_alone(login: Login) -> None:
    web, mail = await login(await an_account("web", Role.INTAKE)), await login(await an_account("mail", Role.INTAKE))
    ada = await login(await a_person("Ada"))
    file = call("fileInquiry", "repeated inquiry { key title }")

    first, second = [(await each(file, input=FILED))["fileInquiry"] for each in (web, mail)]
    again = (await mail(file, input=FILED))["fileInquiry"]
    theirs, nobodys = [
        (await mail(call("receiveMessage", "message { id }"), input={"id": key, "text": "Me too"}))["receiveMessage"]
        for key in (first["inquiry"]["key"], "INQ-99999")
    ]
    listed = [(await each("{ inquiries { nodes { key } } }"))["inquiries"]["nodes"] for each in (web, mail)]
    hers = await ada("{ inquiries(orderBy: [{field: NUMBER}]) { nodes { key filedBy { name } } } }")

    assert (first["repeated"], second["repeated"], again["repeated"]) == (False, False, True)
    assert again["inquiry"] == second["inquiry"] != first["inquiry"]
    assert theirs == nobodys == {"__typename": "NotFound", "code": "NOT_FOUND", "path": ["id"]}
    assert listed == [[{"key": first["inquiry"]["key"]}], [{"key": second["inquiry"]["key"]}]]
    assert [each["filedBy"]["name"] for each in hers["inquiries"]["nodes"]] == ["web", "mail"]


async def test_who_filed_an_inquiry_reads_what_is_answered_and_nothing_the_desk_says_to_itself(login: Login) -> None:
    intake, ada = await login(await an_account("web", Role.INTAKE)), await login(await a_person("Ada"))
    key = (await intake(call("fileInquiry", "inquiry { key }"), input=FILED))["fileInquiry"]["inquiry"]["key"]
    told = {"id": key, "expectedVersion": None}
    noted = await ada(call("noteOnInquiry", "message { id }"), input={"id": key, "text": "Known troublemaker"})
    await ada(call("convertInquiry", "case { key }"), input=told)
    await ada(call("replyToInquiry", "message { id }"), input=told | {"text": "We look into it."})
    note = noted["noteOnInquiry"]["message"]["id"]

    seen = await intake(OWN, note=note, word="troublemaker")
    words = [(await intake(OWN, note=note, word=word))["found"]["nodes"] for word in ("stream", "troublemaker")]
    desk = await ada(OWN, note=note, word="troublemaker")

    none: dict[str, Any] = {"totalCount": {"value": 0}, "nodes": []}
    assert seen["all"]["nodes"] == [{
        "key": key, "externalId": "form-1", "filedBy": {"name": "web"}, "clocks": [], "caseLinks": [],
        "requester": None, "notes": none,
        "messages": {"totalCount": {"value": 2}, "nodes": [
            {"direction": "INBOUND", "text": "I did nothing.", "externalId": "form-1"},
            {"direction": "OUTBOUND", "text": "We look into it.", "externalId": None},
        ]},
    }]  # fmt: skip
    assert (words, seen["note"], seen["linked"]) == ([[], []], None, {"totalCount": {"value": 0}})
    assert seen["others"] == {"totalCount": {"value": 1}}
    assert desk["found"]["nodes"] == [{"key": key}]
    assert desk["note"] == {"id": note}
    assert desk["all"]["nodes"][0]["notes"]["totalCount"] == {"value": 1}
