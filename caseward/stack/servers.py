"""Starting PostgreSQL and Valkey in a place, on Unix sockets only: no port is ever taken."""

import atexit
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from caseward.stack.errors import StartFailed, WrongPostgres
from caseward.stack.keeper import postmaster, remove, valkey_answers
from caseward.stack.place import Place
from caseward.stack.programs import Programs

PATIENCE = 120.0
"""Seconds a server gets to be ready; recovery after a crash happens within."""

CLUSTER: Final = (
    *("--username=postgres", "--auth-local=trust", "--auth-host=reject", "--no-instructions"),
    *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)
SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_level": "minimal",  # nothing replicates from it
    "max_wal_senders": "0",
    "jit": "off",  # compiling costs more than any of our statements
    "shared_buffers": "512MB",  # what a busy desk reads again and again; taken only as it is used
}
THROWAWAY: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "io_method": "sync",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "log_checkpoints": "off",
}
PASSING: Final = ("pre-existing shared memory block", "is being used by process")
"""What the log says while the last children of a killed server still leave."""

_children: list[subprocess.Popen[bytes]] = []  # a Popen that is dropped while its program runs warns


def outlives_us(child: subprocess.Popen[bytes]) -> None:
    """Says that a program may go on after this process: nobody waits for it, and nobody is warned of it."""
    _children.append(child)


@atexit.register
def _let_go() -> None:
    for child in _children:
        if child.poll() is None:
            child.returncode = 0


def database_url(place: Place) -> str:
    return f"postgresql://postgres@/caseward?host={quote(str(place.run), safe='')}&port=5432"


def redis_url(place: Place) -> str:
    return f"unix://{quote(str(place.run / 'valkey.sock'))}"


def start(place: Place, programs: Programs, *, throwaway: bool, postgres: bool = True, valkey: bool = True) -> None:
    """Returns with the servers asked for ready; one that runs already is kept as it is."""
    ringing = _start_valkey(place, programs) if valkey and not valkey_answers(place.run) else None
    if postgres:
        if postmaster(place.data) is None:
            _initialise(place, programs, throwaway=throwaway)
        _start_postgres(place, programs, throwaway=throwaway)
    if ringing:
        _wait_for_valkey(place, ringing)


def spawn(place: Place, command: Sequence[str | Path], *, log: Path, home: Path) -> subprocess.Popen[bytes]:
    """Runs a program as the place's account, in a session of its own: Ctrl-C at our terminal must not reach it."""
    account = place.account
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    with open(log, "ab", opener=lambda path, _: os.open(path, flags, 0o600)) as output:
        place.give(output.fileno())
        child = subprocess.Popen(  # noqa: S603 - our own programs with our own arguments
            [str(part) for part in command],
            cwd=home,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    outlives_us(child)
    return child


def _initialise(place: Place, programs: Programs, *, throwaway: bool) -> None:
    """Makes the cluster and the empty database beside, then moves it in place: cut short, it is begun again."""
    if place.data.exists():
        release = (place.data / "PG_VERSION").read_text().strip()
        if release != "18":
            raise WrongPostgres(
                f"{place.data} was written by PostgreSQL {release}, this Caseward brings 18. Start it with the release "
                "that wrote it and dump what you need, or run `make clean` to begin anew."
            )
        return
    fresh, log = place.root / "postgres.new", place.root / "postgres.log"
    remove(fresh)
    fresh.mkdir(mode=0o700)
    place.give(fresh)
    sync = ("--no-sync",) if throwaway else ()
    _finish(spawn(place, [programs.initdb, *CLUSTER, *sync, "-D", fresh], log=log, home=fresh), log)
    first = fresh / "first.sql"
    first.write_text("CREATE DATABASE caseward\n")
    single = [programs.postgres, "--single", *(("-F",) if throwaway else ()), "-D", fresh, "postgres"]
    _finish(spawn(place, ["/bin/sh", "-c", 'exec "$@" < first.sql', "sh", *single], log=log, home=fresh), log)
    first.unlink()
    fresh.rename(place.data)


def _finish(child: subprocess.Popen[bytes], log: Path) -> None:
    if child.wait(PATIENCE) != 0:
        raise _failed("PostgreSQL could not make its data folder", log)


def _start_postgres(place: Place, programs: Programs, *, throwaway: bool) -> None:
    log = place.root / "postgres.log"
    settings = SETTINGS | {"unix_socket_directories": str(place.run)} | (THROWAWAY if throwaway else {})
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    deadline = time.monotonic() + PATIENCE
    child = None
    while (found := postmaster(place.data)) is None or found[1] != "ready":
        if found is None and (child is None or child.poll() is not None):
            if child and not any(passing in _tail(log) for passing in PASSING):
                raise _failed("PostgreSQL did not start", log)
            for left_over in (place.data / "postmaster.pid", place.run / ".s.PGSQL.5432.lock"):
                _mark_stale(left_over)
            child = spawn(place, [programs.postgres, "-D", place.data, *options], log=log, home=place.data)
        if time.monotonic() > deadline:
            raise _failed(f"PostgreSQL was not ready within {PATIENCE:.0f} s", log)
        time.sleep(0.005)


def _mark_stale(pid_file: Path) -> None:
    """Puts our pid in a dead server's file: PostgreSQL takes its parent's pid for stale, and another's, which a
    stranger may bear by now, for a running server. The rest stays: it is how it finds children still alive.
    """
    if pid_file.exists():
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))


def _start_valkey(place: Place, programs: Programs) -> subprocess.Popen[bytes]:
    """Redis is a doorbell: nothing is kept on disk. 64 databases, so that every test worker has its own."""
    folder = place.root / "valkey"
    options = {
        "port": "0",
        "unixsocket": str(place.run / "valkey.sock"),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "databases": "64",
        "dir": str(folder),
    }
    command = [str(programs.valkey), *(part for name, value in options.items() for part in (f"--{name}", value))]
    return spawn(place, command, log=place.root / "valkey.log", home=folder)


def _wait_for_valkey(place: Place, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not valkey_answers(place.run):
        if child.poll() is not None or time.monotonic() > deadline:
            raise _failed("Valkey did not start", place.root / "valkey.log")
        time.sleep(0.005)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-12:]) if log.exists() else ""


def _failed(what: str, log: Path) -> StartFailed:
    return StartFailed(f"{what}. The end of {log}:\n{_tail(log)}")
