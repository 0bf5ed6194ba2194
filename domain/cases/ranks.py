"""Ranks as they are stored: read beside what they follow from, for as many cases as there are in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from domain.cases.ranking import TRUSTED_ORIGINS, Facts, Signals, in_effect, rank
from domain.cases.states import PROACTIVE_ORIGINS, Priority, Severity, SignalOrigin, SignalOutcome
from domain.core import transaction
from domain.core.heads import hold
from domain.core.tables import Difference, Row, Table, differences
from domain.core.transaction import Ref, atomic

RANK = Table("case_rank")

FACTS = "case_rank_facts({id})"
"""What a case's rank follows from, beside the one that is stored, as JSON; of the case `{id}`. Null of no case."""

_READ = f"SELECT u.id, {FACTS.format(id='u.id')} AS facts FROM unnest($1::uuid[]) AS u (id)"
_STORED = "SELECT * FROM case_rank WHERE id = ANY ($1::uuid[])"


async def read(ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """What ``FACTS`` says of each of the cases that there are, in the transaction under way."""
    rows = await transaction.current().connection.execute_query_dict(_READ, [list(ids)])
    return {row["id"]: row["facts"] for row in rows if row["facts"] is not None}


def moved(facts: Mapping[UUID, Mapping[str, Any]]) -> list[Row]:
    """The ranks that are not stored as they are now, by what ``FACTS`` says of each case."""
    rows = ((row_of(id, found), found["stored"]) for id, found in facts.items())  # noqa: A001
    return [row for row, stored in rows if stored is None or row != {**stored, "id": row["id"]}]


async def keep(ids: Sequence[UUID], moved: Sequence[Row]) -> None:
    """Stores ranks, and brings the rows of cases in the worklist to what they are. One statement."""
    ranks = orjson.dumps(moved, default=str).decode() if moved else None
    await transaction.current().connection.execute_query("SELECT keep_case_work($1, $2)", [list(ids), ranks])


def row_of(case_id: UUID, found: Mapping[str, Any]) -> Row:
    """The rank of a case as a row."""
    signals = [_signals(each) for each in found["signals"] or ()]
    facts = Facts(
        severity=Severity(found["severity"]),
        priority=Priority(found["priority"]),
        reach=found["reach"] or 0,
        live=bool(found["live"]),
        signals=tuple(signals),
    )
    reckoned = rank(facts, formula=in_effect(datetime.fromtimestamp(found["at"], UTC)))
    return {
        "id": case_id,
        "value": reckoned.value,
        "formula_version": reckoned.formula_version,
        **asdict(reckoned.components),
        "trusted_signals": sum(each.count for each in signals if each.origin in TRUSTED_ORIGINS),
        "detected_signals": sum(each.count for each in signals if each.origin in PROACTIVE_ORIGINS),
        "reported_signals": sum(
            each.count for each in signals if each.origin not in TRUSTED_ORIGINS | PROACTIVE_ORIGINS
        ),
    }


def _signals(found: Mapping[str, Any]) -> Signals:
    return Signals(
        origin=SignalOrigin(found["origin"]),
        outcome=SignalOutcome(found["outcome"]),
        confidence=found["confidence"],
        agreed=found["agreed"],
        disagreed=found["disagreed"],
        count=found["count"],
    )


@atomic
async def compare(ids: Sequence[UUID], *, check: bool) -> list[Difference]:
    """Where stored ranks are not what their cases, subjects and signals make by the formula in effect; they are brought
    in line unless ``check``. Cases under another version than the newest in effect differ."""
    await hold([Ref("case", id) for id in ids])  # noqa: A001
    made = [row_of(case_id, found) for case_id, found in (await read(ids)).items()]
    stored = await transaction.current().connection.execute_query_dict(_STORED, [list(ids)])
    apart = list(differences(RANK, stored, made))
    if apart and not check:
        await keep(ids, made)
    return apart
