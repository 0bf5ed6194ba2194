"""How far a replay is, shown to a person and to nobody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Advance(Protocol):
    """Tells that so many more cases are done."""

    def __call__(self, cases: int, /) -> None:
        """So many."""


@contextmanager
def shown(total: int, *, out: Console, silent: bool) -> Iterator[Advance]:
    """A bar over all cases; nothing at all where silent, or where nothing is to be done."""
    if silent or not total:
        yield lambda _cases: None
        return
    columns = (TextColumn("Bringing in cases"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=out) as bar:
        task = bar.add_task("", total=total)
        yield lambda cases: bar.advance(task, cases)
