"""Effects: what must be done outside our database, as rows: done at least once, tried with back-off, never lost."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

import orjson
from tortoise import connections

from domain.core import leases, transaction
from domain.core.ids import new_id
from domain.core.transaction import Ref

MAX_ATTEMPTS = 12
LONGEST_WAIT = timedelta(minutes=30)


class EffectState(StrEnum):
    """Where an effect stands."""

    PENDING = "PENDING"
    HELD = "HELD"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    DEAD = "DEAD"


class TryAgain(Exception):
    """A doer could not finish now: try again after a back-off, or after exactly ``after``."""

    def __init__(self, error: str, *, after: timedelta | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.after = after


class GiveUp(Exception):
    """A doer knows that no retry helps: make a dead letter of it."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Effect:
    """A claimed effect. ``attempt`` counts from 1; ``key`` is the idempotency key to send along."""

    id: UUID
    kind: str
    key: str
    ref: Ref
    payload: Mapping[str, Any]
    attempt: int


async def plan(kind: str, *, key: str, ref: Ref, payload: Mapping[str, Any] | None = None) -> None:
    """Records that something must be done, in the transaction under way. A repeated ``key`` changes nothing.

    Under a gate it waits until the gate's moment, and is the batch's to call back.
    """
    await plan_all(kind, [(key, ref, payload or {})])


async def plan_all(kind: str, wanted: Sequence[tuple[str, Ref, Mapping[str, Any]]]) -> None:
    """The same for many at once: the key, the subject and the payload of each. One round trip."""
    unit = transaction.current()
    gate = unit.gate
    await unit.connection.execute_query(
        "INSERT INTO effect (id, kind, key, subject_type, subject_id, payload, state, attempts, not_before, created_at,"
        " batch_id, actor_id) SELECT w.id, $1, w.key, w.type, w.subject, w.payload::jsonb, 'PENDING', 0,"
        " greatest(app_clock(), $7::timestamptz), app_clock(), $8, $9"
        " FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[])"
        " AS w (id, key, type, subject, payload) ON CONFLICT (key) DO NOTHING",
        [kind, [new_id() for _ in wanted], [key for key, _, _ in wanted], [ref.type for _, ref, _ in wanted],
         [ref.id for _, ref, _ in wanted], [orjson.dumps(payload).decode() for _, _, payload in wanted],
         gate and gate.until, gate and gate.batch_id, unit.actor_id],
    )  # fmt: skip


async def cancel(ref: Ref, kinds: Sequence[str]) -> None:
    """Cancels what has not begun of these kinds for a subject, in the transaction under way."""
    await transaction.current().connection.execute_query(
        "UPDATE effect SET state = 'CANCELLED', done_at = app_clock()"
        " WHERE subject_type = $1 AND subject_id = $2 AND kind = ANY($3) AND state IN ('PENDING', 'HELD')",
        [ref.type, ref.id, list(kinds)],
    )


async def cancel_batch(batch_id: UUID, *, subjects: Sequence[UUID] | None = None) -> int:
    """Calls back what has not begun of a batch, or of some of its subjects; says how much that was."""
    count, _ = await transaction.current().connection.execute_query(
        "UPDATE effect SET state = 'CANCELLED', done_at = app_clock() WHERE batch_id = $1 AND attempts = 0"
        " AND state IN ('PENDING', 'HELD') AND ($2::uuid[] IS NULL OR subject_id = ANY ($2))",
        [batch_id, None if subjects is None else list(subjects)],
    )
    return cast("int", count)


async def hold_of(actor_id: UUID) -> int:
    """Sets aside what an actor caused and nobody has begun; says how much that was."""
    count, _ = await transaction.current().connection.execute_query(
        "UPDATE effect SET state = 'HELD' WHERE actor_id = $1 AND state = 'PENDING'"
        " AND (lease_until IS NULL OR lease_until <= app_clock())",
        [actor_id],
    )
    return cast("int", count)


async def let_go_of(actor_id: UUID) -> int:
    """Has what was set aside of an actor done after all; says how much that was."""
    count, _ = await transaction.current().connection.execute_query(
        "UPDATE effect SET state = 'PENDING' WHERE actor_id = $1 AND state = 'HELD'", [actor_id]
    )
    return cast("int", count)


async def claim(limit: int) -> list[Effect]:
    """Claims up to ``limit`` effects that are due, oldest first. Without a heartbeat a claim lapses: its doer died."""
    rows = await connections.get("default").execute_query_dict(
        "UPDATE effect SET attempts = attempts + 1, lease_until = app_clock() + $2::interval WHERE id IN ("
        " SELECT id FROM effect WHERE state = 'PENDING' AND not_before <= app_clock()"
        " AND (lease_until IS NULL OR lease_until <= app_clock()) ORDER BY not_before LIMIT $1 FOR UPDATE SKIP LOCKED)"
        " RETURNING id, kind, key, subject_type, subject_id, payload, attempts",
        [limit, leases.LENGTH],
    )
    return [
        Effect(r["id"], r["kind"], r["key"], Ref(r["subject_type"], r["subject_id"]), r["payload"], r["attempts"])
        for r in rows
    ]


async def extend(effect: Effect) -> None:
    """The doer lives: the claim lapses ten seconds from now."""
    await connections.get("default").execute_query(
        "UPDATE effect SET lease_until = app_clock() + $2::interval WHERE id = $1 AND state = 'PENDING'",
        [effect.id, leases.LENGTH],
    )


async def finish(effect: Effect) -> None:
    """The effect is done. Harmless to repeat."""
    await _settle(effect.id, "state = 'DONE', done_at = app_clock(), error = NULL")


async def put_off(effect: Effect, error: str, *, after: timedelta | None = None) -> None:
    """Tries again after a back-off (or after exactly ``after``); a dead letter past the twelfth attempt."""
    if effect.attempt >= MAX_ATTEMPTS:
        await bury(effect, error)
        return
    wait = after if after is not None else backoff(effect.attempt)
    await _settle(effect.id, "not_before = app_clock() + $2::interval, error = $3", wait, error)


async def bury(effect: Effect, error: str) -> None:
    """Makes a dead letter of it: kept whole until a person retries or cancels it."""
    await _settle(effect.id, "state = 'DEAD', error = $2, done_at = app_clock()", error)


def backoff(attempt: int, *, spread: float | None = None) -> timedelta:
    """Exponential: 1 s, 2 s, 4 s … to 30 minutes, with up to a quarter added so that retries do not come together."""
    share = random.random() if spread is None else spread  # noqa: S311 - spreads load, guards nothing
    seconds = min(2.0 ** (attempt - 1), LONGEST_WAIT.total_seconds())
    return timedelta(seconds=seconds * (1 + share / 4))


async def _settle(effect_id: UUID, assignment: str, *values: object) -> None:
    await connections.get("default").execute_query(
        f"UPDATE effect SET lease_until = NULL, {assignment} WHERE id = $1 AND state = 'PENDING'", [effect_id, *values]
    )
