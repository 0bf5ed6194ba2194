"""``caseward worker``."""

import asyncio
from typing import Annotated

import typer

from caseward import working
from caseward.shell import stack_in_use
from integrations import postgres

app = typer.Typer()


@app.command()
def worker(
    answerers: Annotated[int, typer.Option(min=0, help="How many arq workers to keep running.")] = 1,
    answer: Annotated[bool, typer.Option("--answer", hidden=True)] = False,
) -> None:
    """Run the ticker and its workers: clocks, pages, mirror, enforcement."""
    with stack_in_use() as (settings, stack):
        if answer:
            asyncio.run(working.answer(settings, stack))
        else:
            asyncio.run(postgres.migrate(stack.database_url))
            asyncio.run(working.work(settings, stack, answerers=answerers))
