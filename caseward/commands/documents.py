"""``caseward documents``."""

from pathlib import Path
from typing import Annotated

import typer

from caseward import manifests
from caseward.database import on_database
from caseward.shell import Json, say
from domain.core import documents as trusted
from domain.core.actor import Tool, system

app = typer.Typer(no_args_is_help=True, help="GraphQL documents that clients may send by their SHA-256.")


@app.callback()
def documents() -> None:
    """GraphQL documents that clients may send by their SHA-256."""


@app.command(name="import")
def import_(
    manifest: Annotated[
        Path, typer.Argument(help="The file relay-compiler, graphql-codegen or Apollo's generator wrote.")
    ],
    client: Annotated[str, typer.Option(help="Whose documents they are, for the log.")] = "client",
    as_json: Json = False,
) -> None:
    """Register the documents of a client's build. Repeating adds nothing."""
    found = manifests.texts(manifest)
    added = on_database(lambda _: trusted.trust(found, by=system(Tool.COMMAND_LINE), client=client))
    told = {"documents": len(found), "added": added}
    say(told, as_json=as_json, text=f"{len(found)} documents, {added} of them new.")
