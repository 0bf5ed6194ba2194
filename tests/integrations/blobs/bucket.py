"""A bucket on this machine that judges every request by its signature and every body by its SHA-256, as S3 does."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

ACCESS, SECRET, REGION, NAME = "AKIATEST", "s3cr3t/with+signs", "eu-central-1", "evidence"


@dataclass
class Held:
    """What the bucket holds, by path, and how often it refused. ``failing`` is the status of all answers, if any."""

    objects: dict[str, bytes] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    failing: int | None = None

    async def answer(self, request: Request) -> Response:
        """One request's. The body is read to its end; one that breaks off is kept nowhere."""
        try:
            body = await request.body()
        except ClientDisconnect:
            return Response(status_code=400)
        code = self._wrong(request, body)
        if code is not None:
            self.refused.append(code)
            return Response(f"<Error><Code>{code}</Code></Error>", 403)
        if self.failing is not None:
            return Response("<Error><Code>SlowDown</Code></Error>", self.failing)
        path = request.scope["raw_path"].decode()
        if request.method == "PUT":
            self.objects[path] = body
            return Response(status_code=200)
        if request.method == "DELETE":
            self.objects.pop(path, None)
            return Response(status_code=204)
        if path not in self.objects:
            return Response("<Error><Code>NoSuchKey</Code></Error>", 404)
        return _part(self.objects[path], request.headers.get("range"))

    def _wrong(self, request: Request, body: bytes) -> str | None:
        given = request.headers["authorization"].removeprefix("AWS4-HMAC-SHA256 ")
        told = dict(pair.split("=", 1) for pair in given.split(","))
        names = told["SignedHeaders"].split(";")
        lines = [f"{name}:{request.headers[name]}" for name in names]
        payload = request.headers["x-amz-content-sha256"]
        path = request.scope["raw_path"].decode()
        asked = "\n".join([request.method, path, "", *lines, "", told["SignedHeaders"], payload])
        _, day, *scope = told["Credential"].split("/")
        key = b"AWS4" + SECRET.encode()
        for piece in (day, *scope):
            key = hmac.digest(key, piece.encode(), "sha256")
        at = request.headers["x-amz-date"]
        digest = hashlib.sha256(asked.encode()).hexdigest()
        text = "\n".join(["AWS4-HMAC-SHA256", at, "/".join([day, *scope]), digest])
        right = hmac.digest(key, text.encode(), "sha256").hex() == told["Signature"]
        if not right or not told["Credential"].startswith(f"{ACCESS}/") or "host" not in names:
            return "SignatureDoesNotMatch"
        return None if hashlib.sha256(body).hexdigest() == payload else "XAmzContentSHA256Mismatch"


def _part(found: bytes, wanted: str | None) -> Response:
    if wanted is None:
        return Response(found)
    start, _, end = wanted.removeprefix("bytes=").partition("-")
    return Response(found[int(start) : int(end) + 1 if end else None], 206)


@asynccontextmanager
async def a_bucket() -> AsyncIterator[tuple[str, Held]]:
    """Serves until the block ends; the address, and what it holds."""
    held = Held()
    app = Starlette(routes=[Route("/{path:path}", held.answer, methods=["GET", "PUT", "DELETE"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), task
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", held
    server.should_exit = True
    await task
