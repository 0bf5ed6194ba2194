"""``caseward call``."""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import httpx
import orjson
import typer

from caseward.calling import documents
from caseward.calling.documents import Document
from caseward.calling.errors import CallRefused, DocumentUnusable, FileUnreadable, VariablesUnusable
from caseward.calling.rows import Row, ensure_taken, one, rows
from caseward.calling.running import Tally
from caseward.calling.running import call as call_all
from caseward.calling.sending import Answer, Sender
from caseward.shell import err, refuse
from integrations.settings import Settings

app = typer.Typer()

PATIENT = 300.0
READ_TIMEOUT = 60.0

Vars = Annotated[Path | None, typer.Option("--vars", help="Variables that all rows share: a JSON object.")]
Each = Annotated[Path | None, typer.Option("--each", help="One JSON object a line, each a call; - is standard input.")]
Into = Annotated[str | None, typer.Option(help="The variable a row is, such as input; else rows name variables.")]
Named = Annotated[str | None, typer.Option("--operation", help="Which operation of the document.")]
Url = Annotated[str | None, typer.Option(help="Where the API is. Default: CASEWARD_PUBLIC_URL.")]
Token = Annotated[str | None, typer.Option(help="Who asks. Default: CASEWARD_TOKEN, which no process list shows.")]
Jobs = Annotated[int, typer.Option(min=1, max=64, help="How many calls at once.")]
Patience = Annotated[float, typer.Option(min=0, help="Seconds a row waits for a busy or absent server, in all.")]
Label = Annotated[str, typer.Option(help="Of another label, the same rows are done once more.")]
Done = Annotated[Path | None, typer.Option(help="Results of an earlier run: rows that succeeded are not sent again.")]


@app.command()
def call(  # noqa: PLR0917 - a command line
    document: Annotated[Path, typer.Argument(help="The GraphQL document.")],
    vars_: Vars = None,
    each: Each = None,
    into: Into = None,
    operation: Named = None,
    url: Url = None,
    token: Token = None,
    jobs: Jobs = 4,
    patience: Patience = PATIENT,
    label: Label = "",
    done: Done = None,
) -> None:
    """Send a document, once for every row of a file. Repeating changes nothing twice within 24 hours. Results go to
    standard output, one object a line. Exit code 0: all succeeded; 1: some; 2: none."""
    settings = Settings()
    secret = token or (settings.token.get_secret_value() if settings.token else None)
    if secret is None:
        message = "Say who asks: set CASEWARD_TOKEN, or give --token."
        raise refuse("TOKEN_MISSING", message, exit_code=2)
    wanted = documents.read(_text(document), operation)
    shared = _object(vars_) if vars_ else {}
    known = _succeeded(done) if done else frozenset()
    tally = Tally()
    try:
        with _lines(each) as lines:
            found = _rows(lines, wanted, shared=shared, into=into, label=label)
            asyncio.run(_sent(found, wanted, url or settings.public_url, secret, jobs, patience, tally, known))
    except CallRefused as refused:
        err.print(f"[bold red]{refused.code}[/]", str(refused), highlight=False)
        tally.failed += 1
    err.print(f"{tally}.", highlight=False)
    raise typer.Exit(tally.exit_code)


async def _sent(
    found: Iterator[Row],
    wanted: Document,
    url: str,
    secret: str,
    jobs: int,
    patience: float,
    tally: Tally,
    known: frozenset[str],
) -> None:
    headers = {"Authorization": f"Bearer {secret}", "Accept": "application/graphql-response+json"}
    limits = httpx.Limits(max_connections=jobs)
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=READ_TIMEOUT, limits=limits) as client:
        sender = Sender(client, wanted, patience)
        await call_all(found, sender, jobs=jobs, tally=tally, write=_write, progress=_progress, known=known)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentUnusable(_unread(path, error)) from None


def _lines(each: Path | None) -> AbstractContextManager[Iterable[bytes] | None]:
    """Opened before anything is sent; standard input is left open."""
    if each is None:
        return nullcontext()
    if each == Path("-"):
        return nullcontext(sys.stdin.buffer)
    try:
        return each.open("rb")
    except OSError as error:
        raise FileUnreadable(_unread(each, error)) from None


def _rows(
    lines: Iterable[bytes] | None, wanted: Document, *, shared: dict[str, Any], into: str | None, label: str
) -> Iterator[Row]:
    ensure_taken(wanted, shared, told="--vars")
    if lines is None:
        return iter([one(1, {}, wanted, shared=shared, into=None, label=label)])
    if into is not None:
        ensure_taken(wanted, [into], told="--into")
    return rows(lines, wanted, shared=shared, into=into, label=label)


def _write(answer: Answer) -> None:
    sys.stdout.buffer.write(orjson.dumps(answer.line(), option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def _progress(tally: Tally) -> None:
    err.print(f"{tally} so far", highlight=False)


def _object(path: Path) -> dict[str, Any]:
    try:
        found = orjson.loads(path.read_bytes())
    except OSError as error:
        raise VariablesUnusable(_unread(path, error)) from None
    except orjson.JSONDecodeError as error:
        raise VariablesUnusable(f"{path} is no JSON: {error}.") from None
    if not isinstance(found, dict):
        raise VariablesUnusable(f"{path} holds no JSON object.")
    return found


def _unread(path: Path, error: Exception) -> str:
    return f"{path} cannot be read: {error.strerror if isinstance(error, OSError) else 'it is no UTF-8'}."


def _succeeded(path: Path) -> frozenset[str]:
    """The keys of what an earlier run's results say was done; a line that was cut off says nothing."""
    keys = set()
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise FileUnreadable(_unread(path, error)) from None
    for line in lines:
        try:
            told = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(told, dict) and told.get("ok") is True:
            keys.add(str(told.get("key")))
    return frozenset(keys)
