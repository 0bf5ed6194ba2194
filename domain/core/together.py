"""One fact about many subjects: told once, appended to the chain of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from uuid import UUID

import orjson

from domain.core import transaction
from domain.core.actor import Actor
from domain.core.events import Entry, Event, Recorded, append_entries
from domain.core.heads import hold
from domain.core.transaction import Ref

MANY = 8
"""From how many subjects on telling the fact once is cheaper."""


@dataclass(frozen=True, slots=True)
class Together:
    """The same fact in the logs of several subjects, recorded in one moment: each one's seq, and the first's event."""

    ids: Sequence[UUID]
    seqs: Sequence[int]
    first: Recorded


async def append_together(
    subject_type: str, happened: Iterable[tuple[Event, Sequence[UUID]]], *, by: Actor
) -> list[list[Together]]:
    """Appends each fact to the logs of its subjects, which have events already and are each named once.

    One round trip for a fact of many, and one for all facts of few; one more where there are several facts. A fact is
    told in as many parts as it has moments of recording; mostly one.
    """
    facts = [(event, sorted(ids, key=attrgetter("int"))) for event, ids in happened]
    if len(facts) > 1:
        await hold([Ref(subject_type, id) for _, ids in facts for id in ids])  # noqa: A001
    few = [
        Entry(Ref(subject_type, id), event)
        for event, ids in facts
        if len(ids) < MANY
        for id in ids  # noqa: A001
    ]
    singles = iter(await append_entries(few, by=by) if few else ())
    return [
        [Together([id], [one.seq], one) for id, one in zip(ids, singles, strict=False)]  # noqa: A001
        if len(ids) < MANY
        else await _append_alike(event, subject_type, ids, by=by)
        for event, ids in facts
    ]


async def _append_alike(event: Event, subject_type: str, ids: Sequence[UUID], *, by: Actor) -> list[Together]:
    unit, entry = transaction.current(), Entry(Ref(subject_type, ids[0]), event)
    told = entry.told(event.model_dump(mode="json"), by=by)
    rows = await unit.connection.execute_query_dict(
        "SELECT * FROM append_alike_events($1::jsonb, $2::uuid[])", [orjson.dumps(told, default=str).decode(), ids]
    )
    found = []
    for row in rows:
        subjects, seqs, at = row["event_subjects"], row["event_seqs"], row["event_recorded_at"]
        first = Entry(Ref(subject_type, subjects[0]), event).recorded(
            by, payload=told["payload"], id=row["first_id"], seq=seqs[0], occurred_at=at, recorded_at=at
        )
        found.append(Together(subjects, seqs, first))
        unit.touched |= {Ref(subject_type, id): seq for id, seq in zip(subjects, seqs, strict=True)}  # noqa: A001
    if sum(len(one.ids) for one in found) != len(ids):
        message = f"Some {subject_type} has no events yet, or was named twice."
        raise RuntimeError(message)
    unit.actor_id = by.id
    return found
