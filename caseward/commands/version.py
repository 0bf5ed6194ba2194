"""``caseward version``."""

from importlib.metadata import version as installed

import typer

from caseward.shell import Json, say

app = typer.Typer()


@app.command()
def version(as_json: Json = False) -> None:
    """Print the version."""
    found = installed("caseward")
    say({"version": found}, as_json=as_json, text=found)
