"""The load: raw connections that each send the next request as soon as they have the answer to the last.

Requests are built beforehand and answers only counted, so that the generator leaves the cores to what is measured.
"""

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

PATIENCE = 30.0
"""Seconds the last answers may take."""


class Unanswered(Exception):
    """A server closed the connection, or answered with anything but 200."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one stretch of load came to. ``own`` is the generator's share of one core."""

    waits: list[float]
    seconds: float
    own: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds


class _Client(asyncio.Protocol):
    """One connection. ``requests`` is shared by all of them."""

    def __init__(self, requests: Iterator[bytes], until: float) -> None:
        self._requests = requests
        self._until = until
        self._missing = 0
        self._head = b""
        self.waits: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        request = next(self._requests, None) if self._asked < self._until else None
        if request is None:
            self._transport.close()
            self.done.set_result(None)
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if not self._missing:
            self._head += data
            head, end, body = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._head = b""
            self._missing = _length(head) - len(body)
        else:
            self._missing -= len(data)
        if not self._missing:
            self.waits.append(time.perf_counter() - self._asked)
            self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or Unanswered("the server closed the connection"))


def _length(head: bytes) -> int:
    if not head.startswith(b"HTTP/1.1 200"):
        raise Unanswered(head.decode(errors="replace"))
    _, _, after = head.lower().partition(b"content-length:")
    return int(after.split(b"\r\n", 1)[0])


async def load(
    port: int, requests: Sequence[bytes] | Iterator[bytes], *, connections: int, seconds: float
) -> Outcome:  # fmt: skip
    """Keeps so many connections busy for so long. A sequence is asked over and over, an iterator once."""
    loop = asyncio.get_running_loop()
    turn = itertools.cycle(requests) if isinstance(requests, Sequence) else requests
    begun, own = time.perf_counter(), time.process_time()
    clients = [
        (await loop.create_connection(lambda: _Client(turn, begun + seconds), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    async with asyncio.timeout(seconds + PATIENCE):
        await asyncio.gather(*(client.done for client in clients))
    taken = time.perf_counter() - begun
    waits = [wait for client in clients for wait in client.waits]
    return Outcome(waits, taken, (time.process_time() - own) / taken)


def post(body: bytes, *, token: str = "") -> bytes:
    """A GraphQL request as bytes."""
    login = f"Authorization: Bearer {token}\r\n" if token else ""
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n{login}Accept: application/json\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str) -> bytes:
    """A GET request as bytes."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n".encode()


async def once(port: int, request: bytes) -> bytes:
    """The body of one answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await reader.readexactly(_length(await reader.readuntil(b"\r\n\r\n")))
    finally:
        writer.close()
