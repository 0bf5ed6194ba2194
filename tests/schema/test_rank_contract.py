"""Ranks as clients see them: a flagger comes before a crowd, a queue is read by rank, nobody learns who reported."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
from tortoise import connections

from caseward.wiring import wire
from domain.cases import actions as cases
from domain.cases.models import Case, CaseRank
from domain.cases.ranking import FORMULAS
from domain.cases.states import CaseKind, Priority, Sensitivity, Severity, SignalOrigin
from domain.core.actor import Actor
from domain.people.roles import Role
from domain.review import actions as review
from domain.review.states import DecisionKind
from integrations import connect
from integrations.settings import Settings
from tests import desk
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_queue, a_room, a_signal, a_team, an_account
from workers.rebuilding import rebuild

pytestmark = pytest.mark.usefixtures("url")

ADAPTERS = connect(Settings())
Login = Callable[[Actor], Awaitable[Client]]
RANKED = """query($queue: ID!, $way: OrderDirection!, $after: String) { cases(first: 1, after: $after,
    orderBy: [{field: RANK, direction: $way}], filter: {queueId: {eq: $queue}, state: {eq: QUEUED}}) {
    nodes { id key rank subject { externalRef } rankedBy { value formulaVersion trustedSignals reportedSignals
        components { severity priority reach trusted detected reported } } }
    pageInfo { endCursor hasNextPage } } }"""
FILE = """mutation($input: FileSignalInput!) { fileSignal(input: $input) { __typename
    ... on Problem { code } } }"""


@pytest.fixture(autouse=True)
def wired() -> None:
    wire()


def a_report(room: str, key: str, **said: Any) -> dict[str, Any]:
    subject = {"kind": "LIVE_SESSION", "externalRef": room, "live": True, "reach": 500}
    return {"subject": subject, "origin": "USER_REPORT", "reasonCode": "SCAM", "dedupeKey": key, **said}


async def file(client: Client, said: dict[str, Any]) -> dict[str, Any]:
    return dict((await client(FILE, input=said))["fileSignal"])


async def decided(room: str, by: Actor, kind: DecisionKind) -> None:
    case = await Case.get(subject__external_ref=room)
    lease = await cases.claim(case.id, by=by)
    await review.decide(case.id, by=by, kind=kind, reasoning="As seen.", token=lease.token)


async def pages(client: Client, queue: str, way: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after, more = None, True
    while more:
        page = (await client(RANKED, queue=queue, way=way, after=after))["cases"]
        found += page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return found


async def test_a_flagger_lifts_its_case_above_one_with_dozens_of_poor_reports(login: Login) -> None:
    team = await a_team()
    queue = await a_queue(team=team.id)
    ada, intake = await a_person("Ada", team=team.id), await an_account("intake", Role.INTAKE)
    flagger = await an_account("flagger", Role.FLAGGER)
    reports, reviewer = await login(intake), await login(ada)
    crowd = [f"viewer-{n}" for n in range(60)]
    for turn in range(2):
        for n, each in enumerate(crowd):
            await file(reports, a_report(f"quiet-{turn}", f"{turn}-{n}", reporter=each))
        await decided(f"quiet-{turn}", ada, DecisionKind.NO_VIOLATION)

    for n, each in enumerate(crowd):
        await file(reports, a_report("crowded", f"2-{n}", reporter=each))
    await file(reports, a_report("flagged", "alone", reporter="newcomer"))
    said = a_report("flagged", "flag", origin="TRUSTED_FLAGGER")
    await file(await login(flagger), said)

    found = await pages(reviewer, f"queue_{queue.id.hex}", "DESC")
    assert [node["subject"]["externalRef"] for node in found] == ["flagged", "crowded"]
    assert [node["rankedBy"]["components"]["trusted"] for node in found] == [7.8, 0]
    assert [node["rankedBy"]["components"]["reported"] for node in found] == [0.16, 0]
    assert [node["rankedBy"]["reportedSignals"] for node in found] == [1, 60]
    assert found[0]["rank"] - found[1]["rank"] == pytest.approx(7.8 + 0.16)
    assert await pages(reviewer, f"queue_{queue.id.hex}", "ASC") == found[::-1]
    for node in found:
        assert node["rank"] == node["rankedBy"]["value"] == round(sum(node["rankedBy"]["components"].values()), 2)
    assert b"viewer-" not in orjson.dumps(found)
    assert (await rebuild(["ranks", "worklist", "signal"], by=SYSTEM, check=True)).differences == []


async def test_nothing_is_kept_of_a_reporter_but_a_mark(login: Login) -> None:
    await a_queue(team=(await a_team()).id)
    client = await login(await an_account("intake", Role.INTAKE))

    filed = await file(client, a_report("room-1", "one", reporter="viewer-77"))
    refused = await file(client, a_report("room-1", "two", reporter=" "))
    reused = await file(client, a_report("room-1", "one", reporter="viewer-78"))

    assert filed["__typename"] == "FileSignalSuccess"
    assert [refused["code"], reused["code"]] == ["VALIDATION_FAILED", "DEDUPE_KEY_REUSED"]
    kept = await connections.get("default").execute_query_dict(
        "SELECT string_agg(e.payload::text, '') || (SELECT string_agg(s::text, '') FROM signal s)"
        " || coalesce((SELECT string_agg(c.body, '') FROM content c), '') AS everything FROM event e"
    )
    assert "viewer-77" not in kept[0]["everything"]


async def test_a_rank_follows_severity_priority_and_what_became_of_its_signals(login: Login) -> None:
    await a_queue(team=(await a_team()).id)
    ada, intake = await a_person("Ada"), await an_account()
    room = a_room("room-1", live=True, reach=1023)
    filed = await a_signal(intake, room=room)
    assert (await CaseRank.get()).value == 30 + 20 + 10 + 7.8

    await cases.prioritize(filed.case.id, by=ada, severity=Severity.SEV3, priority=Priority.P5)
    assert (await CaseRank.get()).value == 10 + 0 + 10 + 7.8
    version = (await Case.get()).version
    await decided("room-1", ada, DecisionKind.NO_VIOLATION)

    ranked = await CaseRank.get()
    assert (ranked.trusted, ranked.trusted_signals, ranked.value) == (0, 0, 20)
    assert (await Case.get()).version > version
    await desk.settle(ADAPTERS)
    again = await a_signal(intake, room=room)
    assert (await CaseRank.get(id=again.case.id)).trusted == pytest.approx(12 * 0.75 * (9 / 11 - 0.25) / 0.75, abs=0.01)


async def test_a_room_that_fills_or_ends_moves_its_case_and_no_version(login: Login) -> None:
    await a_queue(team=(await a_team()).id)
    intake = await an_account()
    filed = await a_signal(intake, room=a_room("room-1", live=True, reach=0))
    await desk.settle(ADAPTERS)
    before, version = (await CaseRank.get()).value, (await Case.get()).version

    await cases.report_subject(a_room("room-1", live=True, reach=4095), by=intake)
    await desk.settle(ADAPTERS)
    filled = await CaseRank.get()
    await cases.report_subject(a_room("room-1", live=False, reach=4095), by=intake)
    await desk.settle(ADAPTERS)

    assert filled.value == before + 12
    assert (await CaseRank.get(id=filed.case.id)).value == before + 6
    assert (await Case.get()).version == version
    rows = await connections.get("default").execute_query_dict("SELECT rank FROM case_worklist")
    assert [row["rank"] for row in rows] == [before + 6]


async def test_who_may_not_see_a_case_sees_no_rank_of_it(login: Login) -> None:
    await a_queue(team=(await a_team()).id)
    hidden = await cases.open_case("Hidden", by=SYSTEM, kind=CaseKind.REACTIVE, sensitivity=Sensitivity.RESTRICTED)
    client = await login(await a_person("Bo"))

    found = await client(f'{{ node(id: "rank_{hidden.id.hex}") {{ id }} }}')

    assert found == {"node": None}


async def test_every_version_of_the_formula_is_told(login: Login) -> None:
    client = await login(await a_person("Ada"))

    found = await client("{ rankFormulas { version effectiveFrom components { name most followsFrom } } }")

    assert [each["version"] for each in found["rankFormulas"]] == [each.version for each in FORMULAS]
    assert sum(each["most"] for each in found["rankFormulas"][-1]["components"]) == 100


async def test_signals_of_a_detector_count_once_by_the_surest() -> None:
    model = await an_account("model", Role.AUTOMATION)
    room = a_room("room-1")
    for n, sure in enumerate([0.4, 0.9, 0.2]):
        await cases.file_signal(
            room, by=model, origin=SignalOrigin.MODEL, reason_code="SCAM", dedupe_key=str(n), confidence=sure
        )

    ranked = await CaseRank.get()

    assert (ranked.detected, ranked.detected_signals) == (2.4, 1)
