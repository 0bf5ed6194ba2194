"""Files over HTTP: announced by GraphQL, sent to their link, attached, fetched, and kept from everybody else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.states import CaseKind, Sensitivity
from domain.core.actor import Actor
from domain.files.models import Blob, File
from domain.people.models import SensitiveRead
from domain.people.roles import Role
from integrations.settings import Settings
from tests.api.conftest import Client, served
from tests.builders import SYSTEM, a_person, a_queue, a_team
from tests.files import ADD, CAPTURED, CREATE, PNG, announced, brought, created, in_pieces, kept, sent

Login = Callable[[Actor], Awaitable[Client]]
LARGE = PNG * 400
"""More than one chunk."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
async def url(database_url: str, folder: Path) -> AsyncIterator[str]:
    async with served(database_url, Settings(blobs_url=f"file://{folder}", upload_bytes=5_000_000)) as found:
        await a_queue(team=(await a_team()).id)
        yield found


@pytest.fixture
async def ada(url: str) -> Actor:
    assert url
    return await a_person("Ada", Role.REVIEWER)


async def a_case(sensitivity: Sensitivity = Sensitivity.STANDARD) -> Case:
    return await cases.open_case("Some words", by=SYSTEM, kind=CaseKind.SERVICE, sensitivity=sensitivity)


async def evidence(client: Client, case: Case, *ids: str, **more: Any) -> Any:
    given = {"id": f"CASE-{case.number}", "fileIds": list(ids), "expectedVersion": None, **CAPTURED, **more}
    return (await client(ADD, input=given))["addEvidence"]


async def an_attached(client: Client, case: Case, content: bytes = PNG) -> str:
    """The url of a file that is evidence of a case."""
    found = await evidence(client, case, await brought(client, content))
    return str(found["case"]["evidence"]["nodes"][-1]["file"]["url"])


async def test_a_file_is_announced_sent_made_evidence_and_fetched(ada: Actor, login: Login, folder: Path) -> None:
    client, case = await login(ada), await a_case()

    upload = await created(client, LARGE, name="Räume 🎥.png")
    answer = await sent(client.url, upload, in_pieces(LARGE))
    found = await evidence(client, case, upload["id"], note="Gift cards.", source="https://live.example/7",
                           startsAt="PT12M", endsAt="PT12M30S")  # fmt: skip
    (piece,) = found["case"]["evidence"]["nodes"]
    fetched = await client.http.get(piece["file"]["url"])

    assert (answer.status_code, answer.json()["id"]) == (201, upload["id"])
    assert piece["note"] == "Gift cards."
    assert (piece["source"], piece["startsAt"], piece["endsAt"]) == ("https://live.example/7", "PT12M", "PT12M30S")
    assert piece["file"]["name"] == "Räume 🎥.png"
    assert found["case"]["version"] == case.version + 1
    assert fetched.status_code == 200
    assert fetched.content == LARGE
    assert fetched.headers["content-type"] == "image/png"
    assert fetched.headers["content-disposition"] == "attachment; filename*=UTF-8''R%C3%A4ume%20%F0%9F%8E%A5.png"
    assert fetched.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in fetched.headers["content-security-policy"]
    assert len(list(kept(folder))) == 1


def emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("lose", [Path.unlink, emptied])
async def test_a_file_whose_bytes_are_gone_is_said_to_be_lost(
    ada: Actor, login: Login, folder: Path, lose: Callable[[Path], None]
) -> None:
    client = await login(ada)
    url = await an_attached(client, await a_case())
    for path in kept(folder):
        lose(folder / path)

    answer = await client.http.get(url)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (404, "FILE_LOST")


@contextmanager
def away(folder: Path) -> Iterator[None]:
    """A file stands where the folder was."""
    elsewhere = folder.rename(folder.with_name("elsewhere"))
    folder.write_bytes(b"")
    yield
    folder.unlink()
    elsewhere.rename(folder)


