"""``caseward demo``."""

from typing import Annotated

import typer

from caseward.demo import demo as play
from caseward.shell import out, stack_in_use

app = typer.Typer()


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Play the scenario, print the summary and stop.")] = False,
) -> None:
    """Start everything on this machine, play a day at the desk, and serve until Ctrl-C."""
    with stack_in_use() as (settings, stack):
        code = play(settings, stack, once=once, out=out)
    raise typer.Exit(code)
