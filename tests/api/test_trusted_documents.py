"""Documents sent by their SHA-256, accounts that run no others, and answers a client may keep."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect

from caseward.manifests import ManifestInvalid, texts
from domain.core.actor import Actor
from domain.core.documents import trust
from domain.core.errors import Forbidden
from domain.people import actions as people
from domain.people.roles import Role
from domain.people.states import DocumentMode
from integrations.settings import Settings
from tests.api.conftest import Client, served
from tests.builders import SYSTEM, a_person

Login = Callable[[Actor], Awaitable[Client]]
WHO = "query Who { viewer { name } }"
OTHER = "query Other { viewer { kind } }"


def mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
async def ada(login: Login) -> Client:
    return await login(await a_person("Ada"))


async def client_of(url: str, name: str = "Ada", mode: DocumentMode | None = None) -> Client:
    _, secret = await people.issue_token((await a_person(name)).id, by=SYSTEM, name="t", documents=mode)
    return Client(url, secret)


async def asked(client: Client, **body: Any) -> Any:
    return (await client.http.post("/graphql", json=body)).json()


def code_of(answer: Any) -> str:
    assert "data" not in answer
    return str(answer["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize(
    "by",
    [
        {"documentId": f"sha256:{mark(WHO)}"},
        {"documentId": mark(WHO)},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": mark(WHO)}}},
        {"query": WHO, "documentId": f"sha256:{mark(WHO)}"},
    ],
)
async def test_a_registered_document_runs_by_its_hash(ada: Client, by: dict[str, Any]) -> None:
    await trust([WHO], by=SYSTEM, client="desk")

    assert await asked(ada, **by) == await asked(ada, query=WHO)
    assert (await asked(ada, **by))["data"] == {"viewer": {"name": "Ada"}}


async def test_a_document_takes_variables_and_names_as_a_text_does(ada: Client) -> None:
    two = "query A($n: Int) { people(first: $n) { nodes { name } } } query B { __typename }"
    await trust([two], by=SYSTEM, client="desk")

    found = await asked(ada, documentId=f"sha256:{mark(two)}", operationName="A", variables={"n": 1})

    assert found["data"] == {"people": {"nodes": [{"name": "Ada"}]}}


async def test_an_unknown_document_is_a_coded_error_that_clients_answer_with_the_text(ada: Client) -> None:
    unknown = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": mark(WHO)}}}

    first = await asked(ada, **unknown)
    second = await asked(ada, query=WHO, **unknown)

    assert code_of(first) == "PERSISTED_QUERY_NOT_FOUND"
    assert second["data"] == {"viewer": {"name": "Ada"}}
    assert code_of(await asked(ada, **unknown)) == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_text_must_be_the_one_its_hash_says(ada: Client) -> None:
    assert code_of(await asked(ada, query=OTHER, documentId=f"sha256:{mark(WHO)}")) == "DOCUMENT_MISMATCH"


@pytest.mark.parametrize("wrong", ["sha1:abc", "sha256:", "A" * 64, 7, ["x"], "sha256:" + "0" * 63])
async def test_an_id_that_is_none_is_400(ada: Client, wrong: Any) -> None:
    answer = await ada.http.post("/graphql", json={"documentId": wrong})

    assert (answer.status_code, code_of(answer.json())) == (400, "BAD_REQUEST")


async def test_an_account_that_must_send_registered_documents_runs_no_others(url: str) -> None:
    await trust([WHO], by=SYSTEM, client="desk")
    bound = await client_of(url, mode=DocumentMode.REQUIRED)

    assert code_of(await asked(bound, query=OTHER)) == "DOCUMENT_NOT_TRUSTED"
    assert code_of(await asked(bound, query=OTHER, documentId=mark(OTHER))) == "DOCUMENT_NOT_TRUSTED"
    assert (await asked(bound, documentId=mark(WHO)))["data"]
    assert (await asked(bound, query=WHO))["data"]
    await bound.http.aclose()


async def test_where_registered_documents_are_preferred_others_run_and_are_told(url: str) -> None:
    await trust([WHO], by=SYSTEM, client="desk")
    urged = await client_of(url, mode=DocumentMode.PREFER)

    other, known = await asked(urged, query=OTHER), await asked(urged, query=WHO)

    assert other["data"]
    assert other["extensions"]["document"] == {"trusted": False, "sha256": mark(OTHER)}
    assert "document" not in known.get("extensions", {})
    await urged.http.aclose()


async def test_who_demands_registered_documents_is_named(database_url: str) -> None:
    def said(answer: Any) -> str:
        return str(answer["errors"][0]["message"])

    async with served(database_url, Settings()) as url:
        client = await client_of(url, mode=DocumentMode.REQUIRED)
        by_token = await asked(client, query=OTHER)
        await client.http.aclose()
        bo = await a_person("Bo")
        await people.limit_documents(bo.id, by=SYSTEM, mode=DocumentMode.REQUIRED)
        _, secret = await people.issue_token(bo.id, by=SYSTEM, name="t", documents=DocumentMode.REQUIRED)
        client = Client(url, secret)
        by_account = await asked(client, query=OTHER)
        await client.http.aclose()
    async with served(database_url, Settings(documents="required")) as url:
        client = Client(url, secret)
        by_installation = await asked(client, query=OTHER)
        await client.http.aclose()

    assert said(by_token).startswith("Your token only runs registered documents.")
    assert said(by_account).startswith("Your account only")
    assert said(by_installation).startswith("This installation only")


@pytest.mark.parametrize("where", ["installation", "account"])
async def test_a_token_loosens_nothing_that_the_installation_or_the_account_demands(
    database_url: str, where: str
) -> None:
    settings = Settings(documents="required") if where == "installation" else Settings()
    async with served(database_url, settings) as url:
        client = await client_of(url, mode=DocumentMode.OPEN)
        if where == "account":
            ada = await a_person("Ada")
            await people.limit_documents(ada.id, by=SYSTEM, mode=DocumentMode.REQUIRED)

        assert code_of(await asked(client, query=OTHER)) == "DOCUMENT_NOT_TRUSTED"
        await client.http.aclose()


async def test_a_get_of_a_registered_document_is_kept_by_its_client_alone(ada: Client, login: Login) -> None:
    await trust([WHO], by=SYSTEM, client="desk")
    bo = await login(await a_person("Bo"))
    ask = {"documentId": f"sha256:{mark(WHO)}"}

    first = await ada.http.get("/graphql", params=ask)
    again = await ada.http.get("/graphql", params=ask, headers={"If-None-Match": first.headers["etag"]})
    others = await bo.http.get("/graphql", params=ask, headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "private, no-cache"
    assert {"Authorization", "Cookie", "Accept"} <= {part.strip() for part in first.headers["vary"].split(",")}
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (others.status_code, others.json()["data"]) == (200, {"viewer": {"name": "Bo"}})


async def test_an_answer_that_has_changed_is_sent_anew(ada: Client) -> None:
    everybody = "{ people { nodes { name } } }"
    await trust([everybody], by=SYSTEM, client="desk")
    first = await ada.http.get("/graphql", params={"documentId": mark(everybody)})
    await a_person("Bo")

    second = await ada.http.get(
        "/graphql", params={"documentId": mark(everybody)}, headers={"If-None-Match": first.headers["etag"]}
    )

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.headers["etag"] != second.headers["etag"]


async def test_neither_texts_nor_failures_are_kept(ada: Client) -> None:
    wrong = 'query { cases(filter: {openedAt: {gte: "nonsense"}}) { nodes { id } } }'
    await trust([wrong], by=SYSTEM, client="desk")

    plain = await ada.http.get("/graphql", params={"query": WHO})
    failed = await ada.http.get("/graphql", params={"documentId": mark(wrong)})

    assert "errors" in failed.json()
    for answer in (plain, failed):
        assert "etag" not in answer.headers
        assert answer.headers.get("cache-control", "no-store") == "no-store"


async def test_a_mutation_by_its_hash_still_needs_post(ada: Client) -> None:
    change = "mutation { __typename }"
    await trust([change], by=SYSTEM, client="desk")

    answer = await ada.http.get("/graphql", params={"documentId": mark(change)})

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@asynccontextmanager
async def socket(client: Client) -> AsyncIterator[Any]:
    async with connect(f"ws{client.url[4:]}/graphql", subprotocols=["graphql-transport-ws"]) as found:  # type: ignore[list-item]
        await found.send(orjson.dumps({"type": "connection_init", "payload": {"token": client.token}}).decode())
        assert orjson.loads(await found.recv())["type"] == "connection_ack"
        yield found


async def test_a_websocket_takes_hashes_and_an_unknown_one_closes_nothing(ada: Client) -> None:
    await trust([WHO], by=SYSTEM, client="desk")

    async with socket(ada) as found:
        for name, text in (("1", OTHER), ("2", WHO)):
            payload = {"documentId": f"sha256:{mark(text)}"}
            await found.send(orjson.dumps({"id": name, "type": "subscribe", "payload": payload}).decode())
            told = orjson.loads(await found.recv())
            assert told["id"] == name
            assert told["type"] == ("error" if text is OTHER else "next")
            if told["type"] == "next":
                assert told["payload"]["data"] == {"viewer": {"name": "Ada"}}


async def test_registering_twice_adds_nothing_and_needs_a_right(url: str) -> None:
    first = await trust([WHO, OTHER], by=SYSTEM, client="desk")

    assert (first, await trust([WHO, WHO], by=SYSTEM, client="phone")) == (2, 0)
    with pytest.raises(Forbidden):
        await trust([WHO], by=await a_person("Lee", Role.LEAD), client="desk")


@pytest.mark.parametrize(
    "manifest",
    [
        {mark(WHO): WHO, mark(OTHER): OTHER},
        {f"sha256:{mark(WHO)}": WHO, mark(OTHER): OTHER},
        {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [{"id": mark(text), "body": text, "name": "x", "type": "query"} for text in (WHO, OTHER)],
        },
    ],
    ids=["relay-compiler and graphql-codegen", "with a prefix", "apollo"],
)
def test_manifests_are_read_as_their_compilers_write_them(tmp_path: Path, manifest: dict[str, Any]) -> None:
    path = tmp_path / "documents.json"
    path.write_bytes(orjson.dumps(manifest))

    assert texts(path) == [WHO, OTHER]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (orjson.dumps({hashlib.sha1(WHO.encode()).hexdigest(): WHO}), "SHA-256"),  # noqa: S324 - what compilers default to
        (orjson.dumps({mark("{ nothing }"): "{ nothing }"}), "does not fit the schema"),
        (orjson.dumps({mark(WHO): 7}), "SHA-256"),
        (b"[]", "JSON object"),
        (b"{", "cannot be read"),
        (b"{}", "no document"),
    ],
)
def test_a_manifest_that_cannot_serve_is_refused_whole(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "documents.json"
    path.write_bytes(content)

    with pytest.raises(ManifestInvalid, match=said):
        texts(path)


async def test_any_header_of_tags_that_holds_ours_is_a_match(ada: Client) -> None:
    await trust([WHO], by=SYSTEM, client="desk")
    first = await ada.http.get("/graphql", params={"documentId": mark(WHO)})
    tag = first.headers["etag"]

    found: list[httpx.Response] = [
        await ada.http.get("/graphql", params={"documentId": mark(WHO)}, headers={"If-None-Match": header})
        for header in (f'"x", {tag}', tag.removeprefix("W/"), "*", '"x"')
    ]

    assert [each.status_code for each in found] == [304, 304, 304, 200]
