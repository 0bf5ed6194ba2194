"""What is added to a case beside words: evidence, and files of a remark. Their bytes are not this capability's."""

from collections.abc import Sequence
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
    case_id: UUID, *, by: Actor, evidence: Sequence[EvidenceAdded], expected_version: int | None = None
) -> list[Recorded]:
    """Says that captures belong to a case. Refused once the case is over for good."""
    case = await ensure_evidence(case_id, by, expected_version=expected_version)
    return await record(case, *evidence, by=by)


@atomic
async def attach(case_id: UUID, *, by: Actor, attached: CaseFilesAttached) -> Case:
    """Says that files belong to a remark of a case."""
    by.ensure("case.comment")
    case, facts = await locked(case_id, by)
    rules.ensure_can_comment(facts, by)
    await record(case, attached, by=by)
    return case


async def ensure_evidence(case_id: UUID, by: Actor, *, expected_version: int | None) -> Case:
    """The case under its lock. Refuses as ``add_evidence`` does."""
    by.ensure("evidence.add")
    case, facts = await locked(case_id, by, expected_version=expected_version)
    rules.ensure_can_add_evidence(facts, by)
    return case
