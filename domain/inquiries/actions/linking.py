"""Inquiries beside cases: linked to one that is there, or made into one."""

from uuid import UUID

from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.record import ensure_visible
from domain.cases.states import CaseKind, Priority, Severity
from domain.core.actor import Actor
from domain.core.models import Content
from domain.core.transaction import atomic
from domain.inquiries.events import InquiryConverted, InquiryLinked, InquiryUnlinked
from domain.inquiries.models import Inquiry, InquiryCase
from domain.inquiries.record import locked, record
from domain.inquiries.states import CaseRelation

ERASED = "Inquiry whose title was erased"


@atomic
async def link(inquiry_id: UUID, *, by: Actor, case_id: UUID) -> InquiryCase:
    """Puts an inquiry beside a case the actor may see. Repeating changes nothing."""
    by.ensure("inquiry.answer")
    inquiry = await locked(inquiry_id, by)
    await ensure_visible(case_id, by, path=("caseId",))
    known = await InquiryCase.filter(inquiry_id=inquiry_id, case_id=case_id, unlinked_at=None).first()
    if known is not None:
        return known
    entry = await record(inquiry, InquiryLinked(case_id=case_id), by=by)
    return await InquiryCase.create(
        inquiry_id=inquiry_id, case_id=case_id, relation=CaseRelation.LINKED, linked_at=entry.occurred_at
    )


@atomic
async def unlink(inquiry_id: UUID, *, by: Actor, case_id: UUID) -> bool:
    """Takes an inquiry away from a case the actor may see; says whether it was there."""
    by.ensure("inquiry.answer")
    inquiry = await locked(inquiry_id, by)
    await ensure_visible(case_id, by, path=("caseId",))
    known = await InquiryCase.filter(inquiry_id=inquiry_id, case_id=case_id, unlinked_at=None).first()
    if known is None:
        return False
    entry = await record(inquiry, InquiryUnlinked(case_id=case_id), by=by)
    known.unlinked_at = entry.occurred_at
    await known.save(update_fields=["unlinked_at"])
    return True


@atomic
async def convert(
    inquiry_id: UUID,
    *,
    by: Actor,
    severity: Severity = Severity.SEV3,
    priority: Priority | None = None,
    expected_version: int | None = None,
) -> Case:
    """Opens a case of kind INQUIRY for it and links the two; the conversation goes on. Converted already, it answers
    with that case."""
    by.ensure("inquiry.answer")
    by.ensure("case.open")
    inquiry = await locked(inquiry_id, by, expected_version=expected_version)
    known = await InquiryCase.filter(inquiry_id=inquiry_id, relation=CaseRelation.CONVERTED, unlinked_at=None).first()
    if known is not None:
        return await Case.get(id=known.case_id)
    case = await cases.open_case(
        await _title(inquiry),
        by=by,
        kind=CaseKind.INQUIRY,
        severity=severity,
        priority=priority,
        language=inquiry.language,
    )
    entry = await record(inquiry, InquiryConverted(case_id=case.id), by=by)
    await InquiryCase.create(
        inquiry_id=inquiry_id, case_id=case.id, relation=CaseRelation.CONVERTED, linked_at=entry.occurred_at
    )
    return case


async def _title(inquiry: Inquiry) -> str:
    """The inquiry's own; its text may have been erased meanwhile."""
    return (await Content.get(id=inquiry.title_id)).body or ERASED
