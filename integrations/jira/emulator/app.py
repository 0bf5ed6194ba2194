"""The emulator put together, and how it is run."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from integrations.jira.emulator.control import Control, refused
from integrations.jira.emulator.hooks import HookModes, HookSender
from integrations.jira.emulator.rest_issues import IssuesRest
from integrations.jira.emulator.rest_search import SearchRest
from integrations.jira.emulator.rest_site import RefusedError, Site, SiteRest
from integrations.jira.emulator.show import Shower, available_steps
from integrations.jira.emulator.site import BOT, CATEGORIES, PEOPLE, PROJECT, STATUSES, Kind
from integrations.jira.emulator.store import Store
from integrations.jira.emulator.values import BadValueError
from integrations.jira.emulator.wire import CuttableProtocol, FaultyWire

SAVE_EVERY: Final = 0.5
PAGE: Final = Path(__file__).with_name("board.html")


@dataclass(frozen=True, slots=True)
class EmulatorOptions:
    """`retry_factor` shortens the waits between webhook retries: 1 is Jira's five to fifteen minutes."""

    base_url: str = "http://127.0.0.1:8099"
    kind: Kind = "cloud"
    webhook_url: str | None = None
    secret: str = ""
    state: Path | None = None
    text_limit: int = 32_767
    retry_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Emulator:
    """`app` is the ASGI application; the rest are its parts, for whoever runs it in process."""

    app: FaultyWire
    store: Store
    hooks: HookSender


def create_emulator(options: EmulatorOptions | None = None) -> Emulator:
    """An emulator that has not started: its lifespan saves the state and ends pending webhooks."""
    options = options or EmulatorOptions()
    store = Store(path=options.state, text_limit=options.text_limit)
    shower = Shower(base=options.base_url, kind=options.kind)
    hooks = HookSender(
        HookModes(url=options.webhook_url, secret=options.secret), shower, retry_factor=options.retry_factor
    )
    store.listeners.append(hooks.happened)
    site = Site(store, shower)
    rest = IssuesRest(site)
    endpoints = [*SiteRest(site).routes(), *SearchRest(site).routes(), *rest.routes()]
    wire = FaultyWire(Starlette())
    control = Control(site, rest, wire, hooks)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        saver = asyncio.create_task(_keep_saving(store))
        yield
        saver.cancel()
        await hooks.close()
        store.save()

    mistakes = (RefusedError, BadValueError, ValidationError, KeyError, TypeError, ValueError)
    wire.site = Starlette(
        routes=[
            *(Mount(f"/rest/api/{version}", routes=endpoints) for version in ("2", "3", "latest")),
            Mount("/control", routes=control.routes()),
            Route("/board.json", _Board(store, shower).read),
            # The client library asks for this before it sends a remote link.
            Route("/rest/applinks/latest/listApplicationlinks", _no_applications),
            Route("/", _page),
            Route("/browse/{key}", _page),
        ],
        exception_handlers=dict.fromkeys(mistakes, refused),
        lifespan=lifespan,
    )
    return Emulator(wire, store, hooks)


def serve(options: EmulatorOptions, *, host: str, port: int) -> None:
    """Runs until told to stop."""
    config = uvicorn.Config(
        create_emulator(options).app,
        host=host,
        port=port,
        http=CuttableProtocol,
        ws="none",
        log_level="warning",
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run()


async def _keep_saving(store: Store) -> None:
    while True:
        await asyncio.sleep(SAVE_EVERY)
        store.save()


async def _no_applications(_request: Request) -> Response:
    return JSONResponse({"list": []})


async def _page(_request: Request) -> Response:
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"
    )
    page = PAGE.read_text(encoding="utf-8")
    return HTMLResponse(page, headers={"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"})


class _Board:
    """What the board page polls."""

    def __init__(self, store: Store, shower: Shower) -> None:
        self.store, self.shower = store, shower

    async def read(self, _request: Request) -> Response:
        issues = []
        for issue in self.store.kept.issues.values():
            shown = self.shower.issue(issue)
            moves = [{"status": step.target, "name": step.name} for step in available_steps(self.store, issue)]
            issues.append({**shown, "moves": moves, "history": self.shower.history(issue)["histories"]})
        columns = [
            {"id": s.id, "name": s.name, "category": s.category, "color": CATEGORIES[s.category]["colorName"]}
            for s in STATUSES.values()
        ]
        people = [{"id": p.account_id, "name": p.name} for p in PEOPLE.values() if p.active and p.account_id != BOT]
        now = self.store.now().isoformat()
        return JSONResponse(
            {"project": PROJECT, "columns": columns, "people": people, "issues": issues, "now": now, "bot": BOT}
        )