async def test_while_the_store_is_away_nothing_comes_nor_goes_and_it_is_said_which(
    ada: Actor, login: Login, folder: Path
) -> None:
    client = await login(ada)
    url = await an_attached(client, await a_case())
    upload = await created(client, LARGE)

    with away(folder):
        refused = [await client.http.get(url), await sent(client.url, upload, LARGE)]
    after = [await client.http.get(url), await sent(client.url, upload, LARGE)]

    errors = [answer.json()["errors"][0] for answer in refused]
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in refused] == [(503, "5")] * 2
    assert {error["extensions"]["code"] for error in errors} == {"STORE_UNAVAILABLE"}
    assert ["Nothing was kept" in error["message"] for error in errors] == [False, True]
    assert [answer.status_code for answer in after] == [200, 201]


async def test_what_an_installation_does_not_take_is_refused_with_every_field_named(ada: Actor, login: Login) -> None:
    client = await login(ada)
    wrong = {"fileName": "../x.png", "contentType": "text/html", "size": 5_000_001, "sha256": "ABC"}

    found = (await client(CREATE, input=wrong))["createUpload"]

    assert [each["path"] for each in found["problems"]] == [["fileName"], ["contentType"], ["size"], ["sha256"]]
    assert await File.all().count() == 0


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (PNG[:-1] + b"!", 422, "UPLOAD_DIFFERS"),
        (PNG[:-1], 422, "UPLOAD_DIFFERS"),
        (b"", 422, "UPLOAD_DIFFERS"),
        (PNG + b"!", 413, "UPLOAD_TOO_LARGE"),
        (LARGE, 413, "UPLOAD_TOO_LARGE"),
    ],
    ids=["altered", "short", "empty", "one more", "much more"],
)
@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
async def test_other_bytes_than_announced_are_refused_and_nothing_is_kept(
    ada: Actor, login: Login, folder: Path, content: bytes, status: int, code: str, streamed: bool
) -> None:
    client = await login(ada)
    upload = await created(client)

    answer = await sent(client.url, upload, in_pieces(content) if streamed else content)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert list(kept(folder)) == []
    assert await Blob.all().count() == 0
    assert (await sent(client.url, upload, PNG)).status_code == 201


async def test_a_file_of_another_type_than_announced_is_refused(ada: Actor, login: Login, folder: Path) -> None:
    client = await login(ada)
    page = b"<html><script>alert(1)</script>" * 400
    disguised, mislabelled = await created(client, page), await created(client)

    first = await sent(client.url, disguised, page)
    second = await sent(client.url, mislabelled | {"headers": [{"name": "Content-Type", "value": "text/html"}]}, PNG)

    assert [first.status_code, second.status_code] == [415, 415]
    assert first.json()["errors"][0]["extensions"]["code"] == "MEDIA_TYPE_DIFFERS"
    assert list(kept(folder)) == []


async def test_a_link_lets_send_one_file_for_a_while_and_nothing_else(ada: Actor, login: Login, folder: Path) -> None:
    client = await login(ada)
    one, other = await created(client), await created(client)
    path, _, query = one["url"].partition("?")
    links = [
        path,
        f"{path}?{query[:-1]}{'0' if query[-1] != '0' else '1'}",
        f"{other['url'].partition('?')[0]}?{query}",
        f"{path}?{query.replace('expires=', 'expires=9')}",
        f"{path}?expires=x&signature=%C3%A4",
    ]

    answers = [await sent(client.url, one | {"url": link}, PNG) for link in links]

    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json()["errors"][0]["extensions"]["code"] for answer in answers} == {"LINK_INVALID"}
    assert list(kept(folder)) == []


async def test_the_same_bytes_again_change_nothing(ada: Actor, login: Login, folder: Path) -> None:
    client = await login(ada)
    upload = await created(client)

    first, again = [await sent(client.url, upload, PNG) for _ in range(2)]
    together = await asyncio.gather(*(sent(client.url, upload, in_pieces(PNG, 999)) for _ in range(4)))
    wrong = await sent(client.url, upload, PNG[:-1] + b"!")

    assert [first.status_code, again.status_code] == [201, 200]
    assert {answer.status_code for answer in together} == {200}
    assert wrong.status_code == 422
    assert len(list(kept(folder))) == 1
    assert await Blob.all().count() == 1


