"""``caseward demo``."""

import time
from importlib import import_module
from typing import Annotated

import typer

from caseward.demo.stage import NotReady, set_up
from caseward.shell import out, refuse, stack_in_use

app = typer.Typer()


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Play the scenario, print the summary and stop.")] = False,
) -> None:
    """Start everything on this machine, play a day at the desk, and serve until Ctrl-C."""
    begun = time.monotonic()
    try:
        with stack_in_use() as (settings, stack), set_up(settings, stack) as stage:
            # Loaded while the other processes start: it takes as long as they do.
            scenario = import_module("caseward.demo.play")
            code: int = scenario.play(settings, stack, stage, once=once, out=out, begun=begun)
    except NotReady as reason:
        raise refuse("DEMO_NOT_READY", str(reason)) from None
    raise typer.Exit(code)
