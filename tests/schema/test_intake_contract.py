"""Who may send what, and what senders and readers get to see of it."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain.cases import actions as cases
from domain.cases.models import Signal, Subject
from domain.cases.states import CaseKind, Sensitivity
from domain.core.actor import Actor, ActorKind
from domain.core.models import Content, Event
from domain.people.roles import Role
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_queue, a_room, a_signal, a_team, an_account

Login = Callable[[Actor], Awaitable[Client]]
FILE = """mutation($input: FileSignalInput!) { fileSignal(input: $input) {
    ... on FileSignalSuccess { token opened repeated case { id } signal { id dedupeKey subjectKind subjectRef
        subject { id } case { id } filedBy { name } detail } }
    ... on Problem { __typename code path message } } }"""
SEEN = "{ signals { nodes { dedupeKey detail case { key } } } subjects { nodes { externalRef } } }"


def a_report(room: str = "room-1", key: str = "k1", **more: Any) -> dict[str, Any]:
    return {
        "subject": {"kind": "LIVE_SESSION", "externalRef": room, "live": True, "reach": 900},
        "origin": "TRUSTED_FLAGGER",
        "reasonCode": "SCAM",
        "dedupeKey": key,
        "detail": "Sells what does not exist.",
    } | more


async def kept() -> tuple[int, int, int, int]:
    """How much there is of everything a report leaves behind."""
    return (
        await Event.all().count(),
        await Signal.all().count(),
        await Subject.all().count(),
        await Content.all().count(),
    )


@pytest.fixture
async def flagger(login: Login) -> Client:
    team = await a_team()
    await a_queue(team=team.id)
    return await login(await an_account("flagger", Role.FLAGGER))


@pytest.mark.parametrize(
    ("roles", "kind", "origin", "taken"),
    [
        ((Role.FLAGGER,), ActorKind.SERVICE, "TRUSTED_FLAGGER", True),
        ((Role.FLAGGER,), ActorKind.SERVICE, "MODEL", False),
        ((Role.FLAGGER,), ActorKind.SERVICE, "LEGAL", False),
        ((Role.INTAKE,), ActorKind.SERVICE, "USER_REPORT", True),
        ((Role.INTAKE,), ActorKind.SERVICE, "STAKEHOLDER_ESCALATION", True),
        ((Role.INTAKE,), ActorKind.SERVICE, "TRUSTED_FLAGGER", False),
        ((Role.INTAKE,), ActorKind.MODEL, "MODEL", True),
        ((Role.INTAKE,), ActorKind.MODEL, "USER_REPORT", False),
        ((Role.DETECTOR,), ActorKind.MODEL, "MODEL", True),
        ((Role.DETECTOR,), ActorKind.SERVICE, "USER_REPORT", False),
        ((Role.AUTOMATION,), ActorKind.SERVICE, "SWEEP", True),
        ((Role.AUTOMATION,), ActorKind.SERVICE, "TRUSTED_FLAGGER", False),
    ],
)
async def test_where_a_signal_comes_from_follows_from_who_sends_it(
    login: Login, roles: tuple[Role, ...], kind: ActorKind, origin: str, taken: bool
) -> None:
    sender = await login(await an_account("sender", *roles, kind=kind))
    before = await kept()

    answer = (await sender(FILE, input=a_report(origin=origin)))["fileSignal"]

    assert ("opened" in answer) is taken
    if not taken:
        assert (answer["__typename"], answer["code"], answer["path"]) == ("Refused", "ORIGIN_NOT_YOURS", ["origin"])
        assert await kept() == before


async def test_a_person_who_may_open_cases_answers_for_any_origin(login: Login) -> None:
    ada = await login(await a_person("Ada"))

    answer = await ada(FILE, input=a_report(origin="LEGAL", severity="SEV1"))

    assert answer["fileSignal"]["opened"] is True


@pytest.mark.parametrize("hint", [{"severity": "SEV0"}, {"sensitivity": "RESTRICTED"}])
async def test_a_flagger_neither_judges_harm_nor_hides_a_case(flagger: Client, hint: dict[str, str]) -> None:
    before = await kept()

    answer = (await flagger(FILE, input=a_report(**hint)))["fileSignal"]

    assert (answer["code"], answer["path"]) == ("JUDGEMENT_NOT_YOURS", list(hint))
    assert await kept() == before


async def test_nobody_opens_a_case_that_they_could_not_see(login: Login) -> None:
    open_case = """mutation($input: OpenCaseInput!) { openCase(input: $input) {
        ... on OpenCaseSuccess { case { key } } ... on Problem { code path } } }"""
    given = {"title": "Secret", "kind": "SERVICE", "sensitivity": "RESTRICTED"}
    ada = await login(await a_person("Ada"))
    cleared = await login(await a_person("Cy", clearances=["RESTRICTED"]))
    before = await kept()

    refused = await ada(open_case, input=given)
    unchanged = await kept()
    opened = await cleared(open_case, input=given)

    assert refused["openCase"] == {"code": "JUDGEMENT_NOT_YOURS", "path": ["sensitivity"]}
    assert unchanged == before
    assert opened["openCase"]["case"]["key"]


async def test_two_senders_may_use_the_same_key_for_their_own_reports(flagger: Client, login: Login) -> None:
    other = await login(await an_account("other", Role.FLAGGER))

    first = await flagger(FILE, input=a_report("room-1", "k1"))
    second = await other(FILE, input=a_report("room-2", "k1"))

    assert [each["fileSignal"]["repeated"] for each in (first, second)] == [False, False]
    assert sorted([signal.dedupe_key for signal in await Signal.all()]) == ["k1", "k1"]


async def test_a_repeat_is_answered_with_the_first_and_leaves_nothing(flagger: Client) -> None:
    first = (await flagger(FILE, input=a_report()))["fileSignal"]
    before = await kept()

    again = (await flagger(FILE, input=a_report()))["fileSignal"]

    assert again["repeated"] is True
    assert again["signal"]["id"] == first["signal"]["id"]
    assert await kept() == before


async def test_of_the_same_report_sent_many_times_at_once_one_is_kept(flagger: Client) -> None:
    answers = await asyncio.gather(*(flagger(FILE, input=a_report()) for _ in range(5)))

    assert sorted(each["fileSignal"]["repeated"] for each in answers) == [False, True, True, True, True]
    assert await Signal.all().count() == await Subject.all().count() == 1


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (a_report("room-2"), "subject"),
        (a_report(reasonCode="HATE"), "reasonCode"),
        (a_report(detail="Something else."), "detail"),
        (a_report(detail=None), "detail"),
        (a_report(channel="form"), "channel"),
        (a_report(confidence=0.5), "confidence"),
    ],
    ids=["subject", "reason", "detail", "no detail", "channel", "confidence"],
)
async def test_a_key_used_for_something_else_is_refused_and_leaves_nothing(
    flagger: Client, other: dict[str, Any], named: str
) -> None:
    await flagger(FILE, input=a_report())
    before = await kept()

    answer = (await flagger(FILE, input=other))["fileSignal"]

    assert (answer["code"], answer["path"]) == ("DEDUPE_KEY_REUSED", ["dedupeKey"])
    assert named in answer["message"]
    assert await kept() == before


async def test_an_inquiry_filed_again_with_other_words_is_refused_and_leaves_nothing(login: Login) -> None:
    file = """mutation($input: FileInquiryInput!) { fileInquiry(input: $input) {
        ... on FileInquirySuccess { repeated } ... on Problem { code path } } }"""
    intake = await login(await an_account())
    mail = {"kind": "QUESTION", "channel": "email", "externalId": "m-1", "title": "Why?", "text": "Tell me."}

    first = await intake(file, input=mail)
    before = await kept()
    again = await intake(file, input=mail)
    others = [await intake(file, input=mail | changed) for changed in ({"title": "How?"}, {"text": "Tell us."})]

    assert [each["fileInquiry"] for each in (first, again)] == [{"repeated": False}, {"repeated": True}]
    assert [each["fileInquiry"] for each in others] == [{"code": "DEDUPE_KEY_REUSED", "path": ["externalId"]}] * 2
    assert await kept() == before


async def test_a_flagger_sees_its_own_report_and_nothing_of_the_case(flagger: Client) -> None:
    filed = (await flagger(FILE, input=a_report()))["fileSignal"]
    await a_signal(await an_account("other"), room=a_room("room-2"), key="k2")

    seen = await flagger(SEEN)

    signal = filed["signal"]
    assert (signal["dedupeKey"], signal["subjectKind"], signal["subjectRef"]) == ("k1", "LIVE_SESSION", "room-1")
    assert signal["filedBy"] == {"name": "flagger"}
    assert filed["case"] is signal["case"] is signal["subject"] is None
    assert [node["dedupeKey"] for node in seen["signals"]["nodes"]] == ["k1"]
    assert seen["subjects"]["nodes"] == []


async def test_a_report_of_a_hidden_case_is_hidden_with_it_and_so_is_what_it_is_about(login: Login) -> None:
    hidden = await cases.open_case(
        "Secret", by=SYSTEM, kind=CaseKind.REACTIVE, sensitivity=Sensitivity.RESTRICTED, report=a_room("room-1")
    )
    await a_signal(await an_account(), room=a_room("room-1"), key="k1")
    await a_signal(await an_account("other"), room=a_room("room-2"), key="k2")
    await cases.report_subject(a_room("room-3"), by=SYSTEM)
    ada = await login(await a_person("Ada"))
    cleared = await login(await a_person("Cy", clearances=["RESTRICTED"]))

    dark, bright = await ada(SEEN), await cleared(SEEN)
    secret = await ada(
        """query($kind: SubjectKind!) { signals(filter: {case: {kind: {eq: REACTIVE}}}) { nodes { dedupeKey } }
        subjects(filter: {kind: {eq: $kind}, cases: {some: {sensitivity: {eq: RESTRICTED}}}}) { nodes { id } } }""",
        kind="LIVE_SESSION",
    )

    assert [node["dedupeKey"] for node in dark["signals"]["nodes"]] == ["k2"]
    assert {node["externalRef"] for node in dark["subjects"]["nodes"]} == {"room-2", "room-3"}
    assert [node["dedupeKey"] for node in secret["signals"]["nodes"]] == ["k2"]
    assert secret["subjects"]["nodes"] == []
    assert {node["dedupeKey"]: node["case"]["key"] for node in bright["signals"]["nodes"]}["k1"] == (
        f"CASE-{hidden.number}"
    )
    assert {node["externalRef"] for node in bright["subjects"]["nodes"]} == {"room-1", "room-2", "room-3"}


async def test_a_consistency_token_says_nothing_of_a_case_its_bearer_cannot_see(flagger: Client) -> None:
    opened = (await flagger(FILE, input=a_report("room-1", "k1")))["fileSignal"]
    joined = (await flagger(FILE, input=a_report("room-1", "k2")))["fileSignal"]

    token = opened["token"]
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))

    assert b"case" not in raw
    assert len({len(answer["token"]) for answer in (opened, joined)}) == 1
    assert "errors" not in await flagger.send("{ viewer { name } }", extensions={"after": token})


async def test_a_page_about_a_case_that_cannot_be_seen_is_refused_like_one_about_nothing(login: Login) -> None:
    raise_page = """mutation($input: RaisePageInput!) { raisePage(input: $input) {
        ... on RaisePageSuccess { page { key } } ... on Problem { __typename code path message } } }"""
    secret = await cases.open_case("Secret", by=SYSTEM, kind=CaseKind.SERVICE, sensitivity=Sensitivity.RESTRICTED)
    bo = await login(await a_person("Bo", Role.LEAD))
    before = await kept()

    given = [
        {"policyKey": "live", "caseId": key, "dedupeKey": "d", "title": "Look"}
        for key in (f"CASE-{secret.number}", "CASE-99999")
    ]
    hidden, missing = [(await bo(raise_page, input=each))["raisePage"] for each in given]

    assert hidden == missing
    assert (hidden["code"], hidden["path"]) == ("NOT_FOUND", ["caseId"])
    assert await kept() == before


async def test_who_lacks_the_right_is_told_so_whatever_else_is_wrong(login: Login) -> None:
    hold = "mutation($input: HoldCaseInput!) { holdCase(input: $input) { ... on Problem { code } } }"
    filed = await a_signal(await an_account())
    grace = await login(await a_person("Grace", Role.ANALYST))
    before = await kept()

    answers = [
        (await grace(hold, input={"reason": "W"} | given))["holdCase"]["code"]
        for given in (
            {"id": f"CASE-{filed.case.number}", "expectedVersion": 1},
            {"id": f"CASE-{filed.case.number}"},
            {"id": f"CASE-{filed.case.number}", "expectedVersion": None, "leaseToken": "?"},
            {"id": "CASE-99999", "expectedVersion": None},
            {"id": "nonsense", "expectedVersion": None},
        )
    ]

    assert answers == ["FORBIDDEN"] * 5
    assert await kept() == before


async def test_intake_has_receipts_of_what_it_sent_and_reads_no_case(login: Login) -> None:
    report = """mutation($input: ReportSubjectInput!) { reportSubject(input: $input) {
        ... on ReportSubjectSuccess { live reach subject { id } } } }"""
    everything = """{ cases { nodes { key } totalCount { value } } queues { nodes { key } } subjects { nodes { id } }
        people { nodes { name } } teams { nodes { key } } signals { nodes { dedupeKey case { key } } } }"""
    hidden = await cases.open_case(
        "Secret", by=SYSTEM, kind=CaseKind.REACTIVE, sensitivity=Sensitivity.RESTRICTED, report=a_room("room-1")
    )
    intake = await login(await an_account("form", Role.INTAKE))
    await a_signal(await an_account("other"), key="k2")

    joined = (await intake(FILE, input=a_report() | {"origin": "USER_REPORT"}))["fileSignal"]
    fresh = (await intake(FILE, input=a_report("room-9", "k9") | {"origin": "USER_REPORT"}))["fileSignal"]
    told = await intake(report, input={"subject": {"kind": "LIVE_SESSION", "externalRef": "room-1", "reach": 7}})
    seen = await intake(everything)

    assert hidden.subject_id is not None
    assert [(each["opened"], each["case"], each["signal"]["case"]) for each in (joined, fresh)] == [
        (False, None, None)
    ] * 2
    assert told["reportSubject"] == {"live": True, "reach": 7, "subject": None}
    assert seen.pop("signals")["nodes"] == [{"dedupeKey": key, "case": None} for key in ("k9", "k1")]
    assert seen.pop("cases") == {"nodes": [], "totalCount": {"value": 0}}
    assert all(each == {"nodes": []} for each in seen.values())