async def test_of_racing_senders_of_the_same_bytes_all_succeed_and_one_copy_is_kept(
    ada: Actor, login: Login
) -> None:  # fmt: skip
    client = await login(ada)
    uploads = [await created(client, LARGE) for _ in range(3)]

    answers = await asyncio.gather(*(sent(client.url, each, in_pieces(LARGE, 9999)) for each in uploads * 2))

    assert {answer.status_code for answer in answers} <= {200, 201}
    assert await Blob.all().count() == 1
    assert {row.blob_id for row in await File.all()} == {(await Blob.get()).id}


async def test_a_sender_that_hangs_up_leaves_nothing(ada: Actor, login: Login, folder: Path) -> None:
    client = await login(ada)
    upload = await created(client, LARGE)

    async def broken() -> AsyncIterator[bytes]:
        async for piece in in_pieces(LARGE[:2_000_000]):
            yield piece
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await sent(client.url, upload, broken())
    async with asyncio.timeout(10):
        while await Blob.all().count():  # noqa: ASYNC110 - the server's own work has no event to wait for
            await asyncio.sleep(0.01)

    assert list(kept(folder)) == []
    assert (await File.get()).blob_id is None


async def test_a_part_of_a_file_is_sent_where_a_part_is_asked_for(ada: Actor, login: Login) -> None:
    client, case = await login(ada), await a_case()
    url = await an_attached(client, case, LARGE)
    size = len(LARGE)

    async def asked(**headers: str) -> httpx.Response:
        return await client.http.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})

    middle, tail, rest = [await asked(Range=f"bytes={of}") for of in ("1000-300999", "-7", "4000000-")]
    beyond, several = await asked(Range=f"bytes={size}-"), await asked(Range="bytes=0-1,5-6")
    stale = await asked(Range="bytes=0-1", If_Range='"another"')
    known = await asked(If_None_Match=f'W/{middle.headers["etag"]}, "x"')

    assert (middle.status_code, middle.content) == (206, LARGE[1000:301000])
    assert middle.headers["content-range"] == f"bytes 1000-300999/{size}"
    assert (tail.content, rest.content) == (LARGE[-7:], LARGE[4_000_000:])
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    assert [each.status_code for each in (several, stale)] == [200, 200]
    assert stale.content == LARGE
    assert (known.status_code, known.content) == (304, b"")
    assert (await client.http.head(url)).headers["content-length"] == str(size)


async def test_a_file_is_fetched_only_by_who_may_see_its_case_now(ada: Actor, login: Login) -> None:
    cleo = await a_person("Cleo", Role.REVIEWER, clearances=("SENSITIVE",))
    case = await a_case(Sensitivity.SENSITIVE)
    client = await login(cleo)
    url = await an_attached(client, case)
    stranger = await login(await a_person("Dan", Role.REVIEWER))
    outsider = await login(await a_person("Finn", Role.FLAGGER))

    hidden, absent = await stranger.http.get(url), await stranger.http.get(f"/files/file_{'0' * 32}")
    async with httpx.AsyncClient(base_url=client.url) as without:
        nobody = await without.get(url)

    assert (await client.http.get(url)).content == PNG
    assert (hidden.status_code, absent.status_code, nobody.status_code) == (404, 404, 401)
    assert hidden.json()["errors"][0]["extensions"] == absent.json()["errors"][0]["extensions"]
    assert (await outsider.http.get(url)).status_code == 404


async def test_who_fetches_a_file_of_a_sensitive_case_is_written_down(ada: Actor, login: Login) -> None:
    cleo = await a_person("Cleo", Role.REVIEWER, clearances=("SENSITIVE",))
    client = await login(cleo)
    url = await an_attached(client, case := await a_case(Sensitivity.SENSITIVE))
    plain = await an_attached(client, await a_case())
    before = await SensitiveRead.all().count()

    await client.http.get(url, headers={"X-Request-Id": "my-request"})
    await client.http.get(plain)

    rows = await SensitiveRead.all().order_by("id").offset(before)
    assert [(row.reader_id, row.subject_id, row.request_id) for row in rows] == [(cleo.id, case.id, "my-request")]
    assert rows[0].document == url.rpartition("/")[2]


