"""An emulator in a process of its own, a listener for its webhooks, and what tests say to both."""

import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from integrations.jira.emulator.mapping import emulator_mapping
from integrations.jira.gateway import Call, JiraConnection, JiraGateway
from integrations.jira.tracker import JiraTracker

ROOT = Path(__file__).parents[3]
BOT_EMAIL, BOT_TOKEN = "caseward@example.test", "emulator-token"
PEOPLE = {"person-alice": "acc-alice", "person-bo": "acc-bo", "person-gus": "acc-gone"}


@dataclass
class RunningSite:
    """A started emulator. `control` is its own interface, not Jira's."""

    url: str
    kind: str = "cloud"
    control: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.control = httpx.Client(base_url=self.url, trust_env=False)

    def tell(self, verb: str, place: str, /, **body: Any) -> Any:
        answer = self.control.request(verb, f"/control/{place}", json=body if verb != "GET" else None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fail(self, method: str, path: str, kind: str, /, **more: Any) -> None:
        self.tell("POST", "faults", method=method, path=path, kind=kind, **more)

    def act(self, person: str, do: str, issue: str = "", **more: Any) -> Any:
        return self.tell("POST", "act", person=person, do=do, issue=issue, **more)

    def asked(self, method: str, path: str) -> int:
        return int(self.control.get("/control/requests", params={"method": method, "path": path}).json()["count"])

    def requests(self) -> list[dict[str, Any]]:
        return list(self.control.get("/control/requests").json()["requests"])

    def connection(self, **changes: Any) -> JiraConnection:
        given = {"base_url": self.url, "kind": self.kind, "user": BOT_EMAIL, "token": BOT_TOKEN}
        return JiraConnection.model_validate(given | {"allowed_hosts": {"127.0.0.1"}} | changes)

    def gateway(self, calls: list[Call] | None = None, **changes: Any) -> JiraGateway:
        return JiraGateway(self.connection(**changes), on_call=calls.append if calls is not None else None)

    def tracker(self, **changes: Any) -> JiraTracker:
        return JiraTracker(self.gateway(**changes), emulator_mapping(PEOPLE))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(*arguments: str, kind: str = "cloud") -> Iterator[RunningSite]:
    """Returns once it answers; stops it politely, so that it saves its state."""
    port = free_port()
    command = [sys.executable, "-m", "integrations.jira.emulator", "--port", str(port), "--kind", kind, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    site = RunningSite(f"http://127.0.0.1:{port}", kind)
    try:
        while not _listens(port):
            _still_runs(process)
        yield site
    finally:
        site.control.close()
        process.terminate()
        process.wait(timeout=10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _still_runs(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(timeout=0.05)
    except subprocess.TimeoutExpired:
        return
    raise AssertionError("the emulator ended before it listened")


@dataclass(frozen=True)
class Delivered:
    """One webhook as it arrived."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """Takes webhooks; `answers` are used up one by one, then 200."""

    url: str
    arrived: "queue.Queue[Delivered]"
    answers: list[int]

    def next(self) -> Delivered:
        return self.arrived.get(timeout=10)


@contextmanager
def listening() -> Iterator[Listener]:
    arrived: queue.Queue[Delivered] = queue.Queue()
    answers: list[int] = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            # Kept before it is answered: what the sender counts as delivered has arrived.
            arrived.put(Delivered({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(answers.pop(0) if answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Listener(f"http://127.0.0.1:{server.server_port}/webhooks/jira", arrived, answers)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
