"""``caseward token``."""

import typer

from caseward import tokens
from caseward.database import on_database
from caseward.shell import Json, say

app = typer.Typer(no_args_is_help=True, help="Bearer tokens of people and service accounts.")


@app.callback()
def token() -> None:
    """Bearer tokens of people and service accounts."""


@app.command()
def issue(
    account: str = typer.Argument(help="A person's e-mail address, or a service account's name."),
    name: str = typer.Option("command line", help="What the token is for."),
    as_json: Json = False,
) -> None:
    """Make a token and print it. It is shown this once and kept nowhere."""
    secret = on_database(lambda _: tokens.issue(account, name=name))
    say({"account": account, "token": secret}, as_json=as_json, text=secret)
