"""The throw-away desk the faults happen to: its processes and servers, and a supervisor that starts what has ended."""

import asyncio
import contextlib
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from caseward.demo.stage import Stage
from caseward.stack import keeper, servers
from caseward.stack.place import Place
from caseward.stack.programs import Programs

SKEWED = Path(__file__).parent / "skewed"

PROGRAMS = {"api": ("serve",), "worker": ("worker",), "second worker": ("worker",)}


@dataclass(slots=True)
class Ground:
    """``diary`` is what was done, each with the seconds since the start; ``skew`` is by how many seconds the clock of
    the second worker's host is wrong."""

    stage: Stage
    place: Place
    programs: Programs
    begun: float = field(default_factory=time.monotonic)
    diary: list[tuple[float, str]] = field(default_factory=list)
    skew: int = 0
    valkey_is_away: bool = False
    wanted: set[str] = field(default_factory=lambda: {"api", "worker"})
    http: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=5))
    postgres_lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def note(self, what: str) -> None:
        """Writes down and prints what happens now."""
        self.diary.append((time.monotonic() - self.begun, what))
        print(f"  [{self.diary[-1][0]:6.1f} s] {what}", flush=True)

    async def supervise(self) -> None:
        """Starts again whatever of the wanted programs has ended, as systemd or Kubernetes would."""
        while True:
            for name in sorted(self.wanted):
                child = self.stage.processes.get(name)
                if child is None or child.poll() is not None:
                    self.start(name)
            await asyncio.sleep(0.3)

    def start(self, name: str) -> None:
        """Must be called on the main thread: children end with the thread that started them."""
        skewed = name == "second worker" and self.skew
        more = {"PYTHONPATH": str(SKEWED), "CHAOS_SKEW": str(self.skew)} if skewed else {}
        self.stage.start(name, "-m", "caseward", *PROGRAMS[name], environment=more)

    def kill(self, name: str) -> None:
        """SIGKILL, without a word."""
        child = self.stage.processes[name]
        if child.poll() is None:
            child.kill()
            child.wait()

    def kill_answerer(self) -> bool:
        """SIGKILL to an arq worker under the worker; False where it has none at this moment."""
        parent = self.stage.processes["worker"].pid
        for pid in _children(parent):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                return True
        return False

    async def valkey(self, command: str) -> None:
        """One command to Valkey; harmless where it is away."""
        with contextlib.suppress(OSError):
            await asyncio.to_thread(keeper.ask_valkey, self.place.run, command)

    async def start_servers(self) -> None:
        """Both servers as they were first started; whichever runs is left alone."""
        await asyncio.to_thread(servers.start, self.place, self.programs, throwaway=False)

    async def crash_postgres(self, number: signal.Signals, *, away: float) -> None:
        """SIGQUIT is PostgreSQL's immediate mode: no checkpoint, no goodbye; recovery from the WAL follows."""
        async with self.postgres_lock:
            found = keeper.postmaster(self.place.data)
            if found is not None:
                os.kill(found[0], number)
            await asyncio.to_thread(self._gone)
            await asyncio.sleep(away)
            await asyncio.to_thread(servers.start, self.place, self.programs, throwaway=False, valkey=False)

    def _gone(self) -> None:
        while keeper.postmaster(self.place.data) is not None:
            time.sleep(0.02)

    def kill_backend(self) -> bool:
        """SIGKILL to one server process of PostgreSQL: it ends all sessions and recovers by itself."""
        found = keeper.postmaster(self.place.data)
        sessions = [pid for pid in _children(found[0]) if "caseward" in _command(pid)] if found else []
        if sessions:
            with contextlib.suppress(ProcessLookupError):
                os.kill(sessions[0], signal.SIGKILL)
        return bool(sessions)

    async def jira(self, method: str, path: str, body: Any = None) -> None:
        """The emulated Jira's own interface."""
        (await self.http.request(method, f"{self.stage.jira}/control{path}", json=body)).raise_for_status()

    async def on_its_way(self) -> int:
        """How many webhooks the emulated Jira has still to deliver, or to give up."""
        told = (await self.http.get(f"{self.stage.jira}/control/webhooks")).json()
        return int(told["pending"])

    async def platform(self, method: str, path: str, body: Any = None) -> None:
        """The emulated platform's own interface."""
        (await self.http.request(method, f"{self.stage.platform}/control{path}", json=body)).raise_for_status()


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == parent:
                    found.append(int(entry.name))
    return sorted(found)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
