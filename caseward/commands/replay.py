"""``caseward replay``."""

import os
from pathlib import Path
from typing import Annotated

import typer

from caseward.database import on_database
from caseward.replay import mapping as mappings
from caseward.replay.running import Outcome, replay
from caseward.shell import Json, err, out, say
from integrations.settings import Settings

app = typer.Typer()

SHIPPED = Path(mappings.__file__).parent


@app.command(name="replay")
def run(
    file: Annotated[Path, typer.Argument(help="The log: CSV, or CSV in gzip.")],
    mapping: Annotated[Path, typer.Option(help="What its rows mean: a YAML file, or the name of one that is shipped.")],
    limit_cases: Annotated[int | None, typer.Option(min=1, help="Only the first N cases of the file.")] = None,
    live: Annotated[
        bool, typer.Option("--live", help="As if it happened here: timers, pages and mirrors follow.")
    ] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes that write. Default: one per core.")] = None,
    as_json: Json = False,
) -> None:
    """Bring in the event log of another system, its clocks included. Repeating brings in only what is new."""
    rules = mappings.load(_place(mapping))

    async def work(settings: Settings) -> Outcome:
        assert settings.database_url is not None  # noqa: S101 - on_database names it
        return await replay(
            file,
            rules,
            url=settings.database_url.get_secret_value(),
            limit=limit_cases,
            live=live,
            jobs=jobs or os.cpu_count() or 1,
            out=err,
            silent=as_json,
        )

    outcome = on_database(work)
    for row in outcome.unplaced:
        err.print(f"line {row.line}: {row.reason}", highlight=False, markup=False)
    say(outcome.summary, as_json=as_json, text=_told(outcome))
    if not as_json:
        out.print_json(data=outcome.summary)


def _place(named: Path) -> Path:
    """The file itself, or the shipped mapping of this name."""
    shipped = SHIPPED / f"{named.stem}.yaml"
    return shipped if not named.exists() and named.parent == Path() and shipped.exists() else named


def _told(outcome: Outcome) -> str:
    rows = outcome.summary["rows"]
    return (
        f"{outcome.summary['cases']} cases of {rows} rows, {outcome.brought} of them brought in now, in"
        f" {outcome.seconds:.1f} s ({rows / max(outcome.seconds, 0.001):,.0f} rows a second);"
        f" {len(outcome.unplaced)} rows left out."
    )
