"""Running one operation: which one, as whom, and what of its errors clients may know."""

import asyncio
import functools
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from graphql import OperationDefinitionNode, OperationType

from api.answers import Source
from api.auth import Proof
from api.behind import behind, deprecations, look
from api.budget import charge, entered, settled
from api.desk import Desk
from api.members import Message
from api.metrics import count_deprecated
from api.negotiation import GraphQLRequest
from api.places import Sent
from api.refusals import OperationRefused
from api.sharing import Sharing, followed
from api.showing import refused, shown, told_of
from domain.core.actor import Actor
from domain.core.errors import Refusal
from domain.core.texts import quoted
from domain.people import actions as people
from domain.people.queries import Login
from domain.people.states import DocumentMode, strictest
from integrations import postgres
from integrations.blobs import limits_of
from schema import Contract, reads
from schema.context import Context
from schema.documents import Document
from schema.reads.hooks import core_schema
from schema.texts import TextRefused, ensure_storable
from schema.tokens import wait_for

NOTHING: Mapping[str, Any] = {}
"""What a stream tells of its cost where somebody else has told it."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A request whose document is valid, with the one operation to run."""

    request: GraphQLRequest
    document: Document
    node: OperationDefinitionNode
    contract: Contract
    sharing: Sharing

    @property
    def sent(self) -> Sent:
        """What came with it, for saying where in it something is wrong."""
        return Sent(core_schema(self.contract), self.node, self.request.variables)

    @property
    def kind(self) -> OperationType:
        return self.node.operation


def prepare(desk: Desk, request: GraphQLRequest) -> Operation:
    """Parses, validates and chooses; nothing has run when it refuses."""
    try:
        ensure_storable(request.variables)
        ensure_storable(request.extensions)
    except TextRefused as refusal:
        raise OperationRefused([refused(refusal, {})]) from refusal
    document = desk.documents.read(request.query)
    if document.errors:
        code = "SYNTAX" if document.parsed is None else "INVALID_DOCUMENT"
        raise OperationRefused([told_of(error, code) for error in document.errors])
    node = document.operation(request.operation_name)
    if node is None:
        told = {"code": "UNKNOWN_OPERATION", "retryable": False}
        raise OperationRefused([{"message": _unchosen(document, request.operation_name), "extensions": told}])
    return Operation(request, document, node, desk.contract, desk.sharing)


def _unchosen(document: Document, wanted: str | None) -> str:
    """Why it is not known which operation to run, and what would say so."""
    if not document.operations:
        return "The document has no operation."
    names = ", ".join(each.name.value for each in document.operations if each.name)
    if wanted is None:
        return f"Say which operation to run in operationName: {names}."
    if names:
        return f"There is no operation {quoted(wanted)} in the document. Say in operationName which to run: {names}."
    return f"There is no operation {quoted(wanted)} in the document: its only one has no name. Leave operationName out."


async def ready(desk: Desk, asked: GraphQLRequest, login: Login) -> Operation:
    """The operation somebody asks for, whose document they may send; a registered one is found by its SHA-256."""
    return prepare(desk, await desk.trusted.resolved(asked, allowed(desk, login), demanded_by=_demanding(desk, login)))


def allowed(desk: Desk, login: Login) -> DocumentMode:
    """Which documents a login may send: what allows least of installation, account and token."""
    return strictest([DocumentMode(desk.settings.documents.upper()), login.documents])


def _demanding(desk: Desk, login: Login) -> str:
    """The widest of those that say which documents a login may send: to loosen a narrower one would change nothing."""
    if DocumentMode(desk.settings.documents.upper()) is allowed(desk, login):
        return "This installation"
    return "Your token" if login.token_demands else "Your account"


