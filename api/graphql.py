"""The GraphQL endpoint over HTTP: one request in, one answer or a stream of events out."""

import asyncio
from collections.abc import Mapping
from typing import Any

from graphql import OperationType
from starlette.requests import Request
from starlette.responses import Response

from api import sse, trusted
from api.auth import authenticated
from api.budget import BudgetSpent, limits_of, too_much
from api.caching import NEVER, tagged
from api.desk import Desk
from api.editor import routes as pages
from api.guarding import ensure_ours
from api.media import EVENTS, GRAPHQL, HTML, JSON
from api.negotiation import accepted, read_request
from api.refusals import HttpRefusal, OperationRefused, refuse
from api.rehearsing import is_dry, rehearsed
from api.running import Operation, allowed, context, ready, run, unstoppable
from schema import reads
from schema.context import Context

LONGEST = 30.0
"""Seconds a query may take in all."""
UNWATCHED = 0.1
"""Seconds a query may take before anybody looks whether its client is still there: most are answered by then."""


async def endpoint(request: Request) -> Response:
    """GET and POST /graphql. A query whose client has gone is cancelled; a mutation never is."""
    desk: Desk = request.state.desk
    form = accepted(request.headers.get("accept"))
    if form == HTML:
        return pages.page(desk, request)
    proof = desk.logins.proof(request.headers.get("authorization"), request.cookies)
    ensure_ours(request, proof, desk.settings)
    login = await authenticated(desk.logins, proof)
    asked = await read_request(request)
    try:
        operation = await ready(desk, asked, login)
        _ensure_fitting(operation, request.method, form)
        if operation.kind is OperationType.MUTATION:
            login = await authenticated(desk.logins, proof, fresh=True)
        about = context(desk, operation, login, proof, request.state.request_id)
        about.idempotency_key = request.headers.get("idempotency-key")
        if is_dry(request.headers.get("x-query-dry-run")):
            return encoded(await rehearsed(operation, about), form)
        if form == EVENTS:
            return await sse.response(operation, about, request.headers.get("last-event-id"))
        answer = await _answer(request, operation, about)
        if note := trusted.told(operation.request, allowed(desk, login)):
            answer["extensions"] = answer.get("extensions", {}) | note
        return _kept(request, operation, answer, form)
    except BudgetSpent as refused:
        return sse.spent(refused) if form == EVENTS else too_much(refused)
    except OperationRefused as refused:
        if form == EVENTS:
            return sse.refused(refused.errors)
        return encoded({"errors": refused.errors}, form)


def _kept(request: Request, operation: Operation, answer: dict[str, Any], form: str) -> Response:
    """The answer; to a GET of a registered document one that its client may keep."""
    response = encoded(answer, form)
    response.headers.update(limits_of(answer))
    if request.method == "POST":
        return response
    if operation.request.document is not None and operation.request.trusted:
        return tagged(request, response, answer)
    response.headers.update(NEVER)
    return response


def _ensure_fitting(operation: Operation, method: str, form: str) -> None:
    if operation.kind is OperationType.MUTATION and method != "POST":
        refuse(405, "METHOD_NOT_ALLOWED", "A mutation needs POST.", Allow="POST")
    if operation.kind is OperationType.SUBSCRIPTION and form != EVENTS:
        refuse(406, "NOT_ACCEPTABLE", f"A subscription answers as events: Accept: {EVENTS}, or use a WebSocket.")


async def _answer(request: Request, operation: Operation, about: Context) -> dict[str, Any]:
    if operation.kind is OperationType.MUTATION:
        return await unstoppable(operation, about)
    running = asyncio.ensure_future(run(operation, about))
    try:
        await asyncio.wait({running}, timeout=UNWATCHED)
        if not running.done():
            await _watched(request, running)
        return running.result()
    finally:
        running.cancel()


async def _watched(request: Request, running: asyncio.Future[Any]) -> None:
    """Waits until it is done, for as long as its client does and it may take."""
    leaving = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({running, leaving}, timeout=LONGEST - UNWATCHED, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
    if running.done():
        return
    if not leaving.done():
        raise HttpRefusal(503, "TIMED_OUT", f"This took longer than {LONGEST:g} s. Ask for less.", {"Retry-After": "5"})
    raise HttpRefusal(499, "CLIENT_GONE", "The client has gone.")


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def encoded(answer: Mapping[str, Any], form: str) -> Response:
    """An answer in the form chosen. A request that could not run is 400; to plain JSON clients 200, as they expect."""
    failed = "data" not in answer
    status = 400 if failed and form == GRAPHQL else 200
    return Response(reads.encode(answer), status, media_type=f"{GRAPHQL if form == GRAPHQL else JSON}; charset=utf-8")
