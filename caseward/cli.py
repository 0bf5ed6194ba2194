"""``caseward``: everything an operator does from a shell. Exit codes: 0 done, 1 refused or failed, 2 wrong usage;
of ``call``: 2 where nothing was done."""

import sys
from importlib import import_module

import typer
from pydantic import ValidationError
from typer.core import TyperGroup
from typer.main import get_command

from caseward.calling.errors import CallError
from caseward.replay.errors import ReplayError
from caseward.shell import err
from caseward.stack import StackError
from domain.core.errors import Refusal

COMMANDS = (
    "demo", "serve", "worker", "migrate", "seed", "replay", "log", "token", "documents", "call", "schema", "health",
    "version",
)  # fmt: skip


class Commands(TyperGroup):
    """Loads a command's module when it is called: a worker need not wait for the GraphQL schema to be built."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str):  # type: ignore[no-untyped-def, override]  # noqa: ANN201, ARG002
        if cmd_name not in COMMANDS:
            return None
        command = get_command(import_module(f"caseward.commands.{cmd_name}").app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)


@app.callback()
def caseward() -> None:
    """The case desk of a live-streaming platform's governance team."""


def main() -> None:
    """Runs a command; what is refused is said in one line with its code, and the exit code is 1, or 2 where a call
    never began."""
    try:
        app()
    except (StackError, ReplayError, CallError, Refusal) as refusal:
        err.print(f"[bold red]{refusal.code}[/]", str(refusal), highlight=False)
        sys.exit(2 if isinstance(refusal, CallError) else 1)
    except ValidationError as wrong:
        for problem in wrong.errors(include_url=False, include_input=False):
            name = "_".join(map(str, problem["loc"])).upper()
            err.print("[bold red]SETTING_INVALID[/]", f"{name}: {problem['msg']}", highlight=False)
        sys.exit(1)
