"""``caseward serve``."""

import asyncio

import typer

from caseward import serving
from caseward.shell import stack_in_use
from integrations import postgres

app = typer.Typer()


@app.command()
def serve() -> None:
    """Serve the API. Migrates first."""
    with stack_in_use() as (settings, stack):
        asyncio.run(postgres.migrate(stack.database_url))
        serving.serve(settings, stack)
