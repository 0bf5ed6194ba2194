"""``caseward token``."""

from datetime import timedelta
from typing import Annotated

import orjson
import typer
from rich.table import Table

from caseward import tokens
from caseward.database import on_database
from caseward.shell import Json, out, say
from domain.people.states import DocumentMode

app = typer.Typer(no_args_is_help=True, help="Bearer tokens of people and service accounts.")
Id = Annotated[str, typer.Argument(help="The token's id, as `caseward token list` shows it.")]


@app.callback()
def token() -> None:
    """Bearer tokens of people and service accounts."""


@app.command()
def issue(
    account: Annotated[str, typer.Argument(help="A person's e-mail address, or a service account's name.")],
    name: Annotated[str, typer.Option(help="What the token is for.")] = "command line",
    scopes: Annotated[str, typer.Option(help="Permissions it is narrowed to, separated by commas.")] = "",
    days: Annotated[float, typer.Option(help="Days until it ends; 0 does not end.", min=0)] = 0,
    documents: Annotated[DocumentMode | None, typer.Option(help="Which GraphQL documents it may send.")] = None,
    rows_per_hour: Annotated[
        int | None, typer.Option(help="Cases it may change in batches within an hour; 100,000 where not given.", min=0)
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a token and print it. It is shown this once and kept nowhere."""
    narrowed = [scope.strip() for scope in scopes.split(",") if scope.strip()] or None
    lasts = timedelta(days=days) if days else None
    secret = on_database(
        lambda _: tokens.issue(
            account, name=name, scopes=narrowed, lasts=lasts, documents=documents, rows_per_hour=rows_per_hour
        )
    )
    say({"account": account, "token": secret}, as_json=as_json, text=secret)


@app.command()
def rotate(
    id_: Id,
    hours: Annotated[float, typer.Option(help="Hours for which the old one holds yet.", min=0)] = 24,
    as_json: Json = False,
) -> None:
    """Make a successor with the same scopes and print it; both hold for a while."""
    secret = on_database(lambda _: tokens.rotate(id_, overlap=timedelta(hours=hours)))
    say({"replaces": id_, "token": secret}, as_json=as_json, text=secret)


@app.command()
def cap(
    id_: Id,
    rows_per_hour: Annotated[
        int | None, typer.Option(help="Cases it may change in batches within an hour; 100,000 where not given.", min=0)
    ] = None,
    as_json: Json = False,
) -> None:
    """Say how many cases a token may change."""
    on_database(lambda _: tokens.cap(id_, rows_per_hour=rows_per_hour))
    say({"capped": id_, "rows_per_hour": rows_per_hour}, as_json=as_json, text="So it is.")


@app.command()
def revoke(id_: Id, as_json: Json = False) -> None:
    """End a token at once."""
    on_database(lambda _: tokens.revoke(id_))
    say({"revoked": id_}, as_json=as_json, text="It has ended.")


@app.command(name="list")
def list_(as_json: Json = False) -> None:
    """Every token that holds now."""
    found = on_database(lambda _: tokens.holding())
    if as_json:
        out.print_json(orjson.dumps(found).decode())
        return
    table = Table("id", "account", "for", "ends", "last used", box=None)
    for each in found:
        when = [each[name].date().isoformat() if each[name] else "" for name in ("expires_at", "last_used_at")]
        table.add_row(str(each["id"]), each["account"], each["name"], *when)
    out.print(table)
