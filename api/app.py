"""The application: every route, every middleware and the whole lifespan in one visible list."""

import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from tortoise import connections

from api import budget, export, files, graphql, health, metrics, refusals, signin, webhooks, websocket
from api.auth import Logins
from api.bell import listening
from api.desk import Desk
from api.editor import routes as pages
from api.editor.assets import editor
from api.feed import Feed
from api.renewing import Renewals
from api.sharing import Sharing
from api.webhooks import Source
from integrations import postgres
from integrations.blobs import store_of
from integrations.identity import identity_of, rules_of
from integrations.settings import Settings
from schema import Contract, schema
from schema.choosing import chosen
from schema.documents import Documents

HEADERS = (
    "authorization", "content-type", "idempotency-key", "last-event-id", "x-query-dry-run", "x-request-id",
)  # fmt: skip
NOWHERE: Mapping[str, Source] = MappingProxyType({})


def create_app(
    settings: Settings, *, database_url: str, redis_url: str = "", sources: Mapping[str, Source] = NOWHERE
) -> Starlette:
    """The API over one database. ``sources`` are the systems whose webhooks are taken, by the name in the path.
    Without a ``redis_url`` nobody's budget is kept.

    A type that cannot be read as declared, or by nobody knows whom, is refused here: nothing is served.
    """
    contract = chosen(settings.reads)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        async with postgres.connected(database_url, longest=graphql.LONGEST), listening(database_url) as bell:
            logins = _logins(settings)
            feed = Feed(bell)
            desk = await _desk(settings, contract, bell, logins, feed, redis_url)
            yield {"desk": desk}
            await feed.end()
            await desk.close()

    app = Starlette(
        routes=list(_routes()),
        middleware=[
            Middleware(metrics.Observed),
            Middleware(
                CORSMiddleware,
                allow_origins=list(settings.cors_origins),
                allow_methods=["GET", "POST", "PUT"],
                allow_headers=list(HEADERS),
                allow_credentials=bool(settings.cors_origins),
                expose_headers=["etag", "retry-after", "x-request-id", *budget.HEADERS],
            ),
        ],
        exception_handlers={
            refusals.HttpRefusal: refusals.on_refusal,
            HTTPException: refusals.on_http,
            Exception: refusals.on_failure,
        },
        lifespan=lifespan,
    )
    app.state.sources = sources
    # an address that is nearly one of ours is none: 404 in GraphQL's shape, and no redirect to whatever Host says
    app.router.redirect_slashes = False
    return app


def _routes() -> Iterator[BaseRoute]:
    """Every address there is."""
    yield from (
        Route("/", _front_door),
        Route("/graphql", graphql.endpoint, methods=["GET", "POST"]),
        Route("/graphql/assets/{name}", pages.asset),
        WebSocketRoute("/graphql", websocket.endpoint),
        Route("/export/{list}", export.endpoint),
        Route("/auth/login", signin.login),
        Route("/auth/callback", signin.callback),
        Route("/auth/session", signin.session),
        Route("/auth/logout", signin.logout, methods=["POST"]),
        Route("/uploads/{id}", files.receive, methods=["PUT"]),
        Route("/files/{id}", files.send),
        Route("/webhooks/{source}", webhooks.endpoint, methods=["POST"]),
        Route("/health", health.live),
        Route("/health/ready", health.ready),
        Route("/metrics", metrics.endpoint),
    )


async def _front_door(_: Request) -> Response:
    """Whoever opens the bare address is shown to the one endpoint there is."""
    return RedirectResponse("/graphql")


def _logins(settings: Settings) -> Logins:
    identity, rules = identity_of(settings), rules_of(settings)
    lasts = timedelta(hours=settings.session_hours)
    renewals = None if identity is None else Renewals(identity, rules, lasts)
    return Logins(identity, rules, signin.cookie(settings), renewals)


async def _desk(settings: Settings, contract: Contract, bell: Any, logins: Logins, feed: Feed, redis_url: str) -> Desk:
    return Desk(
        settings=settings,
        contract=contract,
        logins=logins,
        documents=Documents(schema._schema, introspection=settings.introspection),  # noqa: SLF001 - for validate()
        secret=await _secret(settings),
        bell=bell,
        sharing=Sharing(feed),
        editor=editor() if settings.graphiql else None,
        budgets=budget.budgets_of(settings, redis_url),
        blobs=store_of(settings),
    )


async def _secret(settings: Settings) -> bytes:
    """What cursors and tokens are signed with: the first secret key, else the installation's own id."""
    if settings.secret_keys:
        own = settings.secret_keys[0].get_secret_value()
    else:
        rows = await connections.get("default").execute_query_dict("SELECT id FROM installation LIMIT 1")
        own = str(rows[0]["id"])
    return hashlib.sha256(b"caseward.signing" + own.encode()).digest()
