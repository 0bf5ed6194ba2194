"""Request after request, each made from the seed, each answer judged."""

import asyncio
import functools
import logging
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import orjson
from graphql import GraphQLSchema
from starlette.applications import Starlette
from structlog.testing import capture_logs

from api.app import create_app
from bench.fuzz import breaking, judging, ways
from bench.fuzz.asgi import PATIENCE, Asked, Told, ask, converse
from bench.fuzz.desk import Asking, asking, configured, rows
from bench.fuzz.making import Mutator
from integrations import Adapters, connect, postgres
from integrations.settings import Settings
from schema import schema
from schema.reads import hooks
from schema.reads.catalog import catalog_of
from tests.desk import settle
from tests.schema.reads.operations import Known, Operation
from tests.schema.reads.populated import populate

LOOK_EVERY = 60
CAPACITY, RESTORED = 400_000, 200_000
WORK_EVERY = 300
KINDS = (
    "query", "mutation", "hostile", "text", "values", "transport", "stream", "socket", "export", "registered", "file",
)  # fmt: skip
SHARES = (28, 24, 10, 11, 8, 8, 2, 3, 3, 2, 2)


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer that may not be, with all that is needed to ask again."""

    number: int
    kind: str
    viewer: str
    wrong: str
    sent: str
    told: str


class _Heard(logging.Handler):
    """Errors that only the log tells of."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()} {record.exc_info}")


