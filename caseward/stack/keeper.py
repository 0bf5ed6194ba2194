"""Stops the servers of a stack whose last user is gone, however it went: kill -9 included.

Runs as a program of its own beside the servers, as ``python -I -S keeper.py ROOT RUN [--forget]``, so it imports
the standard library only. ROOT is the folder of the stack, RUN the folder of its sockets.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 30.0
"""Seconds a server gets to stop by itself."""


def postmaster(data: Path) -> tuple[int, str] | None:
    """(pid, status) of the PostgreSQL that runs on ``data``; a stale file, a zombie or a re-used pid is none."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    if str(data) not in _command(pid):
        return None
    return pid, lines[7].strip() if len(lines) > 7 else "starting"


def _command(pid: int) -> str:
    if not Path("/proc/self/cmdline").exists():  # macOS
        asked = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603 - fixed program
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def ask_valkey(run: Path, command: str) -> bytes:
    """The first bytes of Valkey's answer; empty where it hung up. Raises OSError where nobody listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(5)
        line.connect(str(run / "valkey.sock"))
        line.sendall(command.encode() + b"\r\n")
        return line.recv(64)


def valkey_answers(run: Path) -> bool:
    """Whether a Valkey serves the socket."""
    with contextlib.suppress(OSError):
        return ask_valkey(run, "PING").startswith(b"+PONG")
    return False


def stop(root: Path, run: Path) -> None:
    """Stops both servers and waits until they are gone. Harmless where they do not run."""
    data = root / "postgres"
    pid = found[0] if (found := postmaster(data)) else 0
    if pid:
        _signal(pid, signal.SIGINT)
    with contextlib.suppress(OSError):
        ask_valkey(run, "SHUTDOWN NOSAVE")
    if pid and not _until(lambda: str(data) not in _command(pid), PATIENCE):
        _signal(pid, signal.SIGQUIT)
        _until(lambda: str(data) not in _command(pid), PATIENCE)
    _until(lambda: not valkey_answers(run), PATIENCE)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def is_current(fd: int, path: Path) -> bool:
    """Whether ``path`` still is the file behind ``fd``; it is not once the stack was forgotten."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


def remove(*folders: Path) -> None:
    """Removes folders with all that is in them; a folder that is not there is fine."""
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)


def keep(root: Path, run: Path, *, forget: bool) -> None:
    """Returns once the stack has no users and its servers are stopped.

    Never holds `users` while it waits for `lock`, the order every user takes them in.
    """
    lock, users = (os.open(root / name, os.O_RDWR) for name in ("lock", "users"))
    while True:
        fcntl.flock(users, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_UN)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_current(lock, root / "lock"):
            return
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            stop(root, run)
            if forget:
                remove(run, root)
            return
        fcntl.flock(lock, fcntl.LOCK_UN)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), Path(sys.argv[2]), forget="--forget" in sys.argv)
