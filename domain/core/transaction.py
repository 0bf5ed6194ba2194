"""One action, one transaction; what an action touches is projected before it commits."""

import functools
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import asyncpg
from tortoise.exceptions import OperationalError

from domain.core.pooled import begun

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 4
_PARAMETER = re.compile(r"\$\d+")


@dataclass(frozen=True, slots=True)
class Ref:
    """A subject of the event log: what kind of thing, and which one."""

    type: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Gate:
    """What a batch does outside waits until this moment, so that it can be called back without a trace."""

    batch_id: UUID
    until: datetime


@dataclass(slots=True)
class Unit:
    """The transaction under way. ``touched``: each subject with the seq of its last event. ``gate``: what its effects
    wait for. ``actor_id``: who acted in it last. ``deferred``: calls of the database's functions that are still to be
    made, each with its values."""

    connection: Any
    touched: dict[Ref, int] = field(default_factory=dict)
    gate: Gate | None = None
    actor_id: UUID | None = None
    deferred: list[tuple[str, Sequence[Any]]] = field(default_factory=list)


Projection = Callable[[Sequence[Ref]], Awaitable[None]]

_unit: ContextVar[Unit | None] = ContextVar("unit", default=None)
_trail: ContextVar[dict[Ref, int] | None] = ContextVar("trail", default=None)
_immediate: dict[str, list[Projection]] = {}


def project_immediately(subject_type: str, projection: Projection) -> None:
    """Has ``projection`` run once for all touched subjects of this type, inside the action's transaction.

    Called by the composition root only: an answer can then show its own consequences.
    """
    registered = _immediate.setdefault(subject_type, [])
    if projection not in registered:
        registered.append(projection)


def current() -> Unit:
    """The transaction under way. Programming error outside one."""
    unit = _unit.get()
    if unit is None:
        message = "This must run inside an action's transaction."
        raise RuntimeError(message)
    return unit


def defer(call: str, values: Sequence[Any]) -> None:
    """Has a function of the database called before the transaction ends or another action begins in it, together with
    what else is deferred: one round trip for all of them. For what nobody reads until then, in any order."""
    current().deferred.append((call, values))


async def flush() -> None:
    """Makes the calls that are deferred."""
    unit = current()
    if unit.deferred:
        calls, values = zip(*unit.deferred, strict=True)
        unit.deferred.clear()
        await unit.connection.execute_query(_together(calls), [value for each in values for value in each])


@functools.lru_cache
def _together(calls: tuple[str, ...]) -> str:
    """One statement of several calls, the parameters of each numbered on from those before."""
    numbers = itertools.count(1)
    return f"SELECT {', '.join(_PARAMETER.sub(lambda _: f'${next(numbers)}', call) for call in calls)}"


@contextmanager
def following() -> Iterator[dict[Ref, int]]:
    """Collects what the transactions inside commit: each touched subject with its last seq."""
    trail: dict[Ref, int] = {}
    token = _trail.set(trail)
    try:
        yield trail
    finally:
        _trail.reset(token)


@asynccontextmanager
async def transaction() -> AsyncIterator[Unit]:
    """Opens a transaction, or joins the one under way (no savepoint: an action succeeds or fails whole)."""
    joined = _unit.get()
    if joined is not None:
        yield joined
        return
    async with begun() as connection:
        unit = Unit(connection)
        token = _unit.set(unit)
        try:
            yield unit
            await _project(list(unit.touched))
            await flush()
        finally:
            _unit.reset(token)
    if (trail := _trail.get()) is not None:
        trail.update(unit.touched)


async def _project(touched: Sequence[Ref]) -> None:
    for subject_type, projections in _immediate.items():
        refs = [ref for ref in touched if ref.type == subject_type]
        for projection in projections:
            if refs:
                await projection(refs)


@dataclass(slots=True)
class Savepoint:
    """A part of the transaction under way. ``take_back`` has none of it stay."""

    taken_back: bool = False

    def take_back(self) -> None:
        self.taken_back = True


@asynccontextmanager
async def savepoint() -> AsyncIterator[Savepoint]:
    """Takes back what the block did where it raises or says so, and leaves the rest of the transaction as it was."""
    unit, point = current(), Savepoint()
    await flush()
    touched, gate, actor_id = dict(unit.touched), unit.gate, unit.actor_id
    await unit.connection.execute_query("SAVEPOINT step")
    try:
        yield point
        if not point.taken_back:
            await flush()
    except BaseException:
        point.take_back()
        raise
    finally:
        if point.taken_back:
            unit.deferred.clear()
            await unit.connection.execute_query("ROLLBACK TO SAVEPOINT step")
            unit.touched, unit.gate, unit.actor_id = touched, gate, actor_id
        await unit.connection.execute_query("RELEASE SAVEPOINT step")


def atomic(action: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Runs an action in one transaction; a deadlock or a serialization failure repeats it from the start.

    Repeating is safe because an action's only effect is its transaction.
    """

    @functools.wraps(action)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if _unit.get() is not None:
            await flush()
            return await action(*args, **kwargs)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with transaction():
                    return await action(*args, **kwargs)
            except (OperationalError, asyncpg.PostgresError) as error:
                if attempt == ATTEMPTS or not _is_transient(error):
                    raise
        message = "unreachable"
        raise AssertionError(message)

    run.__dict__["atomic"] = True
    return run


def _is_transient(error: BaseException) -> bool:
    """SQLSTATE class 40: deadlock, serialization failure."""
    cause: BaseException | None = error
    while cause is not None:
        if str(getattr(cause, "sqlstate", "") or "").startswith("40"):
            return True
        inner = cause.args[0] if cause.args else None
        cause = cause.__cause__ or (inner if isinstance(inner, BaseException) else None)
    return False