async def test_a_file_that_belongs_to_nothing_is_its_owners_alone(ada: Actor, login: Login) -> None:
    client, other = await login(ada), await login(await a_person("Bo", Role.LEAD))
    file = await brought(client)
    case = await a_case()

    own, others = [await each.http.get(f"/files/{file}") for each in (client, other)]
    taken = await evidence(other, case, file)

    assert (own.status_code, others.status_code) == (200, 404)
    assert (taken["code"], taken["path"]) == ("NOT_FOUND", ["fileIds", "0"])
    assert (await Case.get(id=case.id)).version == case.version


async def test_only_a_file_that_is_here_and_free_becomes_evidence_and_all_or_none(ada: Actor, login: Login) -> None:
    client, case = await login(ada), await a_case()
    here, coming = await brought(client), (await created(client))["id"]

    early = await evidence(client, case, here, coming)
    twice = await evidence(client, case, here, here)
    done = await evidence(client, case, here)
    again = await evidence(client, case, here)
    none = await evidence(client, case)
    future = await evidence(client, case, await brought(client), capturedAt="2999-01-01T00:00:00Z")

    assert (early["code"], early["path"]) == ("UPLOAD_NOT_RECEIVED", ["fileIds", "1"])
    assert twice["code"] == "VALIDATION_FAILED"
    assert done["__typename"] == "AddEvidenceSuccess"
    assert again["code"] == "FILE_ATTACHED"
    assert [none["code"], future["code"]] == ["VALIDATION_FAILED"] * 2
    assert (await Case.get(id=case.id)).version == case.version + 1


async def test_a_repeated_announcement_is_answered_with_the_same_link(ada: Actor, login: Login) -> None:
    client = await login(ada)

    first, again = [await client.send(CREATE, key="k-1", input=announced(PNG)) for _ in range(2)]
    fresh, repeat = first["data"]["createUpload"], again["data"]["createUpload"]

    assert (fresh["replayed"], repeat["replayed"]) == (False, True)
    assert fresh["upload"] == repeat["upload"]
    assert await File.all().count() == 1
    assert (await sent(client.url, repeat["upload"], PNG)).status_code == 201


async def test_files_are_added_to_what_one_said_oneself(ada: Actor, login: Login) -> None:
    client, other = await login(ada), await login(await a_person("Bo", Role.LEAD))
    case = await a_case()
    remark = await cases.comment(case.id, by=ada, text="Look.")
    attach = """mutation($input: AttachFilesInput!) { attachFiles(input: $input) {
      ... on AttachFilesSuccess { comment { files { name url } } } ... on Problem { code } } }"""
    to = {"commentId": f"comment_{remark.id.hex}"}

    refused = await other(attach, input={"to": to, "fileIds": [await brought(other)]})
    found = await client(attach, input={"to": to, "fileIds": [await brought(client)]})
    (file,) = found["attachFiles"]["comment"]["files"]

    assert refused["attachFiles"]["code"] == "REMARK_NOT_YOURS"
    assert file["name"] == "room.png"
    assert (await other.http.get(file["url"])).content == PNG


async def test_the_timeline_tells_of_evidence_and_of_files(ada: Actor, login: Login) -> None:
    client, case = await login(ada), await a_case()
    await an_attached(client, case)

    found = await client(
        "query($id: ID!) { case(id: $id) { viewerCan { action allowed } timeline { nodes {"
        " __typename ... on EvidenceAdded { evidence: kind sha256 capturedAt } } } } }",
        id=f"CASE-{case.number}",
    )

    told = found["case"]["timeline"]["nodes"][-1]
    assert (told["__typename"], told["evidence"]) == ("EvidenceAdded", "SCREENSHOT")
    assert told["sha256"] == announced(PNG)["sha256"]
    assert {"action": "ADD_EVIDENCE", "allowed": True} in found["case"]["viewerCan"]