@dataclass(slots=True)
class Fuzz:
    """Asks in turn as many accounts; nothing they do outlives the database."""

    app: Starlette
    state: Mapping[str, Any]
    asking: Asking
    seed: int
    specs: Mapping[str, list[Any]]
    adapters: Adapters
    findings: list[Finding] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    asked: set[str] = field(default_factory=set)
    known: Known = field(default_factory=Known)
    heard: _Heard = field(default_factory=_Heard)
    files: list[str] = field(default_factory=list)
    """Those whose bytes may have come: the desk has others that are said to be here and are not."""
    number: int = 0
    chance: Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)

    async def run(self, operations: int, *, most: int = 20) -> None:
        """Ends early after so many findings."""
        core: GraphQLSchema = hooks.core_schema(schema)
        prefixes = {name: found.prefix for name, found in catalog_of(core).declarations.items()}
        chance = self.chance
        logging.getLogger().addHandler(self.heard)
        try:
            with capture_logs() as logged:
                while self.number < operations and len(self.findings) < most:
                    if self.number % LOOK_EVERY == 0:
                        await self._look()
                    self.number += 1
                    if self.number % WORK_EVERY == 0:
                        await self._work()
                    await self._one(
                        chance, Mutator(core, self.known, chance, prefixes=prefixes, specs=self.specs), logged
                    )
        finally:
            logging.getLogger().removeHandler(self.heard)

    async def _work(self) -> None:
        """Lets the workers see what came of it all: what they log is judged with the next answer."""
        async with asyncio.timeout(PATIENCE):
            await settle(self.adapters)

    async def _look(self) -> None:
        await self.asking.heal()
        await self.asking.look()
        self.state["desk"].logins._known.clear()  # noqa: SLF001 - rights were changed beneath it
        self.known.ids = await rows()
        del self.known.texts[:-1000]

    async def _one(self, chance: Random, maker: Mutator, logged: list[Any]) -> None:
        kind = chance.choices(KINDS, SHARES)[0]
        viewer = chance.choice(sorted(self.asking.accounts)) if chance.random() < 0.7 else "admin"
        maker.nasty = 0.2 if kind == "hostile" else 0.04
        changes = kind in {"mutation", "hostile"} or (kind in {"text", "values", "transport"} and chance.random() < 0.5)
        operation = maker.mutation() if changes else maker.operation()
        self.asked |= maker.asked
        self.state["desk"].logins._known.clear()  # noqa: SLF001 - what is asked as whom is judged by the rights of now
        token = self.asking.tokens[viewer]
        if kind == "socket":
            said = ways.followed(chance, maker.again()) if chance.random() < 0.7 else operation
            frames = breaking.frames(chance, token, said.text, dict(said.variables))
            sent = repr(frames)
            told = await converse(self.app, self.state, _headers(token)[:1] if chance.random() < 0.3 else [], frames)
            verdict = judging.spoken(told, sent)
        else:
            asked = await self._other(kind, chance, operation, token, maker)
            asked = asked or self._asked(kind, chance, operation, token, maker)
            sent = f"{asked.method} {asked.path}?{asked.query!r}\n{asked.headers}\n{b''.join(asked.body)!r}"
            told = await ask(self.app, self.state, asked)
            verdict = judging.judge(asked, told, _readable(asked))
        await self._judged(kind, viewer, sent, told, verdict, logged)
        if kind in {"query", "mutation"} and not verdict.wrong and told.status == 200:
            data = orjson.loads(told.body).get("data")
            self.known.learn(operation, data)
            if kind == "mutation" and changes:
                self.met.update(each.get("problem", "done") for each in (data or {}).values())

    async def _judged(
        self, kind: str, viewer: str, sent: str, told: Told, verdict: judging.Verdict, logged: list[Any]
    ) -> None:
        wrong = [verdict.wrong] if verdict.wrong else []
        if verdict.named & self.asking.hidden[viewer] and (seen := verdict.named & await self.asking.unseen(viewer)):
            wrong.append(f"hidden and shown: {sorted(seen)[:5]}")
        bad = [each for each in logged if each["log_level"] in {"error", "critical"} or "exc_info" in each]
        wrong += [f"logged: {each}" for each in bad] + [f"logged: {line}" for line in self.heard.lines]
        logged.clear()
        self.heard.lines.clear()
        self.met[f"{kind} {told.status}"] += 1
        self.met.update(f"code {code}" for code in set(verdict.codes))
        if wrong:
            self.findings.append(
                Finding(self.number, kind, viewer, "; ".join(wrong), sent[:6000], repr(told.body[:2000]))
            )
        if told.status == 401 and kind in {"query", "mutation"}:
            await self.asking.heal()
            await self.asking.token(viewer)

    async def _other(self, kind: str, chance: Random, operation: Operation, token: str, maker: Mutator) -> Asked | None:
        """A request of the other ways in; None where the kind is none of them."""
        headers = _headers(token)
        if kind == "export":
            return ways.export(chance, headers[:1], maker.again())
        if kind == "registered":
            return await ways.registered(chance, headers, operation)
        if kind == "file":
            return await ways.file(chance, headers, self.files, functools.partial(ask, self.app, self.state))
        return None

    def _asked(self, kind: str, chance: Random, operation: Operation, token: str, maker: Mutator) -> Asked:
        query, values, more = operation.text, dict(operation.variables), {}
        headers = _headers(token)
        if kind == "text":
            query = breaking.text(chance, query)
        elif kind == "values":
            values = breaking.variables(chance, values)
            more = {"extensions": breaking.extensions(chance)} if chance.random() < 0.4 else {}
        elif kind == "stream":
            headers = [(name, value) for name, value in headers if name != b"accept"] + [
                (b"accept", b"text/event-stream")
            ]
            if chance.random() < 0.7:
                said = ways.followed(chance, maker.again())
                query, values = said.text, dict(said.variables)
        body = breaking.encoded({"query": query, "variables": values, **more})
        if kind == "transport":
            roll = chance.random()
            if roll < 0.35:
                return breaking.address(chance, headers, query, values)
            headers = breaking.headers(chance, headers) if roll < 0.8 else headers
            body = breaking.body(chance, body) if roll > 0.65 else body
        leaves = (
            0.1
            if kind == "stream" or (kind == "transport" and b"text/event-stream" in dict(headers).values())
            else None
        )
        return Asked(headers=headers, body=breaking.pieces(chance, body), gone_after=leaves)


def _headers(token: str) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json")]


def _readable(asked: Asked) -> str:
    """All that was sent, with what is escaped in JSON as it is meant."""
    return b"".join(asked.body).decode("utf-8", "replace") + asked.query.decode("latin-1")


@asynccontextmanager
async def ready(url: str, redis_url: str, home: Path, *, seed: int) -> AsyncIterator[Fuzz]:
    """The API over this migrated, empty database, which it fills; budgets are kept, and are seldom spent."""
    async with postgres.connected(url):
        desk = await populate(home)
        asks, specs = await asking(desk), await configured()
    settings = Settings(home=home, cost_capacity=CAPACITY, cost_restore_rate=RESTORED)
    app = create_app(settings, database_url=url, redis_url=redis_url)
    async with app.router.lifespan_context(app) as state:
        assert state is not None
        yield Fuzz(app, state, asks, seed, specs, connect(Settings(home=home)))
        await asyncio.sleep(0)
