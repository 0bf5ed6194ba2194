"""Small logs, and replaying them into the test's database."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from caseward.replay import mapping as mappings
from caseward.replay.mapping import LogMapping, load
from caseward.replay.running import Outcome, replay
from caseward.wiring import wire

MISSING = (
    "WARNING: the incidents of the BPI Challenge 2013 are absent, so the replay was compared with small logs only. Put "
    "them at ../shared/data/incidents.csv.gz or name them in CASEWARD_INCIDENTS."
)
SHIPPED = Path(mappings.__file__).parent / "bpic2013.yaml"
COLUMNS = "incident,changed_at,status,sub_status,support_level,support_team,organisation,impact,product,country,owner"

QUEUED = ("Queued", "Awaiting Assignment")
WORKED = ("Accepted", "In Progress")
WAITING = ("Accepted", "Wait - User")
DONE = ("Completed", "Resolved")
CLOSED = ("Completed", "Closed")
UNMATCHED = ("Unmatched", "Unmatched")


def a_row(
    key: str,
    at: str,
    status: tuple[str, str],
    *,
    team: str = "V5 3rd",
    impact: str = "Medium",
    owner: str = "owner-0001",
) -> str:
    """One line of the file; ``at`` as in ``05-02 09:00``, in May 2012 and an hour east of Greenwich."""
    return f"{key},2012-{at.replace(' ', 'T')}:00+01:00,{','.join(status)},L3,{team},Org A,{impact},PROD1,se,{owner}"


def a_log(folder: Path, *rows: str, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([COLUMNS, *rows, ""]))
    return path


def shipped() -> LogMapping:
    return load(SHIPPED)


async def replayed(
    path: Path, database: str, *, limit: int | None = None, live: bool = False, jobs: int = 1
) -> Outcome:  # fmt: skip
    wire()
    return await replay(
        path, shipped(), url=database, limit=limit, live=live, jobs=jobs, out=Console(quiet=True), silent=True
    )


def reasons(outcome: Outcome) -> Sequence[tuple[int, str]]:
    return [(row.line, row.reason) for row in outcome.unplaced]


def incidents_path() -> Path | None:
    named = os.environ.get("CASEWARD_INCIDENTS")
    path = Path(named) if named else Path(__file__).parents[3] / "shared" / "data" / "incidents.csv.gz"
    return path if path.is_file() else None


class Done(NamedTuple):
    """How a command ended."""

    code: int | None
    out: str
    err: str


async def begun(*arguments: str, home: Path, urls: tuple[str, str]) -> asyncio.subprocess.Process:
    """``caseward replay`` as a process of its own."""
    database, redis = urls
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "caseward", "replay", *arguments),
        env={**os.environ, "DATABASE_URL": database, "REDIS_URL": redis, "CASEWARD_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


async def commanded(*arguments: str, home: Path, urls: tuple[str, str]) -> Done:
    process = await begun(*arguments, home=home, urls=urls)
    out, err = await process.communicate()
    return Done(process.returncode, out.decode(), err.decode())
