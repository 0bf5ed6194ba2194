"""A platform emulator in a process of its own, and what tests say to it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from domain.cases.states import SubjectKind
from domain.core.ids import new_id
from domain.review.ports import Order
from domain.review.rules import key_of
from domain.review.states import EnforcementAction
from integrations.platform import HttpEnforcer
from tests.integrations.jira.running import free_port

ROOT = Path(__file__).parents[3]
SECRET = "s3cret"


@dataclass
class Platform:
    """A started emulator."""

    url: str
    control: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.control = httpx.Client(base_url=self.url, trust_env=False)

    def tell(self, verb: str, place: str, /, **body: Any) -> Any:
        answer = self.control.request(verb, f"/control/{place}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fail(self, mode: str, **more: Any) -> None:
        self.tell("POST", "faults", mode=mode, **more)

    def world(self) -> dict[str, Any]:
        return dict(self.control.get("/board.json").json())

    def orders(self) -> list[dict[str, Any]]:
        return list(self.world()["orders"].values())

    def enforcer(self, secret: str = SECRET, timeout: float = 10) -> HttpEnforcer:
        return HttpEnforcer(self.url, secret=secret, timeout=timeout)


@contextmanager
def started(*arguments: str) -> Iterator[Platform]:
    """Returns once it answers; stops it politely, so that it saves its state."""
    port = free_port()
    command = [sys.executable, "-m", "integrations.platform.emulator", "--port", str(port), "--secret", SECRET]
    process = subprocess.Popen([*command, "--factor", "0.01", *arguments], cwd=ROOT)  # noqa: S603
    platform = Platform(f"http://127.0.0.1:{port}")
    try:
        while not _answers(platform):
            _still_runs(process)
        yield platform
    finally:
        platform.control.close()
        process.terminate()
        process.wait(timeout=10)


def _answers(platform: Platform) -> bool:
    try:
        return platform.control.get("/board.json").is_success
    except httpx.HTTPError:
        return False


def _still_runs(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(timeout=0.05)
    except subprocess.TimeoutExpired:
        return
    raise AssertionError("the emulator ended before it answered")


def an_order(ref: str = "room-karaoke", action: EnforcementAction = EnforcementAction.END_STREAM) -> tuple[Order, str]:
    """An order and its key."""
    enforcement_id = new_id()
    order = Order(
        enforcement_id=enforcement_id,
        action=action,
        subject_kind=SubjectKind.LIVE_SESSION,
        subject_ref=ref,
        owner_ref="acc-9",
        lasting=timedelta(days=7) if action is EnforcementAction.SUSPEND else None,
        policy_keys=("live.scam",),
    )
    return order, key_of(enforcement_id, 1)
