"""Scripts: a document called once for every row, against a running server."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from caseward.calling import documents
from caseward.calling.errors import DocumentUnusable
from caseward.calling.rows import key_of, merged, rows
from caseward.calling.sending import retry_after
from domain.cases.models import Case, CaseComment
from domain.core.actor import Actor
from domain.people import actions as people
from domain.people.roles import Role
from tests.api.conftest import url
from tests.builders import SYSTEM, a_person, a_queue, a_team

__all__ = ["url"]

OPEN = """mutation($input: OpenCaseInput!) { openCase(input: $input) {
    ... on OpenCaseSuccess { replayed case { key } } ... on Problem { code message } } }"""
COMMENT = """mutation($input: CommentOnCaseInput!) { commentOnCase(input: $input) {
    ... on CommentOnCaseSuccess { replayed case { key } } ... on Problem { code message } } }"""


@dataclass(frozen=True)
class Ended:
    """What a run of the command came to."""

    code: int
    lines: list[dict[str, Any]]
    said: str


async def caseward_call(*arguments: str | Path, url: str, token: str = "", fed: bytes = b"") -> Ended:
    environment = {"CASEWARD_TOKEN": token, "CASEWARD_PUBLIC_URL": url}
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "caseward", "call", *map(str, arguments),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment,
    )  # fmt: skip
    out, err = await running.communicate(fed)
    return Ended(running.returncode or 0, [orjson.loads(line) for line in out.splitlines()], err.decode())


@pytest.fixture
async def lead(url: str) -> Actor:
    assert url
    await a_queue(team=(await a_team()).id)
    return await a_person("Bo", Role.LEAD)


async def a_token(of: Actor) -> str:
    _, secret = await people.issue_token(of.id, by=SYSTEM, name="script")
    return secret


def written(folder: Path, name: str, *lines: object) -> Path:
    path = folder / name
    path.write_bytes(b"\n".join(orjson.dumps(line) for line in lines))
    return path


def a_document(folder: Path, text: str) -> Path:
    path = folder / "call.graphql"
    path.write_text(text)
    return path


async def test_every_row_is_done_once_however_often_the_script_runs(url: str, lead: Actor, tmp_path: Path) -> None:
    token = await a_token(lead)
    shared = written(tmp_path, "vars.json", {"input": {"kind": "SERVICE"}})
    each = written(tmp_path, "rows.ndjson", *({"input": {"title": f"Case {n}"}} for n in range(9)))
    arguments = (a_document(tmp_path, OPEN), "--vars", shared, "--each", each, "--jobs", "3")

    first = await caseward_call(*arguments, url=url, token=token)
    again = await caseward_call(*arguments, url=url, token=token)

    assert (first.code, again.code) == (0, 0), first.said + again.said
    assert sorted(line["row"] for line in first.lines) == list(range(1, 10))
    assert {line["replayed"] for line in first.lines} == {False}
    assert {line["replayed"] for line in again.lines} == {True}
    assert {line["key"]: line["data"]["openCase"]["case"] for line in first.lines} == {
        line["key"]: line["data"]["openCase"]["case"] for line in again.lines
    }
    assert await Case.all().count() == 9
    assert "9 done (9 of them before), 0 refused" in again.said


async def test_the_exit_code_and_the_results_say_what_was_refused(url: str, lead: Actor, tmp_path: Path) -> None:
    token = await a_token(lead)
    document = a_document(tmp_path, OPEN)
    good, bad = {"title": "A case", "kind": "SERVICE"}, {"title": " ", "kind": "SERVICE"}
    some = written(tmp_path, "some.ndjson", good, bad, {"title": 7})
    none = written(tmp_path, "none.ndjson", bad)

    mixed = await caseward_call(document, "--each", some, "--into", "input", "--jobs", "1", url=url, token=token)
    failed = await caseward_call(document, "--each", none, "--into", "input", url=url, token=token)

    assert (mixed.code, failed.code) == (1, 2)
    assert [line["ok"] for line in mixed.lines] == [True, False, False]
    assert mixed.lines[1]["data"]["openCase"]["code"] == "VALIDATION_FAILED"
    assert mixed.lines[2]["errors"][0]["extensions"]["code"]
    assert [line["ok"] for line in failed.lines] == [False]


@pytest.mark.parametrize(
    ("text", "token", "code"),
    [(OPEN, "", "TOKEN_MISSING"), ("mutation {", "cw_x", "DOCUMENT_UNUSABLE"), (OPEN, "cw_x", "VARIABLES_UNUSABLE")],
)
async def test_a_call_that_never_began_exits_as_one_that_did_nothing(
    tmp_path: Path, text: str, token: str, code: str
) -> None:
    shared = written(tmp_path, "vars.json", ["no object"])

    ended = await caseward_call(
        a_document(tmp_path, text), "--vars", shared, url="http://127.0.0.1:9", token=token
    )  # fmt: skip

    assert (ended.code, ended.lines) == (2, [])
    assert code in ended.said


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("absent.graphql",), "DOCUMENT_UNUSABLE"),
        (("latin.graphql",), "DOCUMENT_UNUSABLE"),
        (("call.graphql", "--vars", "absent.json"), "VARIABLES_UNUSABLE"),
        (("call.graphql", "--vars", "latin.graphql"), "VARIABLES_UNUSABLE"),
        (("call.graphql", "--vars", "other.json"), "VARIABLES_UNUSABLE"),
        (("call.graphql", "--each", "absent.ndjson"), "FILE_UNREADABLE"),
        (("call.graphql", "--done", "."), "FILE_UNREADABLE"),
    ],
)
async def test_a_file_that_cannot_be_read_is_said_in_one_line(
    tmp_path: Path, arguments: tuple[str, ...], code: str
) -> None:
    a_document(tmp_path, OPEN)
    written(tmp_path, "other.json", {"unheard": 1})
    (tmp_path / "latin.graphql").write_bytes("{ é }".encode("latin-1"))
    placed = (each if each.startswith("--") else tmp_path / each for each in arguments)

    ended = await caseward_call(*placed, url="http://127.0.0.1:9", token="cw_x")

    assert (ended.code, ended.lines) == (2, [])
    assert code in ended.said
    assert "Traceback" not in ended.said


async def test_rows_left_out_count_as_done_in_the_exit_code(url: str, lead: Actor, tmp_path: Path) -> None:
    token = await a_token(lead)
    good, bad = {"title": "A", "kind": "SERVICE"}, {"title": " ", "kind": "SERVICE"}
    arguments = (a_document(tmp_path, OPEN), "--into", "input", "--each")
    each, more = written(tmp_path, "rows.ndjson", good), written(tmp_path, "more.ndjson", good, bad)
    first = await caseward_call(*arguments, each, url=url, token=token)
    results = written(tmp_path, "results.ndjson", *first.lines)

    all_of_them = await caseward_call(*arguments, each, "--done", results, url=url, token=token)
    some = await caseward_call(*arguments, more, "--done", results, url=url, token=token)

    assert (all_of_them.code, some.code) == (0, 1)
    assert all_of_them.lines == []


async def test_a_second_run_can_leave_out_what_the_first_one_did(url: str, lead: Actor, tmp_path: Path) -> None:
    token = await a_token(lead)
    document = a_document(tmp_path, OPEN)
    each = written(tmp_path, "rows.ndjson", {"title": "A", "kind": "SERVICE"}, {"title": "B", "kind": "SERVICE"})
    arguments = (document, "--each", each, "--into", "input", "--jobs", "1")
    first = await caseward_call(*arguments, url=url, token=token)
    results = tmp_path / "results.ndjson"
    results.write_bytes(orjson.dumps(first.lines[0]) + b"\n" + orjson.dumps(first.lines[1])[:30])

    second = await caseward_call(*arguments, "--done", results, url=url, token=token)

    assert [line["row"] for line in second.lines] == [2]
    assert second.lines[0]["replayed"] is True
    assert "1 left out" in second.said


async def test_another_label_does_the_same_rows_once_more_and_rows_can_be_piped(
    url: str, lead: Actor, tmp_path: Path
) -> None:
    token = await a_token(lead)
    opened = await caseward_call(
        a_document(tmp_path, OPEN),
        "--vars",
        written(tmp_path, "vars.json", {"input": {"title": "One", "kind": "SERVICE"}}),
        url=url,
        token=token,
    )
    row = orjson.dumps({"id": opened.lines[0]["data"]["openCase"]["case"]["key"], "text": "Still waiting."})
    arguments = (a_document(tmp_path, COMMENT), "--each", "-", "--into", "input")

    for label in ("monday", "monday", "tuesday"):
        ended = await caseward_call(*arguments, "--label", label, url=url, token=token, fed=row)
        assert ended.code == 0, ended.said

    assert await CaseComment.all().count() == 2


async def test_a_row_that_cannot_be_read_is_told_and_the_others_are_sent(url: str, lead: Actor, tmp_path: Path) -> None:
    token = await a_token(lead)
    rows_ = b'{"input": {"title": "A", "kind": "SERVICE"}}\n\nno json\n{"other": 1}\n[1]\n'

    ended = await caseward_call(a_document(tmp_path, OPEN), "--each", "-", url=url, token=token, fed=rows_)

    found = {line["row"]: line for line in ended.lines}
    assert ended.code == 1
    assert found[1]["ok"] is True
    assert [found[row]["errors"][0]["extensions"]["code"] for row in (3, 4, 5)] == ["ROW_UNREADABLE"] * 3


@pytest.mark.parametrize(
    ("shared", "into", "said"),
    [
        ({"unheard": 1}, "input", "--vars names $unheard. The document takes $input."),
        ({}, "inptu", "--into names $inptu. The document takes $input."),
    ],
)
async def test_a_variable_of_all_rows_that_the_document_lacks_is_refused_once_before_any_is_sent(
    tmp_path: Path, shared: dict[str, Any], into: str, said: str
) -> None:
    each = written(tmp_path, "rows.ndjson", *({"title": f"{n}", "kind": "SERVICE"} for n in range(3)))
    placed = (a_document(tmp_path, OPEN), "--vars", written(tmp_path, "vars.json", shared), "--each", each)

    ended = await caseward_call(*placed, "--into", into, url="http://127.0.0.1:9", token="cw_x")

    assert (ended.code, ended.lines) == (2, [])
    assert "VARIABLES_UNUSABLE" in ended.said
    assert said in " ".join(ended.said.split())


async def test_an_operation_the_document_lacks_is_told_which_it_has(tmp_path: Path) -> None:
    unnamed = a_document(tmp_path, "{ viewer { name } }")
    alone = await caseward_call(unnamed, "--operation", "Mine", url="http://127.0.0.1:9", token="cw_x")
    several = a_document(tmp_path, "query A { viewer { name } } query B { viewer { name } }")

    wrong = await caseward_call(several, "--operation", "Mine", url="http://127.0.0.1:9", token="cw_x")
    none = await caseward_call(several, url="http://127.0.0.1:9", token="cw_x")

    assert [ended.code for ended in (alone, wrong, none)] == [2, 2, 2]
    assert "There is no operation Mine. The document's only one has no name" in " ".join(alone.said.split())
    assert "There is no operation Mine. Say which operation to run by --operation: A, B" in " ".join(wrong.said.split())
    assert "DOCUMENT_UNUSABLE Say which operation to run by --operation: A, B." in " ".join(none.said.split())


async def test_a_token_that_is_not_valid_ends_the_call_at_once(url: str, lead: Actor, tmp_path: Path) -> None:
    assert lead
    each = written(tmp_path, "rows.ndjson", *({"title": f"{n}", "kind": "SERVICE"} for n in range(50)))

    ended = await caseward_call(
        a_document(tmp_path, OPEN),
        "--each",
        each,
        "--into",
        "input",
        url=url,
        token="cw_wrong",
    )

    assert (ended.code, ended.lines) == (2, [])
    assert "CALL_REFUSED TOKEN_INVALID" in ended.said


@asynccontextmanager
async def answering(answers: Sequence[Response], seen: list[str]) -> AsyncIterator[str]:
    """A far end that gives these answers in turn, the last one ever after, and keeps the keys it was sent."""
    left = list(answers)

    async def graphql(request: Request) -> Response:
        seen.append(request.headers.get("idempotency-key", ""))
        return left.pop(0) if len(left) > 1 else left[0]

    app = Starlette(routes=[Route("/graphql", graphql, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn rings nothing
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


async def test_a_server_that_is_busy_is_waited_for_as_long_as_it_says_and_sent_the_same_key(tmp_path: Path) -> None:
    busy = [
        JSONResponse({"errors": [{"message": "Slow down."}]}, 429, {"Retry-After": "1"}),
        JSONResponse({"errors": [{"message": "Away."}]}, 503, {"Retry-After": "0"}),
        JSONResponse({"errors": [{"message": "Away.", "extensions": {"code": "UNAVAILABLE", "retryable": True}}]}),
        JSONResponse({"data": {"openCase": {"replayed": True}}}),
    ]
    seen: list[str] = []
    began = asyncio.get_running_loop().time()

    async with answering(busy, seen) as url:
        ended = await caseward_call(
            a_document(tmp_path, OPEN),
            "--each",
            "-",
            url=url,
            token="cw_x",
            fed=b'{"input": {}}',
        )

    assert (ended.code, len(seen), len(set(seen))) == (0, 4, 1), ended.said
    assert asyncio.get_running_loop().time() - began >= 1
    assert ended.lines[0]["replayed"] is True


async def test_a_server_that_is_away_is_waited_for(url: str, lead: Actor, tmp_path: Path) -> None:
    token = await a_token(lead)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    waiting = asyncio.create_task(
        caseward_call(
            a_document(tmp_path, OPEN), "--each", "-", "--jobs", "1", url=f"http://127.0.0.1:{port}", token=token,
            fed=b'{"input": {"title": "A", "kind": "SERVICE"}}',
        )
    )  # fmt: skip
    refused = asyncio.Event()

    async def closing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        refused.set()

    async with await asyncio.start_server(closing, "127.0.0.1", port):
        await refused.wait()
    there = httpx.URL(url)

    async def passing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        on, back = await asyncio.open_connection(there.host, there.port)
        await asyncio.gather(passed(reader, back), passed(on, writer))

    async with await asyncio.start_server(passing, "127.0.0.1", port):
        ended = await waiting

    assert (ended.code, [line["ok"] for line in ended.lines]) == (0, [True]), ended.said
    assert await Case.all().count() == 1


async def passed(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    """Hands on all there is until it ends."""
    while part := await source.read(65536):
        to.write(part)
    to.close()


async def test_patience_ends(tmp_path: Path) -> None:
    busy = [JSONResponse({"errors": [{"message": "Slow down."}]}, 429, {"Retry-After": "60"})]
    seen: list[str] = []

    async with answering(busy, seen) as url:
        ended = await caseward_call(
            a_document(tmp_path, OPEN),
            "--each",
            "-",
            "--patience",
            "5",
            url=url,
            token="cw_x",
            fed=b'{"input": {}}',
        )

    assert (ended.code, len(seen)) == (2, 1)
    assert ended.lines[0]["errors"] == [{"message": "Slow down."}]


@pytest.mark.parametrize(
    "text",
    [
        "mutation { openCase(input: {}) { ... on OpenCaseSuccess { token } } }",
        "mutation { openCase(input: {}) { ... on Problem { said: code } } }",
        "subscription { caseChanged { seq } }",
        "query A { viewer { name } } query B { viewer { name } }",
        "fragment F on Query { viewer { name } }",
        "mutation { openCase(input: {}) { ...Gone } }",
        "mutation {",
    ],
)
def test_a_document_whose_answers_would_not_tell_is_refused_before_anything_is_sent(text: str) -> None:
    with pytest.raises(DocumentUnusable):
        documents.read(text)


def test_what_was_refused_may_be_told_by_a_fragment() -> None:
    found = documents.read(
        "mutation Do($a: Int) { openCase(input: {}) { ...P } } fragment P on Problem { code } query Q { node { id } }",
        "Do",
    )

    assert (found.operation, found.mutates, found.variables) == ("Do", True, frozenset({"a"}))


objects = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.dictionaries(st.text(), inner, max_size=3) | st.lists(inner, max_size=3),
)
mappings = st.dictionaries(st.text(), objects, max_size=4)


@given(mappings, mappings)
def test_what_a_row_says_holds_and_what_it_leaves_out_is_shared(shared: dict[str, Any], row: dict[str, Any]) -> None:
    found = merged(shared, row)

    assert merged(found, row) == found
    assert merged({}, row) == row
    assert merged(shared, {}) == shared
    assert found.keys() == shared.keys() | row.keys()


@given(mappings)
def test_the_key_of_a_row_is_its_content_in_whatever_order_it_is_written(row: dict[str, Any]) -> None:
    document = documents.read("query($a: Int) { viewer { name } }")
    turned = dict(reversed(row.items()))

    assert key_of(document, row, "") == key_of(document, turned, "")
    assert key_of(document, row, "") != key_of(document, row, "again")
    assert len(key_of(document, row, "")) <= 255


def test_rows_are_read_one_at_a_time() -> None:
    document = documents.read("query($a: Int) { viewer { name } }")

    def endless() -> Any:
        while True:
            yield b'{"a": 1}'

    found = rows(endless(), document, shared={}, into=None, label="")

    assert next(found).variables == {"a": 1}
    assert next(found).number == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (None, 0.5),
        ("soon", 0.5),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00", 0.5),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float) -> None:
    assert retry_after(header, otherwise=0.5) == seconds
