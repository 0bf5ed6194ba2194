"""``caseward schema``."""

from pathlib import Path
from typing import Annotated

import typer

import schema as contract
from caseward.shell import refuse

app = typer.Typer()


@app.command()
def schema(
    check: Annotated[Path | None, typer.Option("--check", help="Fail unless this file holds the schema.")] = None,
) -> None:
    """Print the GraphQL schema, or check that a file is up to date."""
    current = contract.sdl()
    if check is None:
        typer.echo(current, nl=False)
    elif not check.exists() or check.read_text() != current:
        raise refuse("SCHEMA_OUTDATED", f"{check} is not the current schema. Run: caseward schema > {check}")
