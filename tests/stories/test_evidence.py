"""The life of a capture: sent by a detector while the room is live, seen by the reviewer, held for a court, erased."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from caseward.wiring import wire
from domain.cases import actions as cases
from domain.cases.states import SignalOrigin
from domain.core.actor import Actor, ActorKind
from domain.core.verification import verify
from domain.people import actions as people
from domain.people.roles import Role
from integrations import connect
from integrations.settings import Settings
from tests.api.conftest import Client, served
from tests.builders import SYSTEM, a_person, a_queue, a_signal, a_team, an_account
from tests.desk import forward, movable_clock, settle
from tests.files import ADD, CAPTURED, PNG, brought, created, in_pieces, kept, sent
from workers import rebuilding

CLIP = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 20_000
KEEP = """mutation($id: ID!, $why: String!) {
  holdFile(input: { id: $id, reason: $why }) {
    ... on HoldFileSuccess { file { legalHold } } ... on Problem { code } } }"""
RELEASE = """mutation($id: ID!, $why: String!) {
  releaseFile(input: { id: $id, reason: $why }) { ... on Problem { code } } }"""
ERASE = """mutation($id: ID!, $why: String!) { eraseFile(input: { id: $id, reason: $why }) {
  ... on EraseFileSuccess { file { name url erased sha256 } } ... on Problem { code } } }"""
SHOWN = """query($id: ID!) { case(id: $id) { evidence { nodes { note file { name url erased sha256 } } }
  timeline { nodes { __typename } } } }"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(blobs_url=f"file://{tmp_path / 'blobs'}")


@pytest.fixture
async def url(database_url: str, settings: Settings) -> AsyncIterator[str]:
    wire()
    async with served(database_url, settings) as found:
        await movable_clock()
        yield found


async def signed_in(url: str, actor: Actor) -> Client:
    _, secret = await people.issue_token(actor.id, by=SYSTEM, name="story")
    return Client(url, secret)


async def test_a_clip_outlives_its_stream_its_decision_and_a_request_but_not_the_end_of_its_hold(
    url: str, settings: Settings, tmp_path: Path
) -> None:
    folder, adapters = tmp_path / "blobs", connect(settings)
    await a_queue(team=(await a_team()).id)
    ada, lex = await a_person("Ada"), await a_person("Lex", Role.LEGAL)
    model = await an_account("detector", Role.AUTOMATION, kind=ActorKind.MODEL)
    detector, reviewer, legal = [await signed_in(url, each) for each in (model, ada, lex)]

    # while the room is live a detector reports it, with the clip of what it saw; a second one it never uses
    case = (await a_signal(model, origin=SignalOrigin.MODEL)).case
    clip = await created(detector, CLIP, name="room-7.mp4", media_type="video/mp4")
    assert (await sent(url, clip, in_pieces(CLIP))).status_code == 201
    await brought(detector, PNG)
    given = {"id": f"CASE-{case.number}", "fileIds": [clip["id"]], "expectedVersion": None, **CAPTURED}
    about = {"kind": "RECORDING", "note": "Jane Doe asks for gift cards.", "startsAt": "PT12M"}
    added = await detector(ADD, input=given | about)
    assert added["addEvidence"]["__typename"] == "AddEvidenceSuccess", added

    # the reviewer looks at the part that matters
    (seen,) = (await reviewer(SHOWN, id=given["id"]))["case"]["evidence"]["nodes"]
    part = await reviewer.http.get(seen["file"]["url"], headers={"Range": "bytes=4-11"})
    assert (part.status_code, part.content) == (206, b"ftypmp42")
    await cases.claim(case.id, by=ada)

    # a day later what nobody used is gone; a court wants the clip, so a request to erase it must wait
    await forward(adapters, hours=25)
    assert len(list(kept(folder))) == 1
    assert (await legal(KEEP, id=clip["id"], why="Docket 4"))["holdFile"]["file"]["legalHold"]
    assert (await legal(ERASE, id=clip["id"], why="Request 17"))["eraseFile"]["code"] == "LEGAL_HOLD"
    assert (await reviewer.http.get(seen["file"]["url"])).content == CLIP

    # the matter is closed, and the request is followed
    await legal(RELEASE, id=clip["id"], why="Closed")
    gone = (await legal(ERASE, id=clip["id"], why="Request 17"))["eraseFile"]["file"]
    await settle(adapters)
    assert gone == {"name": None, "url": None, "erased": True, "sha256": seen["file"]["sha256"]}
    assert (await reviewer.http.get(seen["file"]["url"])).status_code == 410
    assert list(kept(folder)) == []

    # and the case still says that it was there, provably
    left = (await reviewer(SHOWN, id=given["id"]))["case"]
    assert left["evidence"]["nodes"] == [{"note": None, "file": gone}]
    assert [each["__typename"] for each in left["timeline"]["nodes"]].count("ContentErased") == 1
    assert (await verify(by=SYSTEM)).sound
    assert (await rebuilding.rebuild(["case", "evidence"], by=SYSTEM, check=True)).totals == {"case": 0, "evidence": 0}
    for client in (detector, reviewer, legal):
        await client.http.aclose()
