"""What commands share: the stack of the home folder, and saying things to people or scripts."""

import contextlib
import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console

from caseward import logs
from caseward.stack import Stack, use_stack
from integrations.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]

out, err = Console(), Console(stderr=True)


@contextlib.contextmanager
def stack_in_use() -> Iterator[tuple[Settings, Stack]]:
    """The settings and the stack they name, which is started where none runs."""
    settings = Settings()
    logs.configure(settings)
    with use_stack(settings) as stack:
        yield stack.applied(settings), stack


def say(answer: dict[str, Any], *, as_json: bool, text: str) -> None:
    """One JSON object for a script, a line for a person."""
    out.print_json(json.dumps(answer)) if as_json else out.print(text, highlight=False)


def refuse(code: str, message: str, *, exit_code: int = 1) -> typer.Exit:
    """Says what is wrong in one line, with its code; raise what it returns."""
    err.print(f"[bold red]{code}[/]", message, highlight=False)
    return typer.Exit(exit_code)
