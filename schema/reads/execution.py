"""Executing: the executor meets a read, compiles it, has its one statement run and passes the JSON through."""

import functools
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Protocol, cast

import asyncpg
import orjson
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    OperationType,
    is_non_null_type,
)
from graphql.pyutils import Path

from domain.core.actor import Actor
from domain.core.errors import Refusal
from schema.reads.catalog import catalog_of
from schema.reads.costs import Prices
from schema.reads.errors import CostExceeded, IdRefused, NullInAnswer, PageRefused
from schema.reads.hooks import CoreContext, Details, document_id, field_of, handed_over, has_middleware
from schema.reads.pages import LARGEST_SIZE
from schema.reads.patches import Missing, Patcher
from schema.reads.patches import Place as Spot
from schema.reads.promises import MARK
from schema.reads.roots import unasked
from schema.reads.running import Place, Runner
from schema.reads.selects import Mode, Read
from schema.reads.sensitivity import seen
from schema.reads.statements import Bound, Plans, bind
from schema.reads.watching import Charge, Watch


class Context(Protocol):
    """What a request's context offers to reads. ``read_timeout`` is in seconds, for all reads of the request together;
    every SQL text run is appended to ``statements``.
    """

    @property
    def viewer(self) -> Actor: ...
    @property
    def pool(self) -> "asyncpg.Pool[Any]": ...
    @property
    def cursor_secret(self) -> bytes: ...
    @property
    def read_timeout(self) -> float: ...
    @property
    def statements(self) -> list[str]: ...
    @property
    def watch(self) -> Watch: ...


PLANS = Plans()
"""Of all schemas of the process; bounded."""
PRICES = Prices()
"""Likewise."""


class Later:
    """Begun when it is awaited. What never is, for another field has failed, leaves no coroutine behind to warn of."""

    __slots__ = ("_begin",)

    def __init__(self, begin: Callable[[], Awaitable[Any]]) -> None:
        self._begin = begin

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._begin().__await__()


