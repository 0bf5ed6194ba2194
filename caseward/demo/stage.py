"""Everything the demo runs beside itself: the API, the worker, a Jira, a platform, a mail server."""

import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import httpx

from caseward import children
from caseward.stack import Stack
from integrations.settings import Settings

PATIENCE = 30.0
JIRA_USER, JIRA_TOKEN = "caseward@example.test", "emulator-token"


class NotReady(Exception):
    """A process of the demo ended or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything is. ``worker`` may be killed and started again."""

    api: str
    jira: str
    platform: str
    mail: str
    smtp: str
    logs: Path
    environment: Mapping[str, str]
    processes: dict[str, subprocess.Popen[bytes]]

    def start(self, name: str, *arguments: str, environment: Mapping[str, str] = MappingProxyType({})) -> None:
        """Starts a process with its log in ``logs``; ``environment`` is what it is told beside the others."""
        told = {**self.environment, **environment}
        self.processes[name] = children.start(arguments, log=self.logs / f"{name}.log", environment=told)

    def ready(self) -> None:
        """Waits until every process answers, and starts the worker last; NotReady where one does not."""
        for name, url in (
            ("jira", self.jira),
            ("platform", self.platform),
            ("mail", self.mail),
            ("api", f"{self.api}/health/ready"),
        ):
            _wait(self, name, url)
        self.start("worker", "-m", "caseward", "worker")

    def restart_worker(self) -> None:
        """Kills the worker without warning and starts another."""
        self.processes["worker"].kill()
        self.processes["worker"].wait()
        self.start("worker", "-m", "caseward", "worker")


@contextmanager
def set_up(settings: Settings, stack: Stack) -> Iterator[Stage]:
    """Starts what takes longest to answer first, and stops everything in the end; ``ready`` waits for them all."""
    home = settings.home.absolute()
    logs = home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    ports = _ports(settings.api_port, home)
    api, jira, platform, mail, smtp = (f"http://127.0.0.1:{port}" for port in ports)
    secret = _secret(home)
    stage = Stage(
        api=api,
        jira=jira,
        platform=platform,
        mail=mail,
        smtp=smtp.replace("http://", "smtp://"),
        logs=logs,
        environment=_environment(settings, stack, home=home, ports=ports, secret=secret),
        processes={},
    )
    jira_hook, platform_hook = f"{api}/webhooks/jira", f"{api}/webhooks/platform"
    try:
        stage.start("api", "-m", "caseward", "serve")
        stage.start(
            "jira", "-m", "integrations.jira.emulator", "--port", str(ports[1]), "--webhook", jira_hook,
            f"--secret={secret}", "--state", str(home / "jira.json"), "--retry-factor", "0.01",
        )  # fmt: skip
        stage.start(
            "platform", "-m", "integrations.platform.emulator", "--port", str(ports[2]), "--callback", platform_hook,
            f"--secret={secret}", "--state", str(home / "platform.json"),
        )  # fmt: skip
        stage.start("mail", "-m", "caseward.demo.mailbox", "--port", str(ports[3]), "--smtp-port", str(ports[4]))
        yield stage
    finally:
        children.stop([stage.processes[name] for name in ("worker", "api", "jira", "platform", "mail")
                       if name in stage.processes])  # fmt: skip


def _wait(stage: Stage, name: str, url: str) -> None:
    """Until the process answers; NotReady with the end of its log where it does not."""
    end = time.monotonic() + PATIENCE
    answered = False
    while not answered:
        process = stage.processes[name]
        if process.poll() is not None or time.monotonic() > end:
            tail = (stage.logs / f"{name}.log").read_text(errors="replace")[-1500:]
            message = f"The {name} did not start (exit code {process.poll()}). The end of its log:\n{tail}"
            raise NotReady(message)
        try:
            answered = httpx.get(url, timeout=1).status_code < 500
        except httpx.HTTPError:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)


def _environment(settings: Settings, stack: Stack, *, home: Path, ports: list[int], secret: str) -> Mapping[str, str]:
    api = f"http://127.0.0.1:{ports[0]}"
    return {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": stack.database_url,
        "REDIS_URL": stack.redis_url,
        "CASEWARD_HOME": str(home),
        "CASEWARD_API_PORT": str(ports[0]),
        "CASEWARD_PUBLIC_URL": api,
        "CASEWARD_JIRA_URL": f"http://127.0.0.1:{ports[1]}",
        "CASEWARD_JIRA_EMAIL": JIRA_USER,
        "CASEWARD_JIRA_TOKEN": JIRA_TOKEN,
        "CASEWARD_JIRA_WEBHOOK_SECRET": secret,
        "CASEWARD_ENFORCER_URL": f"http://127.0.0.1:{ports[2]}",
        "CASEWARD_ENFORCER_SECRET": secret,
        "CASEWARD_SMTP_URL": f"smtp://127.0.0.1:{ports[4]}",
        "CASEWARD_MAIL_FROM": "desk@caseward.example",
        "CASEWARD_LOG_FORMAT": settings.log_format,
    }


def _ports(first: int, home: Path) -> list[int]:
    """The API's port and its neighbours, and a mail port; one that is taken is replaced by a free one.

    Jira's stays what it was at the first start: the issues of its board are linked to that address.
    """
    kept = home / "jira.port"
    known = int(kept.read_text()) if kept.exists() else None
    jira = _free(known or (first and first + 1))
    if known not in {None, jira}:
        message = (
            f"Port {known} is in use, and the issues of this demo are linked to the Jira on it. "
            "Stop what uses it, or begin anew: make clean"
        )
        raise NotReady(message)
    kept.write_text(str(jira))
    return [_free(first), jira, *(_free(first and first + step) for step in (2, 3, 25))]


def _free(wanted: int) -> int:
    for port in (wanted, 0):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    message = "No port is free on 127.0.0.1."
    raise NotReady(message)


def _secret(home: Path) -> str:
    """What Jira's and the platform's calls are signed with; kept, so that a second start fits the first."""
    place = home / "demo.secret"
    if not place.exists():
        place.touch(mode=0o600)
        place.write_text(secrets.token_urlsafe(32))
    return place.read_text()
