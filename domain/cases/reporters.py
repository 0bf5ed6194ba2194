"""How right whoever reports has been so far. Of people outside nothing is kept but a mark, which tells the reports of
one from those of another. It names nobody, but has no key: who reads the database can tell whether it is of an id they
guess. Keys are replaced, and marks must stay comparable for as long as there are signals."""

from domain.cases.ranking import TRUSTED_ORIGINS
from domain.cases.states import PROACTIVE_ORIGINS, SignalOrigin
from domain.core import transaction
from domain.core.actor import Actor
from domain.core.content import digest
from domain.core.errors import FieldProblem

LOOKED_AT = 100
"""Signals of one reporter whose outcome counts, the newest: whoever gets better or worse is believed accordingly."""

ANSWERS_ITSELF = TRUSTED_ORIGINS | PROACTIVE_ORIGINS
"""Where whoever files is judged, whomever they name: a flagger cannot shed its record with a new name."""

_RECORD = f"""
SELECT count(*) FILTER (WHERE j.outcome = 'AGREED') AS agreed,
    count(*) FILTER (WHERE j.outcome = 'DISAGREED') AS disagreed
FROM (SELECT s.outcome FROM signal s WHERE {{whose}} AND s.outcome IN ('AGREED', 'DISAGREED')
    ORDER BY s.received_at DESC LIMIT {LOOKED_AT}) j
"""
_MARKED = _RECORD.format(whose="s.reporter_mark = $1")
_UNMARKED = _RECORD.format(whose="s.reporter_mark IS NULL AND s.filed_by_id = $1")


def mark_of(reporter: str | None, origin: SignalOrigin) -> str | None:
    """What is kept of the platform's id of an account that reports; None where whoever files answers for it."""
    return None if reporter is None or origin in ANSWERS_ITSELF else digest(reporter.strip())


def problems_with(reporter: str | None) -> list[FieldProblem]:
    if reporter is None or 0 < len(reporter.strip()) <= 255:
        return []
    return [FieldProblem(("reporter",), "INVALID", "Give the platform's id of the account: 1 to 255 characters.")]


async def record_of(mark: str | None, *, by: Actor) -> dict[str, int]:
    """How many of the last signals of the marked reporter, or of the filing account's unmarked ones, review agreed
    with, and with how many not: the columns of a signal. Reads at most ``LOOKED_AT`` entries of an index."""
    rows = await transaction.current().connection.execute_query_dict(
        _UNMARKED if mark is None else _MARKED, [by.id if mark is None else mark]
    )
    return {"reporter_agreed": rows[0]["agreed"], "reporter_disagreed": rows[0]["disagreed"]}
