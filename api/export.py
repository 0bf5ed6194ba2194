"""GET /export/{list}: every row of a list that its reader may see, as NDJSON or CSV, for as long as it takes."""

import asyncio
import functools
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from api import refusals
from api.auth import Proof, authenticated
from api.budget import BudgetSpent, limits_of, too_much
from api.desk import Desk
from api.exporting import FORMATS, PAGE, Export, asked
from api.guarding import ensure_ours
from api.negotiation import GraphQLRequest
from api.refusals import HttpRefusal, OperationRefused
from api.running import context, ready, run
from schema import reads

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who exports, asked anew for every page: rights that are gone end an export."""

    desk: Desk
    proof: Proof
    request_id: str

    async def page(self, export: Export, after: int) -> list[Any]:
        """The rows of the page after a number, paid for. Raises OperationRefused with what the answer's errors were."""
        return _rows(await self.answer(export, after))

    async def answer(self, export: Export, after: int) -> dict[str, Any]:
        """The same as the list's own answer, which tells what it has cost."""
        login = await authenticated(self.desk.logins, self.proof)
        operation = await ready(self.desk, GraphQLRequest(export.document, export.variables(after)), login)
        about = context(self.desk, operation, login, self.proof, self.request_id)
        answer: dict[str, Any] = orjson.loads(reads.encode(await run(operation, about)))
        if answer.get("errors"):
            raise OperationRefused(answer["errors"])
        return answer


async def endpoint(request: Request) -> Response:
    """What cannot be read at all is refused before the first byte; the rest as docs/scripts.md says."""
    desk: Desk = request.state.desk
    proof = desk.logins.proof(request.headers.get("authorization"), request.cookies)
    ensure_ours(request, proof, desk.settings)
    await authenticated(desk.logins, proof)
    export = asked(request.path_params["list"], request.query_params.multi_items())
    reader = Reader(desk, proof, request.state.request_id)
    try:
        first = await reader.answer(export, export.after)
    except BudgetSpent as refused:
        return too_much(refused)
    except OperationRefused as refused:
        return _refused(refused)
    name = f"{export.of.name}.{export.format}"
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"', **limits_of(first)}
    body = lines(functools.partial(reader.page, export), export, _rows(first))
    return StreamingResponse(body, 200, headers, f"{FORMATS[export.format]}; charset=utf-8")


def _rows(answer: Mapping[str, Any]) -> list[Any]:
    rows: list[Any] = answer["data"]["rows"]["nodes"]
    return rows


async def lines(read: Callable[[int], Awaitable[list[Any]]], export: Export, rows: list[Any]) -> AsyncIterator[bytes]:
    """``rows``, and what ``read`` finds after a number, a page at a time; never more than one is held.

    Where its reader has spent too much it goes on when there is enough again. What fails halfway is told in the last
    line; a CSV, which has no place for it, breaks off so that its client knows.
    """
    after, told = export.after, 0
    yield export.head()
    try:
        while rows:
            yield b"".join(map(export.line, rows))
            after, told = export.number(rows[-1]), told + len(rows)
            rows = await _patiently(read, after) if len(rows) == PAGE else []
    except (OperationRefused, HttpRefusal) as refused:
        if export.format == "csv":
            raise
        yield export.tail(after, told, _errors(refused))
        return
    log.info("exported", of=export.of.name, format=export.format, rows=told)
    yield export.tail(after, told)


async def _patiently(read: Callable[[int], Awaitable[list[Any]]], after: int) -> list[Any]:
    while True:
        try:
            return await read(after)
        except BudgetSpent as refused:
            await asyncio.sleep(refused.seconds)


def _errors(refused: OperationRefused | HttpRefusal) -> list[Any]:
    if isinstance(refused, OperationRefused):
        return refused.errors
    retryable = refused.status in refusals.RETRYABLE
    return [{"message": refused.message, "extensions": {"code": refused.code, "retryable": retryable}}]


_WHOLE = re.compile(r"Field '(\w+)' of type '[^']+' must have a selection of subfields")
_PART = re.compile(r"Field '(\w+)' must not have a selection")
_UNKNOWN = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'\.(.*)")


def _about_fields(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """An error of the document that nobody sent, as one of ``fields``."""
    said = str(error["message"])
    if found := _WHOLE.match(said):
        said = f"fields: {found[1]} has fields of its own; name those you want behind a dot, as in clocks.dueAt."
    elif found := _PART.match(said):
        said = f"fields: {found[1]} has no fields of its own; name it without a dot behind it."
    elif found := _UNKNOWN.match(said):
        said = f"fields: {found[2]} has no {found[1]}.{found[3]}"
    else:
        return error
    return {"message": said, "extensions": error["extensions"]}


def _refused(refused: OperationRefused) -> Response:
    """400 for what is asked for wrongly, 503 for what may go well a little later, 500 for what nobody expected."""
    codes = {error.get("extensions", {}).get("code") for error in refused.errors}
    response = JSONResponse(
        {"errors": [_about_fields(error) for error in refused.errors]}, 400, media_type=refusals.PLAIN
    )
    if codes & {"UNAVAILABLE", "READ_TIMED_OUT"}:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    elif "INTERNAL" in codes:
        response.status_code = 500
    return response
