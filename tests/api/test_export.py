"""Lists as files: NDJSON and CSV, whole, resumable, and of nothing the reader may not see."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise import connections

from api.app import create_app
from api.budget import BudgetSpent
from api.cells import FORMULA, cell, csv_line, value
from api.export import lines as lines_of
from api.exporting import PAGE, asked
from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.states import CaseKind, Sensitivity, Severity
from domain.core.actor import Actor
from domain.inquiries import actions as inquiries
from domain.inquiries.states import InquiryKind
from domain.people import actions as people
from domain.people.models import SensitiveRead
from domain.people.roles import Role
from domain.people.states import DocumentMode
from integrations.settings import Settings
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_queue, a_team

Login = Callable[[Actor], Awaitable[Client]]


async def a_case(title: str = "Some words", **given: Any) -> Case:
    return await cases.open_case(title, by=SYSTEM, kind=CaseKind.SERVICE, **given)


@pytest.fixture
async def ada(url: str, login: Login) -> Client:
    assert url
    await a_queue(team=(await a_team()).id)
    return await login(await a_person("Ada"))


async def export(client: Client, of: str = "cases", **parameters: str) -> httpx.Response:
    return await client.http.get(f"/export/{of}", params=parameters)


def lines(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    return [orjson.loads(line) for line in answer.text.splitlines()]


def records(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text, newline="")))


async def test_a_list_is_exported_by_its_filter_with_the_fields_asked_for(ada: Client) -> None:
    await a_case("Low")
    high = await a_case("High", severity=Severity.SEV1)

    answer = await export(ada, filter='{"severity": {"eq": "SEV1"}}', fields="key,queue.key,queue.team.key,title")

    row, end = lines(answer)
    assert row == {"key": f"CASE-{high.number}", "queue": {"key": "live", "team": {"key": "live"}}, "title": "High"}
    assert end == {"complete": True, "rows": 1, "after": f"CASE-{high.number}"}
    assert answer.headers["content-type"] == "application/x-ndjson; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="cases.ndjson"'


async def test_every_row_is_there_once_however_many_pages_and_an_export_that_broke_off_goes_on(ada: Client) -> None:
    numbers = [(await a_case()).number for _ in range(PAGE + 3)]

    whole = lines(await export(ada, fields="key"))
    rest = lines(await export(ada, fields="key", after=whole[PAGE - 2]["key"]))
    none = lines(await export(ada, fields="key", after=whole[-1]["after"]))

    assert [row["key"] for row in whole[:-1]] == [f"CASE-{number}" for number in sorted(numbers)]
    assert whole[-1] == {"complete": True, "rows": PAGE + 3, "after": f"CASE-{max(numbers)}"}
    assert rest[:-1] == whole[PAGE - 1 : -1]
    assert none == [{"complete": True, "rows": 0, "after": whole[-1]["after"]}]


async def test_a_csv_has_a_head_and_no_cell_that_a_spreadsheet_would_carry_out(ada: Client) -> None:
    await a_case('=HYPERLINK("http://evil")')
    await a_case('He said "no", twice\nand left')

    answer = await export(ada, format="csv", fields="title,assignee.name,tier,viewerCan.allowed")

    head, formula, text = records(answer)
    assert head == ["title", "assignee.name", "tier", "viewerCan.allowed"]
    assert formula[:3] == ['\'=HYPERLINK("http://evil")', "", "0"]
    assert text[0] == 'He said "no", twice\nand left'
    assert isinstance(orjson.loads(text[3]), list)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


async def test_inquiries_are_exported_too(ada: Client) -> None:
    filed = await inquiries.file(
        "Help", by=SYSTEM, kind=InquiryKind.QUESTION, channel="email", external_id="m1", text="Where is my money?"
    )

    row, end = lines(await export(ada, "inquiries"))

    assert (row["key"], row["title"], row["state"]) == (f"INQ-{filed.inquiry.number}", "Help", "OPEN")
    assert end["complete"] is True


async def test_what_may_not_be_seen_is_not_exported_and_what_not_everybody_may_see_is_written_down(
    ada: Client, login: Login
) -> None:
    await a_case()
    secret = await a_case(sensitivity=Sensitivity.RESTRICTED)
    cleo = await a_person("Cleo", Role.ADMIN)

    hidden = lines(await export(ada, fields="key"))
    before = await SensitiveRead.all().count()
    shown = lines(await export(await login(cleo), format="ndjson", fields="key"))

    assert hidden[-1]["rows"] == 1
    assert before == 0
    assert shown[-1]["rows"] == 2
    assert await SensitiveRead.all().values_list("reader_id", "subject_id") == [(cleo.id, secret.id)]


@pytest.mark.parametrize(
    ("of", "parameters", "status", "said"),
    [
        ("people", {}, 404, "no such export"),
        ("cases", {"format": "xlsx"}, 400, "ndjson or csv"),
        ("cases", {"filer": "{}"}, 400, "takes no filer"),
        ("cases", {"filter": "{"}, 400, "JSON"),
        ("cases", {"filter": "[]"}, 400, "JSON object"),
        ("cases", {"filter": '{"and": 3}'}, 400, "JSON object"),
        ("cases", {"filter": '{"nothing": {"eq": 1}}'}, 400, "nothing"),
        ("cases", {"after": "INQ-3"}, 400, "CASE-123"),
        ("cases", {"fields": "key,nothing"}, 400, "nothing"),
        ("cases", {"fields": "key } } { viewer"}, 400, "no field"),
        ("cases", {"fields": "comments.nodes.text"}, 400, "pages of its own"),
        ("cases", {"fields": "queue"}, 400, "fields: queue has fields of its own; name those"),
        ("cases", {"fields": "key,clocks"}, 400, "fields: clocks has fields of its own"),
        ("cases", {"fields": "key.name"}, 400, "fields: key has no fields of its own"),
        ("cases", {"fields": "titel"}, 400, "fields: Case has no titel."),
    ],
)
async def test_what_cannot_be_exported_is_refused_before_the_first_byte(
    ada: Client, of: str, parameters: dict[str, str], status: int, said: str
) -> None:
    answer = await export(ada, of, **parameters)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    (error, *_) = answer.json()["errors"]
    assert said in error["message"]
    assert error["extensions"]["code"]


async def test_nobody_exports_without_a_token_nor_past_registered_documents(ada: Client) -> None:
    bound = await a_person("Bound")
    _, secret = await people.issue_token(bound.id, by=SYSTEM, name="bound", documents=DocumentMode.REQUIRED)

    nobody = await ada.http.get("/export/cases", headers={"Authorization": "Bearer cw_wrong"})
    held = await ada.http.get("/export/cases", headers={"Authorization": f"Bearer {secret}"})

    assert (nobody.status_code, nobody.json()["errors"][0]["extensions"]["code"]) == (401, "TOKEN_INVALID")
    assert (held.status_code, held.json()["errors"][0]["extensions"]["code"]) == (400, "DOCUMENT_NOT_TRUSTED")


async def broken_off(database_url: str, form: str) -> tuple[list[Any], BaseException | None]:
    """What an export sends whose second page cannot be read, and what it ends with."""
    app = create_app(Settings(), database_url=database_url)
    sent: list[Any] = []
    async with app.router.lifespan_context(app) as state:
        _, secret = await people.issue_token((await a_person("Ada")).id, by=SYSTEM, name="test")
        await a_queue(team=(await a_team()).id)
        for _ in range(PAGE):
            await a_case()
        connection = connections.get("default")

        async def send(message: Any) -> None:
            if message.get("body", b"").strip() and not any(each.get("body", b"").strip() for each in sent):
                await connection.execute_query('ALTER TABLE "case" RENAME TO away')
            sent.append(message)

        async def receive() -> Any:
            return await asyncio.Event().wait()

        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": "/export/cases", "raw_path": b"/export/cases", "root_path": "",
            "query_string": f"fields=key&format={form}".encode(), "state": dict(state or {}),
            "headers": [(b"authorization", f"Bearer {secret}".encode()), (b"host", b"desk")],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        try:
            await app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - whatever it is, the server breaks the transfer off
            return sent, error
    return sent, None


async def test_an_export_that_has_to_stop_says_so_and_where_to_go_on(database_url: str) -> None:
    sent, error = await broken_off(database_url, "ndjson")

    *rows, end = b"".join(message.get("body", b"") for message in sent).splitlines()
    told = orjson.loads(end)
    assert error is None
    assert len(rows) == PAGE
    assert (told["complete"], told["rows"], told["after"]) == (False, PAGE, orjson.loads(rows[-1])["key"])
    assert told["errors"][0]["extensions"]["code"] == "INTERNAL"


async def test_a_csv_that_has_to_stop_never_ends_its_transfer(database_url: str) -> None:
    sent, error = await broken_off(database_url, "csv")

    assert error is not None
    assert all(message.get("more_body", True) for message in sent)


async def test_an_export_whose_reader_has_spent_too_much_goes_on_when_there_is_enough_again() -> None:
    pages = [{"key": f"CASE-{n}", "exported": f"CASE-{n}"} for n in range(1, PAGE + 2)]
    spent = BudgetSpent(1, {"limit": 10, "remaining": 0, "restoreRate": 1000})
    spent.seconds = 0
    refusals = [spent, spent]

    async def read(after: int) -> list[Any]:
        if refusals:
            raise refusals.pop()
        return pages[after:]

    found = b"".join([part async for part in lines_of(read, asked("cases", []), pages[:PAGE])]).splitlines()

    assert [orjson.loads(line)["key"] for line in found[:-1]] == [row["key"] for row in pages]
    assert orjson.loads(found[-1]) == {"complete": True, "rows": PAGE + 1, "after": f"CASE-{PAGE + 1}"}


@given(st.text())
def test_no_cell_begins_like_a_formula_and_no_text_is_lost(text: str) -> None:
    found = cell(text)

    assert not found.startswith(FORMULA)
    assert found.removeprefix("'") == text or found == text


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_a_record_is_read_back_as_it_was_written(cells: list[str]) -> None:
    (found,) = csv.reader(io.StringIO(csv_line(cells).decode(), newline=""))

    assert found == cells


def test_cells_of_other_values_are_plain() -> None:
    row = {"a": None, "b": True, "c": -5, "d": [{"e": "x"}, {"e": None}], "f": {"g": 1.5}}

    assert [cell(value(row, [name])) for name in "abc"] == ["", "true", "-5"]
    assert cell(value(row, ["d", "e"])) == '["x",null]'
    assert cell(value(row, ["f", "g"])) == "1.5"
    assert cell(value(row, ["a", "b"])) == ""
