"""Who uses a stack: a lock taken to start or stop the servers, and a file whose shared locks count the users.

Locks of the kernel, so a killed program leaves none behind. Order: `lock`, then `users`.
"""

import contextlib
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from caseward.stack import keeper, servers
from caseward.stack.errors import StackInUse
from caseward.stack.place import Place

PATIENCE = 150.0
"""Seconds to wait for another program that starts or stops the servers."""


@contextmanager
def entered(place: Place) -> Iterator[int]:
    """Counts us among the users and holds the lock meanwhile. Yields the descriptor of `users`; `left` closes it."""
    with contextlib.ExitStack() as held:
        attempts = 100
        while not _made_and_locked(place, held):
            held.close()
            attempts -= 1
            if not attempts:
                raise StackInUse(f"{place.root} keeps being deleted. Stop what deletes it and try again.")
        _touch(place, "users")
        users = os.open(place.root / "users", os.O_RDONLY)
        fcntl.flock(users, fcntl.LOCK_SH)
        yield users


def _made_and_locked(place: Place, held: contextlib.ExitStack) -> bool:
    """False where the place was forgotten by its last user while we came."""
    try:
        place.make()
        _touch(place, "lock")
        return held.enter_context(locked(place.root))
    except FileNotFoundError:
        return False


@contextmanager
def left(place: Place, users: int, *, forget: bool) -> Iterator[None]:
    """On leaving, the last user stops the servers and, where asked to, removes the place."""
    try:
        yield
    finally:
        # A place deleted by hand has no servers left: PostgreSQL ends when its files are gone.
        with contextlib.suppress(FileNotFoundError), locked(place.root) as current:
            if current and alone(users):
                keeper.stop(place.root, place.run)
                if forget:
                    keeper.remove(place.run, place.root)
        os.close(users)


@contextmanager
def locked(root: Path) -> Iterator[bool]:
    """Holds the lock of a place; yields whether the place is still the one that was locked."""
    fd = os.open(root / "lock", os.O_RDONLY)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _taken(fd):
            if time.monotonic() > deadline:
                raise StackInUse(
                    f"Another program has been starting or stopping the servers in {root} for {PATIENCE:.0f} s. "
                    "See postgres.log there; end that program and try again."
                )
            time.sleep(0.01)
        yield keeper.is_current(fd, root / "lock")
    finally:
        os.close(fd)


def alone(users: int) -> bool:
    """Whether nobody else uses the stack. The lock must be held; a shared lock of ours may be lost."""
    if _taken(users):
        return True
    # Letting go of our share may have woken the keeper, which takes `users` for a moment and then queues for `lock`.
    while not _taken(users, fcntl.LOCK_SH):
        time.sleep(0.001)
    return _taken(users)


def _taken(fd: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _touch(place: Place, name: str) -> None:
    try:
        fd = os.open(place.root / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    place.give(fd)
    os.close(fd)


def start_keeper(place: Place, *, forget: bool) -> None:
    """Starts the keeper of the place where none is at work."""
    _touch(place, "keeper")
    fd = os.open(place.root / "keeper", os.O_RDONLY)
    try:
        if not _taken(fd):
            return
        # The keeper is given the locked descriptor and holds the lock for as long as it lives.
        command = [sys.executable, "-I", "-S", keeper.__file__, str(place.root), str(place.run)]
        servers.outlives_us(
            subprocess.Popen(  # noqa: S603 - our own program with our own arguments
                [*command, *(("--forget",) if forget else ())],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=(fd,),
            )
        )
    finally:
        os.close(fd)
