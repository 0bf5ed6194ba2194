"""The resolvers: an entry field's read becomes objects; every field below says what its object holds."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from hashlib import sha256
from typing import Any

import asyncpg
from graphql import GraphQLError, OperationType, get_variable_values, is_non_null_type
from strawberry.extensions import SchemaExtension

from domain.core.errors import Refusal
from schema.reads.catalog import Catalog
from schema.reads.errors import CostExceeded, IdRefused, NullInAnswer, PageRefused, ReadTimedOut
from schema.reads.portable.declared import catalog_of, python_name
from schema.reads.portable.entries import Entry
from schema.reads.portable.pages import MOST
from schema.reads.portable.rows import Told
from schema.reads.portable.wanted import Asking, Info
from schema.reads.portable.world import opened
from schema.reads.selects import Mode, Read
from schema.reads.watching import Watch


class Portable(SchemaExtension):
    """Answers reads by walking rows. Costs every row of each table that is listed; for when the compiler cannot run."""

    _slots: asyncio.Semaphore | None = None
    _ends: float | None = None

    def resolve(self, _next: Callable[..., Any], root: Any, info: Info, *args: Any, **kwargs: Any) -> Any:
        if not info.field_name.startswith("__"):
            if isinstance(root, Told):
                return _told(root, info)
            if isinstance(root, Mapping):
                return root[python_name(self.execution_context.schema, info.parent_type.name, info.field_name)]
        found = _next(root, info, *args, **kwargs)
        if isinstance(found, Read):
            return self._answer(found, info)
        return self._awaited(found, info) if info.is_awaitable(found) else found

    async def _awaited(self, result: Awaitable[Any], info: Info) -> Any:
        found = await result
        return await self._answer(found, info) if isinstance(found, Read) else found

    async def _answer(self, read: Read, info: Info) -> Any:
        try:
            if len(read.ids) > MOST:
                raise PageRefused(f"{len(read.ids)} ids; at most {MOST} at once.", path=("ids",))
            found = await self._found(read, info)
            if found is None and is_non_null_type(info.return_type):
                raise NullInAnswer(f"There is no {info.field_name} that you can see.")
        except Refusal as refused:
            raise _located(refused) from refused
        return found

    async def _found(self, read: Read, info: Info) -> Any:
        about = info.context
        schema = self.execution_context.schema
        catalog, names = catalog_of(schema, info.schema), partial(python_name, schema)
        given, declared = self.execution_context.variables or {}, info.operation.variable_definitions or ()
        variables = get_variable_values(info.schema, declared, given)
        entry = Entry(read, Asking(info, catalog, about.cursor_secret, names, variables))
        anew = info.operation.operation is OperationType.SUBSCRIPTION
        _afford(about.watch, entry.cost if anew else about.watch.cost + entry.cost)
        charge = None if anew else about.watch.charge
        if charge is not None and not await charge.admit(entry.cost):
            raise CostExceeded("This is more than may be spent now.")
        if self._slots is None:
            # one request never holds more than half of the pool
            self._slots = asyncio.Semaphore(max(1, about.pool.get_max_size() // 2))
        limit = about.read_timeout
        if self._ends is None or anew:
            # all reads of a request share its time; each event of a subscription has its own
            self._ends = asyncio.get_running_loop().time() + limit
        try:
            async with (
                asyncio.timeout_at(self._ends),
                self._slots,
                opened(about.pool, about.viewer, about.statements) as world,
            ):
                found, seen = await entry.answer(world)
        except (TimeoutError, asyncpg.QueryCanceledError) as stopped:
            raise ReadTimedOut(f"Reading took longer than {limit:g} s. Ask for less, or filter more.") from stopped
        if seen:
            loc = info.operation.loc
            text = loc.source.body if loc else ""
            await about.watch.note(seen, f"sha256:{sha256(text.encode()).hexdigest()}")
        return _with_errors(found, catalog, read) if read.mode is Mode.NODES else found


def _with_errors(found: list[Any], catalog: Catalog, read: Read) -> list[Any]:
    """The things, and in its own place the error of each text that is no id."""
    told = []
    for place, (thing, each) in enumerate(zip(found, map(catalog.located, read.ids), strict=True)):
        if isinstance(each, IdRefused):
            each.path = ("ids", place)
        told.append(_located(each) if isinstance(each, IdRefused) else thing)
    return told


def _told(root: Told, info: Info) -> Any:
    try:
        found = root.tell(str(info.path.key))
    except Refusal as refused:
        raise _located(refused) from refused
    if found is None and is_non_null_type(info.return_type):
        raise _located(NullInAnswer(f"{info.field_name} has no value, though its type promises one."))
    return found


def _located(refused: Refusal) -> GraphQLError:
    extensions: dict[str, Any] = {"code": refused.code, "retryable": refused.retryable}
    if refused.path:
        extensions["argumentPath"] = list(refused.path)
    return GraphQLError(refused.message, original_error=refused, extensions=extensions)


def _afford(watch: Watch, cost: int) -> None:
    """Refuses an entry with which the operation may read too much; those before it have been read by then."""
    watch.cost = cost
    if watch.cost_limit is not None and watch.cost > watch.cost_limit:
        said = f"This may read {watch.cost:,} things; {watch.cost_limit:,} at once are possible."
        raise CostExceeded(f"{said} Ask for smaller pages, or for fewer lists within lists.")