class Executor(CoreContext):
    """Executes as graphql-core does, except that a Read below any field is answered by one SQL statement."""

    _runner: Runner | None = None

    @classmethod
    def build(cls, *args: Any, **kwargs: Any) -> Any:
        """An executor, or the errors for which none can be: COST_LIMIT where the operation may read too much."""
        made = super().build(*args, **kwargs)
        if isinstance(made, list) or made.context_value is None:
            return made
        watch: Watch = made.context_value.watch
        watch.cost = PRICES.cost(made)
        if watch.cost_limit is None or watch.cost <= watch.cost_limit:
            return made
        said = f"This may read {watch.cost:,} things; {watch.cost_limit:,} at once are possible."
        return [_located(CostExceeded(f"{said} Ask for smaller pages, or for fewer lists within lists."))]

    def execute_operation(self, serially: bool | None = None) -> Any:
        """As ever, once whoever pays for a query or mutation has been asked. Without data where they cannot."""
        charge = None if self.context_value is None else self.context_value.watch.charge
        if charge is None or self.operation.operation is OperationType.SUBSCRIPTION:
            return super().execute_operation(serially)
        return self._paid(charge, serially)

    async def _paid(self, charge: Charge, serially: bool | None) -> Any:
        if not await charge.admit(cast("Context", self.context_value).watch.cost):
            return ExecutionResult(None, [GraphQLError("This is more than may be spent now.")])
        found = super().execute_operation(serially)
        return await found if self.is_awaitable(found) else found

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: Details,
        path: Path,
        position_context: Any,
    ) -> Any:
        """As ever, except that a list's arguments are not coerced anew where its page was bound with them before."""
        field = self.schema.get_field(parent_type, field_details_list[0].node.name.value)
        read = None if field is None or has_middleware(self) else unasked(field_of(field))
        if field is None or read is None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        return handed_over(self, parent_type, field, field_details_list, path, read)

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: Details,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        if isinstance(result, Read):
            return Later(functools.partial(self._answer, return_type, field_details_list, info, path, result))
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)

    async def _answer(
        self, return_type: GraphQLOutputType, details: Details, info: GraphQLResolveInfo[Any], path: Path, read: Read
    ) -> orjson.Fragment | None:
        context = cast("Context", self.context_value)
        try:
            if len(read.ids) > LARGEST_SIZE:
                raise PageRefused(f"{len(read.ids)} ids; at most {LARGEST_SIZE} at once.", path=("ids",))
            plan = PLANS.plan(self, read, return_type, details, path)
            coordinate = f"{info.parent_type.name}.{info.field_name}"
            bound = bind(self, PLANS, plan, read, details, coordinate, context.cursor_secret)
            text: str | bytes | None = await self._fetch(context, bound, path)
            if read.mode is Mode.NODES:
                self._say_unknown(read, details, path)
            if context.watch.dry:
                context.watch.rest_on({"*"} if plan.patched else bound.statement.rests_on)
                return orjson.Fragment("null")
            if isinstance(text, str) and (plan.patched or MARK in text):
                text = self._patched(text, bound, return_type, details, path)
            if text is None and is_non_null_type(return_type):
                raise NullInAnswer(f"There is no {info.field_name} that you can see.")
        except Refusal as refused:
            raise _located(refused) from refused
        return None if text is None else orjson.Fragment(text)

    def _say_unknown(self, read: Read, details: Details, path: Path) -> None:
        """Each text that is no id is the error of its own place; the others are read all the same."""
        catalog = catalog_of(self.schema)
        for place, text in enumerate(read.ids):
            found = catalog.located(text)
            if isinstance(found, IdRefused):
                found.path = ("ids", place)
                at = path.add_key(place, None)
                self.collected_errors.add(_raised(found, details, at), at)

    async def _fetch(self, context: Context, bound: Bound, path: Path) -> str | None:
        if self._runner is None:
            self._runner = Runner(context.pool, context.read_timeout)
        statement, values = bound.statement, bound.statement.values(context.viewer, bound.given)
        context.statements.append(statement.sql)
        text, noted = await self._runner.run(statement, values, context.watch, lambda: self._place(path))
        if noted:
            await context.watch.note(seen(noted), document_id(self))
        return text

    def _place(self, path: Path) -> Place:
        name = self.operation.name
        return Place(document_id(self), name.value if name else None, tuple(path.as_list()))

    def _patched(
        self, text: str, bound: Bound, return_type: GraphQLOutputType, details: Details, path: Path
    ) -> bytes | None:
        def report(raised: Exception, at: Spot, nulled: Spot) -> None:
            self.collected_errors.add(_raised(raised, details, _below(path, at)), _below(path, nulled))

        viewer = cast("Context", self.context_value).viewer
        patcher = Patcher(catalog_of(self.schema), viewer, report, marked=MARK in text)
        try:
            found = patcher.patch(orjson.loads(text), return_type, bound.plan.shapes)
        except Missing as missing:
            raise _raised(missing.cause, details, _below(path, missing.at)) from missing.cause
        return None if found is None else orjson.dumps(found)


def _below(path: Path, places: Spot) -> Path:
    for key in places:
        path = path.add_key(key, None)
    return path


def _raised(raised: Exception, details: Details, at: Path) -> GraphQLError:
    """The error of a field that is not there for the executor, only in the statement."""
    extensions = _extensions(raised) if isinstance(raised, Refusal) else None
    nodes = [detail.node for detail in details]
    return GraphQLError(str(raised), nodes, path=at.as_list(), original_error=raised, extensions=extensions)


def _extensions(refused: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"code": refused.code, "retryable": refused.retryable}
    if refused.path:
        found["argumentPath"] = list(refused.path)
    return found


def _located(refused: Refusal) -> GraphQLError:
    return GraphQLError(refused.message, original_error=refused, extensions=_extensions(refused))


def encode(answer: Any) -> bytes:
    """JSON for HTTP; fragments are spliced in as they are."""
    return orjson.dumps(answer)


def encode_text(answer: Any) -> str:
    """JSON for WebSocket frames, which clients only take as text."""
    return orjson.dumps(answer).decode()
