"""Processes that live no longer than the one that started them."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2)


def dies_with_parent(parent: int | None = None) -> Callable[[], None] | None:
    """What a child runs before it begins, so that it is told to stop when its parent is killed. Linux only.

    ``parent``: whose child it will be; this process where none is named.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = parent or os.getpid()

    def ask_the_kernel() -> None:
        prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)

    return ask_the_kernel


def start(arguments: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A Python child with its output in a log file."""
    with log.open("ab") as outlet:
        return subprocess.Popen(  # noqa: S603 - our own modules only
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=outlet,
            stderr=outlet,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=dies_with_parent(),  # noqa: PLW1509 - one prctl call, no Python state
        )


def stop(children: Sequence[subprocess.Popen[bytes]], *, patience: float = 8.0) -> None:
    """Stops them in the order given, the stubborn ones by force."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
