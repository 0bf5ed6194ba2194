"""``caseward migrate``."""

import asyncio

import typer

from caseward.shell import Json, say, stack_in_use
from integrations import postgres

app = typer.Typer()


@app.command()
def migrate(as_json: Json = False) -> None:
    """Bring the database to the newest migration."""
    with stack_in_use() as (_, stack):
        asyncio.run(postgres.migrate(stack.database_url))
    say({"migrated": True}, as_json=as_json, text="The database is up to date.")
