"""``caseward log``."""

from typing import Annotated, Any
from uuid import UUID

import typer

from caseward.database import on_database
from caseward.shell import Json, refuse, say
from domain.core import projections
from domain.core.actor import Tool, system
from domain.core.projections import Parked
from domain.core.tables import Difference
from domain.core.verification import Finding, Verified
from domain.core.verification import verify as prove
from workers import parking, rebuilding
from workers.parking import Retried

BY = system(Tool.COMMAND_LINE)
FIRST = 20

app = typer.Typer(no_args_is_help=True, help="The event log: prove it, rebuild from it, see what is parked.")
park = typer.Typer(no_args_is_help=True, help="Subjects that are set aside because something failed on them.")
app.add_typer(park, name="park")

Only = Annotated[str | None, typer.Option("--only", help=f"One of: {', '.join(rebuilding.PROJECTIONS)}.")]
Check = Annotated[bool, typer.Option("--check", help="Compare only; change nothing.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many findings of a kind to name.")]
Consumer = Annotated[str | None, typer.Option("--consumer", help="Of this consumer only.")]
Subject = Annotated[str | None, typer.Option("--subject", help="This subject only: its uuid.")]


@app.callback()
def log() -> None:
    """The event log: prove it, rebuild from it, see what is parked."""


@app.command()
def verify(limit: Limit = FIRST, as_json: Json = False) -> None:
    """Check every subject's hash chain, the positions, and the texts events refer to. Exit code 1 where anything is
    not as it was written."""
    verified = on_database(lambda _: prove(by=BY, limit=limit))
    say(_verified(verified), as_json=as_json, text=_told(verified))
    raise typer.Exit(0 if verified.sound else 1)


@app.command()
def rebuild(only: Only = None, check: Check = False, limit: Limit = FIRST, as_json: Json = False) -> None:
    """Compute tables from the log again and write what differs. With --check, exit code 1 where anything does."""
    if only is not None and only not in rebuilding.PROJECTIONS:
        raise refuse("PROJECTION_UNKNOWN", f"There is no {only}. Choose from {', '.join(rebuilding.PROJECTIONS)}.")
    names = [only] if only else list(rebuilding.PROJECTIONS)
    rebuilt = on_database(lambda _: rebuilding.rebuild(names, by=BY, check=check, limit=limit))
    answer = {
        "subjects": rebuilt.subjects,
        "differences": rebuilt.totals,
        "written": not check,
        "first": [_difference(each) for each in rebuilt.differences],
    }
    lines = [f"{name}: {count:,} subjects, {rebuilt.totals[name]:,} differ" for name, count in rebuilt.subjects.items()]
    lines += [f"  {each}" for each in rebuilt.differences]
    say(answer, as_json=as_json, text="\n".join(lines))
    raise typer.Exit(1 if check and any(rebuilt.totals.values()) else 0)


@park.command("list")
def list_parked(consumer: Consumer = None, as_json: Json = False) -> None:
    """Name what is parked, for whom, since when and why."""
    found = on_database(lambda _: projections.parked(consumer))
    lines = [
        f"{each.consumer} {each.ref.type} {each.ref.id} since {each.parked_at:%F %T}: {each.error}" for each in found
    ]
    say({"parked": [_parked(each) for each in found]}, as_json=as_json, text="\n".join(lines) or "Nothing is parked.")


@park.command()
def retry(consumer: Consumer = None, subject: Subject = None, as_json: Json = False) -> None:
    """Let what is parked be tried again; what reactions missed runs now, in order. Exit code 1 where it fails again."""

    async def tried(_: object) -> list[Retried]:
        found = await projections.parked(consumer)
        wanted = [each for each in found if subject is None or each.ref.id == UUID(subject)]
        return [await parking.retry(each, by=BY) for each in wanted]

    done = on_database(tried)
    lines = [
        f"{each.parked.consumer} {each.parked.ref.type} {each.parked.ref.id}: "
        + (f"still parked: {each.error}" if each.error else f"followed again, {each.made_up} made up for")
        for each in done
    ]
    answer = {"retried": [{**_parked(each.parked), "madeUp": each.made_up, "error": each.error} for each in done]}
    say(answer, as_json=as_json, text="\n".join(lines) or "Nothing is parked.")
    raise typer.Exit(1 if any(each.error for each in done) else 0)


def _verified(verified: Verified) -> dict[str, Any]:
    return {
        "sound": verified.sound,
        "counts": verified.counts,
        "findings": verified.totals,
        "first": [_finding(finding) for finding in verified.findings],
    }


def _told(verified: Verified) -> str:
    lines = [", ".join(f"{count:,} {name}" for name, count in verified.counts.items())]
    lines += [f"{check}: {total:,} wrong" if total else f"{check}: right" for check, total in verified.totals.items()]
    lines += [
        f"  {each.code} {each.ref.type if each.ref else ''} {each.ref.id if each.ref else ''} at {each.place}"
        for each in verified.findings
    ]
    return "\n".join(lines)


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "code": finding.code,
        "subjectType": finding.ref and finding.ref.type,
        "subjectId": finding.ref and str(finding.ref.id),
        "eventId": finding.event_id,
        "place": finding.place,
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "table": difference.table,
        "key": difference.key,
        "column": difference.column,
        "stored": repr(difference.stored),
        "folded": repr(difference.folded),
    }


def _parked(parked: Parked) -> dict[str, Any]:
    return {
        "consumer": parked.consumer,
        "subjectType": parked.ref.type,
        "subjectId": str(parked.ref.id),
        "position": parked.position,
        "parkedAt": parked.parked_at.isoformat(),
        "error": parked.error,
    }
