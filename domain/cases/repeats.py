"""Signals that are sent twice: the same sender, origin and key, once."""

from typing import Any

from domain.cases.errors import DedupeKeyReused
from domain.cases.models import Signal
from domain.cases.states import SignalOrigin, SubjectKind
from domain.core import content, transaction
from domain.core.actor import Actor
from domain.core.predicates import camel


async def earlier(
    *, by: Actor, origin: SignalOrigin, dedupe_key: str, about: tuple[SubjectKind, str], detail: str | None, **said: Any
) -> Signal | None:
    """The sender's own signal of this origin and key; None where it is new. Two at once take turns from here on.

    Refuses with DEDUPE_KEY_REUSED what says anything else than it did. A text erased since is known by its digest.
    """
    await transaction.current().connection.execute_query(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [f"signal/{by.id}/{origin}/{dedupe_key}"]
    )
    known = await (
        Signal.filter(filed_by_id=by.id, origin=origin, dedupe_key=dedupe_key)
        .prefetch_related("subject", "detail")
        .first()
    )
    if known is None:
        return None
    told = known.detail.digest if known.detail else None
    changed = [camel(name.removesuffix("_mark")) for name, value in said.items() if getattr(known, name) != value]
    if (known.subject.kind, known.subject.external_ref) != about:
        changed.insert(0, "subject")
    if told != (content.digest(detail) if detail else None):
        changed.append("detail")
    if changed:
        raise DedupeKeyReused("dedupeKey", changed)
    return known
