"""What is added to a case beside words: evidence, and files of a remark. Their bytes are not this capability's.

What is added is gathered under the case's lock: of two that gather the same, the first has it and the other waits.
"""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from domain.cases import rules
from domain.cases.events import CaseFilesAttached, EvidenceAdded
from domain.cases.models import Case
from domain.cases.record import locked, record
from domain.core.actor import Actor
from domain.core.events import Recorded
from domain.core.transaction import atomic


@atomic
async def add_evidence(
    case_id: UUID,
    *,
    by: Actor,
    gather: Callable[[], Awaitable[Sequence[EvidenceAdded]]],
    expected_version: int | None = None,
) -> list[Recorded]:
    """Says that captures belong to a case. Refused before they are gathered, once the case is over for good."""
    by.ensure("evidence.add")
    case, facts = await locked(case_id, by, expected_version=expected_version)
    rules.ensure_can_add_evidence(facts, by)
    return await record(case, *await gather(), by=by)


@atomic
async def attach(case_id: UUID, *, by: Actor, gather: Callable[[], Awaitable[CaseFilesAttached]]) -> Case:
    """Says that files belong to a remark of a case."""
    by.ensure("case.comment")
    case, facts = await locked(case_id, by)
    rules.ensure_can_comment(facts, by)
    await record(case, await gather(), by=by)
    return case