def context(desk: Desk, operation: Operation, login: Login, proof: Proof, request_id: str) -> Context:
    """A context of this operation alone."""
    assert operation.document.parsed is not None  # noqa: S101 - prepare() has refused it otherwise
    return Context(
        viewer=login.actor,
        pool=postgres.pool(),
        cursor_secret=desk.secret,
        document=operation.document.parsed,
        bell=desk.bell,
        renew=functools.partial(desk.logins.actor, proof),
        read_timeout=desk.settings.read_seconds,
        request_id=request_id,
        limits=limits_of(desk.settings),
        watch=reads.Watch(
            request_id=request_id,
            cost_limit=desk.settings.cost_limit,
            slow_after=desk.settings.slow_read_seconds,
            noted=functools.partial(_noted, login.actor, request_id),
            charge=charge(desk.budgets, login.actor.id, ahead=operation.kind is OperationType.QUERY),
        ),
    )


async def _noted(viewer: Actor, request_id: str, seen: Sequence[reads.Seen], document: str) -> None:
    shown = [(each.prefix, each.id) for each in seen]
    await people.note_reads(shown, by=viewer, document=document, request_id=request_id)


async def run(operation: Operation, about: Context) -> dict[str, Any]:
    """The answer of a query or mutation, ready to be encoded. Waits first for what ``extensions.after`` stands for."""
    request, extensions = operation.request, dict[str, Any]()
    after = request.extensions.get("after")
    try:
        look(request.extensions, operation.kind, operation.contract, about)
        if after is not None and not await wait_for(after, about.cursor_secret):
            extensions["stale"] = True
    except Refusal as refusal:
        raise OperationRefused([refused(refusal, {})]) from refusal
    name = operation.node.name.value if operation.node.name else None
    result = await operation.contract.execute(request.query, request.variables, about, operation_name=name)
    if operation.document.deprecated:
        extensions["deprecations"] = deprecations(operation.document)
        count_deprecated(operation.document, about.viewer)
    answer = shown(result.data, result.errors, extensions | behind(about), operation.sent)
    return await settled(about.watch.charge, answer)


_writing: set[asyncio.Task[dict[str, Any]]] = set()


async def unstoppable(operation: Operation, about: Context) -> dict[str, Any]:
    """The same for a mutation: it ends by itself, even when whoever waits for its answer is cancelled."""
    writing = asyncio.create_task(run(operation, about))
    _writing.add(writing)
    writing.add_done_callback(_writing.discard)
    return await asyncio.shield(writing)


async def opened(operation: Operation, about: Context) -> dict[str, Any]:
    """Pays for a subscription, and tells its cost; a query or mutation pays as it runs."""
    if operation.kind is not OperationType.SUBSCRIPTION:
        return {}
    name = operation.node.name.value if operation.node.name else None
    return await entered(about, operation.contract, operation.request.variables, name)


async def stream(
    operation: Operation, about: Context, cost: Mapping[str, Any] = NOTHING
) -> AsyncGenerator[dict[str, Any] | Message | None, None]:
    """Every answer of an operation: one of a query or mutation; as many as come of a subscription, with None now and
    then while none does. They are the same bytes for all who follow the same with the same rights, but for each one's
    first: this tells what ``opened`` said it cost.
    """
    if operation.kind is not OperationType.SUBSCRIPTION:
        yield await (run(operation, about) if operation.kind is OperationType.QUERY else unstoppable(operation, about))
        return
    asked, name = operation.request, operation.node.name.value if operation.node.name else None
    source = Source(operation.contract, asked.query, asked.variables, name, operation.node)
    found = followed(operation.sharing, source, about)
    try:
        async for answer in found:
            yield answer if answer is None or not cost else _telling(answer, cost)
            cost = cost if answer is None else {}
    finally:
        await found.aclose()


def _telling(answer: dict[str, Any] | Message, cost: Mapping[str, Any]) -> dict[str, Any] | Message:
    if isinstance(answer, Message):
        told = _telling(orjson.loads(answer.body), cost)
        return replace(answer, body=reads.encode(told))
    return answer | {"extensions": answer.get("extensions", {}) | {"cost": cost}}
