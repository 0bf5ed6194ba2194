"""The only door to Jira: owns the client library, its threads and its surprises.

The library would retry a lost create by itself, wait forever, follow a redirect to a sign-in page and put
credentials into its exceptions. Here a request is sent once, in a bounded time, and ends as a value.
"""

import json
import logging
import ssl
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import requests
from anyio import CapacityLimiter, to_thread
from jira import JIRA
from pydantic import BaseModel, ConfigDict, SecretStr, model_validator
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from domain.mirror.outcomes import Ambiguous, Failure, Ok, Unavailable
from integrations.jira.replies import Reply, understand

TURN_SECONDS: Final = 5.0
CONNECT_SECONDS: Final = 3.05
READ_SECONDS: Final = 20.0
CLOUD_HOSTS: Final = ("api.atlassian.com",)
CLOUD_SUFFIX: Final = ".atlassian.net"

Method = Literal["GET", "POST", "PUT", "DELETE"]
Scalar = str | int | bool


class JiraConnection(BaseModel):
    """Where a Jira is and how to sign in.

    Every request has left, or will never leave, and has ended on our side within `ends_within`: whoever looks for a
    lost write after that cannot be overtaken by it.

    `user` None means a bearer token. Hosts outside Atlassian's cloud, and plain http, need to be in `allowed_hosts`:
    otherwise whoever may edit a connection could make this process call anything inside its network.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str
    kind: Literal["cloud", "dc"] = "cloud"
    user: str | None = None
    token: SecretStr
    allowed_hosts: frozenset[str] = frozenset()
    concurrency: int = 8
    read_seconds: float = READ_SECONDS
    ends_within: timedelta = timedelta(minutes=1)

    @property
    def turn(self) -> float:
        """Seconds a write may wait for a thread; after that it is not sent."""
        return min(TURN_SECONDS, self.ends_within.total_seconds() / 4)

    @property
    def timeout(self) -> tuple[float, float]:
        """Seconds to connect, and between two bytes of an answer."""
        whole = self.ends_within.total_seconds()
        return min(CONNECT_SECONDS, whole / 8), min(self.read_seconds, whole / 2)

    @model_validator(mode="after")
    def _goes_where_it_may(self) -> "JiraConnection":
        parts = urlsplit(self.base_url)
        host = (parts.hostname or "").lower()
        if not host or parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("base_url must be a plain address such as https://example.atlassian.net")
        if host in self.allowed_hosts and parts.scheme in {"http", "https"}:
            return self
        if parts.scheme != "https":
            raise ValueError("base_url must be https unless its host is in allowed_hosts")
        if host not in CLOUD_HOSTS and not host.endswith(CLOUD_SUFFIX):
            raise ValueError("a host outside Atlassian's cloud must be in allowed_hosts")
        return self


@dataclass(frozen=True, slots=True)
class Call:
    """One request, for the ring of recent calls: no bodies, no query, no credentials."""

    at: datetime
    method: str
    path: str
    status: int | None
    outcome: str
    elapsed: timedelta


@dataclass(frozen=True, slots=True)
class _Request:
    method: Method
    path: str
    params: Mapping[str, Scalar] | None
    body: Any
    writes: bool
    asked: float


class JiraGateway:
    """Requests run in threads, at most `concurrency` at once; no client is ever in two threads at the same time."""

    def __init__(
        self,
        connection: JiraConnection,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_call: Callable[[Call], None] | None = None,
    ) -> None:
        self.connection = connection
        self._now = now
        self._on_call = on_call
        self._limiter = CapacityLimiter(connection.concurrency)
        self._idle: deque[JIRA] = deque()
        self._secrets = tuple(filter(None, (connection.token.get_secret_value(), connection.user)))

    async def call(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, Scalar] | None = None,
        body: Any = None,
        writes: bool | None = None,
    ) -> Ok[Any] | Failure:
        """Send once; the JSON of the answer, or None when it was empty.

        `writes` says whether losing the reply leaves us in doubt; by default everything but GET does. Cancelling
        waits for the request in flight, so that its outcome is never unknown to the thread that sent it.
        """
        started = monotonic()
        request = _Request(method, path, params, body, method != "GET" if writes is None else writes, started)
        outcome, status = await to_thread.run_sync(self._send, request, limiter=self._limiter)
        if self._on_call is not None:
            elapsed = timedelta(seconds=monotonic() - started)
            self._on_call(Call(self._now(), method, path, status, type(outcome).__name__, elapsed))
        return outcome

    async def close(self) -> None:
        """Close idle sockets."""
        while self._idle:
            self._idle.pop()._session.close()  # noqa: SLF001

    def _send(self, request: _Request) -> tuple[Ok[Any] | Failure, int | None]:
        try:
            client = self._idle.pop()
        except IndexError:
            client = self._new_client()
        try:
            if request.writes and monotonic() - request.asked > self.connection.turn:
                return Unavailable(connected=False), None
            return self._exchange(client, request)
        finally:
            self._idle.append(client)

    def _exchange(self, client: JIRA, request: _Request) -> tuple[Ok[Any] | Failure, int | None]:
        session = client._session  # noqa: SLF001
        try:
            # Not the session's own `request`: it fails in its turn over an error body that is not an object, and
            # its exceptions carry headers and bodies.
            response = requests.Session.request(
                session,
                request.method,
                client._get_url(request.path),  # noqa: SLF001
                params=request.params,
                data=None if request.body is None else json.dumps(request.body),
                headers={"Content-Type": "application/json"},
                timeout=session.timeout,
                allow_redirects=False,
            )
        except requests.RequestException as failed:
            return (Unavailable(connected=False) if _never_sent(failed) else _lost(request)), None
        reply = Reply(response.status_code, response.headers, response.content, request.writes)
        return understand(reply, now=self._now(), secrets=self._secrets), response.status_code

    def _new_client(self) -> JIRA:
        connection = self.connection
        token = connection.token.get_secret_value()
        client = JIRA(
            server=connection.base_url,
            basic_auth=(connection.user, token) if connection.user else None,
            token_auth=None if connection.user else token,
            max_retries=0,
            timeout=connection.timeout,
            get_server_info=False,
            options={"check_update": False},
        )
        # Skipping the server's self-description leaves the client unsure which Jira it talks to.
        client.deploymentType = "Cloud" if connection.kind == "cloud" else "Server"
        client._version = (1001, 0, 0) if connection.kind == "cloud" else (9, 12, 0)  # noqa: SLF001
        client._session.trust_env = False  # noqa: SLF001
        # Its constructor makes its logger talkative, and what it says contains replies.
        logging.getLogger("jira").setLevel(logging.CRITICAL)
        return client


def _lost(request: _Request) -> Failure:
    return Ambiguous() if request.writes else Unavailable(connected=True)


def _never_sent(failed: requests.RequestException) -> bool:
    """True only when the request cannot have left: no address, no connection, no trusted certificate, no valid URL."""
    if isinstance(failed, requests.ConnectTimeout):
        return True
    if not isinstance(failed, requests.ConnectionError | requests.Timeout | requests.exceptions.ChunkedEncodingError):
        return isinstance(failed, ValueError)
    return any(
        isinstance(cause, NewConnectionError | ConnectTimeoutError | ssl.SSLCertVerificationError)
        for cause in _causes(failed)
    )


def _causes(error: BaseException) -> list[BaseException]:
    """The error with everything it wraps: arguments, reasons and contexts."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < 20:
        item = waiting.pop()
        if isinstance(item, BaseException) and all(item is not known for known in found):
            found.append(item)
            waiting += [*item.args, getattr(item, "reason", None), item.__cause__, item.__context__]
    return found
