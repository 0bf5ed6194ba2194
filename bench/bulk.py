"""A batch over many cases against one SQL statement that writes the same rows and judges nothing.

    python -m bench.bulk [--cases N] [--rounds N]

Each round sets all cases aside and resumes them, by a batch and by the statement in turn. The batch locks, reads and
judges every case by the rules of the single action, and tells what became of each; both append an event with its hash
to each case's chain, bring its row to it and write one row per case of what was done. No clocks run here; with
``--clocks`` one does on every case, which the statement leaves out of date.
"""

import argparse
import asyncio
from collections.abc import Sequence
from uuid import UUID

from tortoise import connections

from bench.measuring import a_database, a_stack, rates, timed_async
from caseward.stack import Stack
from caseward.wiring import wire
from domain.bulk import actions as bulk
from domain.bulk.choosing import Choice
from domain.bulk.models import BulkOperation
from domain.bulk.states import BulkErrorPolicy
from domain.cases import steps
from domain.cases.models import Case
from domain.cases.opening import opening
from domain.cases.record import folded, ref
from domain.cases.states import CaseKind, CaseState, Priority, Severity
from domain.core import events
from domain.core.actor import Tool, system
from domain.core.events import Entry
from domain.core.ids import new_id
from domain.core.transaction import transaction
from domain.sla import actions as sla
from integrations.postgres import connected

ACTOR = system(Tool.COMMAND_LINE)

STATEMENT = """
WITH named AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS s (id, item_id)),
hashed AS (
    UPDATE event_head h SET seq = h.seq + 1, recorded_at = greatest(h.recorded_at, app_clock()),
        hash = event_hash(h.hash, 'case', h.subject_id, h.seq + 1, $3, 1, greatest(h.recorded_at, app_clock()),
            greatest(h.recorded_at, app_clock()), $4, 'SYSTEM', 'LIVE', 'WORKER', NULL, NULL, $5, NULL, NULL, $6::jsonb)
    FROM named n WHERE h.subject_type = 'case' AND h.subject_id = n.id
    RETURNING h.subject_id, new.seq, new.recorded_at AS at, old.hash AS prev_hash, new.hash
), appended AS (
    INSERT INTO event (subject_type, subject_id, seq, kind, schema_version, occurred_at, recorded_at, actor_id,
        actor_kind, origin, tool, batch_id, payload, prev_hash, hash)
    SELECT 'case', subject_id, seq, $3, 1, at, at, $4, 'SYSTEM', 'LIVE', 'WORKER', $5, $6::jsonb, prev_hash, hash
    FROM hashed RETURNING id, subject_id, recorded_at
), outbox AS (INSERT INTO event_unsequenced SELECT id, 'case', subject_id, $3, recorded_at FROM appended),
written AS (
    INSERT INTO bulk_item (id, operation_id, case_id, outcome, version)
    SELECT n.item_id, $5, n.id, 'APPLIED', h.seq FROM named n JOIN hashed h ON h.subject_id = n.id
)
UPDATE "case" c SET state = $7, hold_reason = $8, hold_until = NULL, resolved_at = NULL, resolution = NULL,
    version = h.seq, updated_at = h.at
FROM hashed h WHERE c.id = h.subject_id
"""
HELD = '{"from_state": "QUEUED", "to_state": "ON_HOLD", "hold_reason": "BENCH", "hold_until": null}'
RESUMED = '{"from_state": "ON_HOLD", "to_state": "QUEUED"}'


async def opened(number: int) -> list[UUID]:
    """So many cases that wait."""
    ids: list[UUID] = []
    for first in range(0, number, 500):
        async with transaction():
            made = [Case(id=new_id(), reopen_count=0, tier=0) for _ in range(first, min(number, first + 500))]
            entries = [Entry(ref(case.id), await _opening(case.id)) for case in made]
            for case, entry, recorded in zip(
                made, entries, await events.append_entries(entries, by=ACTOR), strict=True
            ):
                folded(case, [(entry.event, recorded)])
            await Case.bulk_create(made)
            ids += [case.id for case in made]
    return ids


async def _opening(case_id: UUID) -> events.Event:
    return await opening(
        case_id,
        f"Spam {case_id.hex[-6:]}",
        kind=CaseKind.SERVICE,
        severity=Severity.SEV3,
        priority=Priority.P3,
        state=CaseState.QUEUED,
    )


async def by_batch(ids: Sequence[UUID], step: steps.Step) -> None:
    """As a script asks for it, and a worker does it."""
    operation = await bulk.start(
        step, by=ACTOR, choice=Choice(ids=ids), error_policy=BulkErrorPolicy.SKIP_FAILED
    )  # fmt: skip
    while await bulk.work(operation.id, by=ACTOR):
        pass
    assert (await BulkOperation.get(id=operation.id)).applied == len(ids)


async def by_statement(ids: Sequence[UUID], operation: UUID, kind: str, payload: str, state: str) -> None:
    """The rows alone."""
    reason = "BENCH" if state == "ON_HOLD" else None
    items = [new_id() for _ in ids]
    async with transaction() as unit:
        await unit.connection.execute_query(
            STATEMENT, [list(ids), items, kind, ACTOR.id, operation, payload, state, reason]
        )


async def measure(stack: Stack, *, number: int, rounds: int, clocks: bool = False) -> dict[str, list[float]]:
    """Seconds of each way, by round."""
    seconds: dict[str, list[float]] = {"one statement": [], "batch": []}
    if clocks:
        wire()
    async with connected(await a_database(stack, f"bench_bulk_{int(clocks)}"), pool=(1, 4), lean=True):
        if clocks:
            await sla.publish_policy("all", by=ACTOR, spec={"targets": [PROMISE]}, note="bench")
        ids = await opened(number)
        await connections.get("default").execute_script("ANALYZE")
        some = await bulk.start(steps.Resume(), by=ACTOR, choice=Choice(ids=ids[:1]))
        for _ in range(rounds):
            batch = await timed_async(lambda: by_batch(ids, steps.Hold(reason="BENCH")))
            batch += await timed_async(lambda: by_batch(ids, steps.Resume()))
            plain = await timed_async(lambda: by_statement(ids, some.id, "CaseHeld", HELD, "ON_HOLD"))
            plain += await timed_async(lambda: by_statement(ids, some.id, "CaseResumed", RESUMED, "QUEUED"))
            seconds["batch"].append(batch)
            seconds["one statement"].append(plain)
    return seconds


PROMISE = {
    "metric": "FIRST_RESOLUTION",
    "goal": {"business_seconds": 86_400},
    "start": [{"kind": "CaseOpened"}],
    "stop": {"state": ["RESOLVED", "CLOSED"]},
    "pause": {"state": ["ON_HOLD"]},
}


def main(arguments: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--cases", type=int, default=10_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--clocks", action="store_true", help="also with a clock on every case")
    given = asked.parse_args(arguments)
    with a_stack() as stack:
        for clocks in (False, True) if given.clocks else (False,):
            seconds = asyncio.run(measure(stack, number=given.cases, rounds=given.rounds, clocks=clocks))
            counts = dict.fromkeys(seconds, given.cases * 2)
            title = f"two moves of {given.cases:,} cases{', a clock on each' if clocks else ''}"
            rates(title, seconds, counts, unit="cases")
            ratio = sorted(p / b for p, b in zip(seconds["one statement"], seconds["batch"], strict=True))
            print(f"\nratio (statement's time / batch's time), by round: {', '.join(f'{r:.2f}' for r in ratio)}")


if __name__ == "__main__":
    main()
