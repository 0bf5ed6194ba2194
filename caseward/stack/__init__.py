"""PostgreSQL and Valkey for one home folder: found, shared, started and stopped.

Every program that uses the stack of a home folder holds a shared lock on its file `users`. Who finds no servers starts
them; who can take that lock alone when leaving stops them; a keeper does so where the last user was killed.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from pydantic import SecretStr

from caseward.stack import keeper, servers
from caseward.stack.errors import DatabaseUnreachable, StackError, StackInUse, WrongPostgres
from caseward.stack.place import Place, elsewhere_of, ensure_ours, place_of
from caseward.stack.programs import programs_for
from caseward.stack.sharing import alone, entered, left, locked, start_keeper
from integrations.settings import Settings

__all__ = ["Stack", "StackError", "forget", "throwaway_stack", "use_stack"]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Where the two servers are. ``owned``: at least one of them is the embedded one."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    owned: bool

    def applied(self, settings: Settings) -> Settings:
        """The settings, pointing at these servers."""
        urls = {"database_url": SecretStr(self.database_url), "redis_url": SecretStr(self.redis_url)}
        return settings.model_copy(update=urls)


@contextmanager
def use_stack(settings: Settings) -> Iterator[Stack]:
    """The stack that runs in the home folder, started where none does and stopped by its last user.

    DATABASE_URL and REDIS_URL win, each for itself. Blocks: enter it before the event loop starts. Refuses with a
    StackError: an older PostgreSQL, an unreachable one, a home folder of somebody else.
    """
    database = settings.database_url.get_secret_value() if settings.database_url else None
    redis = settings.redis_url.get_secret_value() if settings.redis_url else None
    if database:
        _ensure_postgres(database)
    if database and redis:
        yield Stack(database_url=database, redis_url=redis, owned=False)
        return
    with _joined(place_of(settings.home), throwaway=False, postgres=not database, valkey=not redis) as place:
        yield Stack(
            database_url=database or servers.database_url(place),
            redis_url=redis or servers.redis_url(place),
            owned=True,
        )


@contextmanager
def throwaway_stack(directory: Path) -> Iterator[Stack]:
    """A stack without durability for tests and measurements, shared by all who name the directory at that time.
    The last to leave, or its death, removes the data.
    """
    with _joined(place_of(directory), throwaway=True) as place:
        yield Stack(database_url=servers.database_url(place), redis_url=servers.redis_url(place), owned=True)


def forget(settings: Settings) -> None:
    """Stops the servers of the home folder and deletes their data for good; STACK_IN_USE where a program uses them."""
    place = place_of(settings.home)
    for root in (place.home / "stack", elsewhere_of(place.home)):
        if root.exists():
            ensure_ours(root, place.owner)
            _forget(root, place.run)
    with contextlib.suppress(OSError):
        place.home.rmdir()


def _forget(root: Path, run: Path) -> None:
    with contextlib.suppress(FileNotFoundError), locked(root), (root / "users").open("rb") as users:
        if not alone(users.fileno()):
            raise StackInUse(f"A program still uses the servers in {root}. Stop it first (demo, serve, worker, tests).")
        keeper.stop(root, run)
    keeper.remove(root)


@contextmanager
def _joined(place: Place, *, throwaway: bool, postgres: bool = True, valkey: bool = True) -> Iterator[Place]:
    with contextlib.ExitStack() as leaving:
        with entered(place) as users:
            leaving.enter_context(left(place, users, forget=throwaway))
            servers.start(place, programs_for(place), throwaway=throwaway, postgres=postgres, valkey=valkey)
            start_keeper(place, forget=throwaway)
        yield place


def _ensure_postgres(url: str) -> None:
    # In a thread: this thread may have a running event loop.
    with ThreadPoolExecutor(1) as thread:
        release = thread.submit(asyncio.run, _release(url)).result()
    if release // 10_000 < 18:
        raise WrongPostgres(
            f"DATABASE_URL is a PostgreSQL {release // 10_000}, Caseward needs 18 or later. Point it at a newer "
            "server, or leave it out to use the embedded one."
        )


async def _release(url: str) -> int:
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseUnreachable(
            f"DATABASE_URL cannot be used ({type(error).__name__}: {error}). Check its host, port, user and database, "
            "or leave it out to use the embedded PostgreSQL."
        ) from error
    try:
        return int(await connection.fetchval("SELECT current_setting('server_version_num')"))
    finally:
        await connection.close()
