"""The API process."""

import uvicorn

from api.app import create_app
from caseward import loaded
from caseward.sources import sources
from caseward.stack import Stack
from caseward.wiring import wire
from integrations.settings import Settings


def serve(settings: Settings, stack: Stack) -> None:
    """Serves until stopped. The database must be migrated."""
    wire()
    app = create_app(settings, database_url=stack.database_url, redis_url=stack.redis_url, sources=sources(settings))
    loaded.keep()
    uvicorn.run(
        app,
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
        ws="websockets-sansio",
    )
