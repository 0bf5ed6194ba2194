"""Files become part of something: evidence of a case, or what was added to a remark or a message.

What they are added to is locked before them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain.cases import actions as cases
from domain.cases.events import CaseFilesAttached, EvidenceAdded
from domain.cases.models import CaseComment
from domain.cases.record import ensure_visible
from domain.cases.states import EvidenceKind
from domain.core import clock, content
from domain.core.actor import Actor
from domain.core.content import ContentRef, FileRef, Retention
from domain.core.errors import Forbidden, NotFound
from domain.core.ids import new_id
from domain.core.models import Content
from domain.core.transaction import Ref, atomic
from domain.files import fold, rules
from domain.files.errors import RemarkNotYours
from domain.files.models import Evidence
from domain.files.record import give, unused
from domain.inquiries import actions as inquiries
from domain.inquiries.events import InquiryFilesAttached
from domain.inquiries.models import InquiryMessage
from domain.inquiries.record import is_said_to
from domain.inquiries.states import MessageDirection


@atomic
async def add_evidence(
    case_id: UUID,
    *,
    by: Actor,
    file_ids: Sequence[UUID],
    kind: EvidenceKind,
    captured_at: datetime,
    note: str | None = None,
    source: str | None = None,
    starts_at: timedelta | None = None,
    ends_at: timedelta | None = None,
    expected_version: int | None = None,
) -> list[Evidence]:
    """Makes files evidence of a case: captures of what was seen then, each with a row that never changes.

    All or none. The files are the actor's own, here, and part of nothing yet.
    """

    async def gather() -> list[EvidenceAdded]:
        rules.ensure_some(file_ids)
        rules.ensure_capture(captured_at=captured_at, now=await clock.now(), starts_at=starts_at, ends_at=ends_at)
        found = await unused(file_ids, by)
        said = await _kept(note, path="note", limit=rules.LONGEST_NOTE)
        taken = await _kept(source, path="source", limit=rules.LONGEST_ADDRESS)
        await give([file for file, _ in found], Ref("case", case_id), part_id=None, retention=Retention.EVIDENCE)
        if any(file.legal_hold for file, _ in found):
            await Content.filter(id__in=[text.id for text in (said, taken) if text]).update(legal_hold=True)
        return [
            EvidenceAdded(
                evidence_id=new_id(),
                evidence_kind=kind,
                file=file,
                note=said,
                source=taken,
                captured_at=captured_at,
                starts_at=starts_at,
                ends_at=ends_at,
            )
            for _, file in found
        ]

    recorded = await cases.add_evidence(case_id, by=by, gather=gather, expected_version=expected_version)
    return [await Evidence.create(**row) for row in fold.rows(recorded)["evidence"]]


@atomic
async def attach_to_comment(comment_id: UUID, *, by: Actor, file_ids: Sequence[UUID]) -> CaseComment:
    """Adds files to one's own remark on a case. Refuses a remark on a case the actor may not see like none."""
    by.ensure("case.comment")
    comment = await CaseComment.filter(id=comment_id).first()
    if comment is None:
        raise NotFound("comment", comment_id, path=("to", "commentId"))
    case_id = comment.case_id
    await ensure_visible(case_id, by, said=comment_id, path=("to", "commentId"), what="comment")
    if comment.author_id != by.id:
        raise RemarkNotYours

    async def gather() -> CaseFilesAttached:
        found = await _given(file_ids, by, to=Ref("case", case_id), part_id=comment_id, retention=Retention.CASE)
        return CaseFilesAttached(comment_id=comment_id, files=found)

    await cases.attach(case_id, by=by, gather=gather)
    return comment


@atomic
async def attach_to_message(message_id: UUID, *, by: Actor, file_ids: Sequence[UUID]) -> InquiryMessage:
    """Adds files to a message of an inquiry: to one's own, or, for who takes inquiries in, to the requester's."""
    if not (by.may("inquiry.answer") or by.may("inquiry.file")):
        raise Forbidden(permission="inquiry.answer")
    message = await InquiryMessage.filter(id=message_id).prefetch_related("inquiry").first()
    if message is None or not is_said_to(message, by):
        raise NotFound("message", message_id, path=("to", "messageId"))
    theirs = message.direction is MessageDirection.INBOUND and by.may("inquiry.file")
    if message.author_id != by.id and not theirs:
        raise RemarkNotYours
    inquiry = Ref("inquiry", message.inquiry_id)

    async def gather() -> InquiryFilesAttached:
        found = await _given(file_ids, by, to=inquiry, part_id=message_id, retention=Retention.INQUIRY)
        return InquiryFilesAttached(message_id=message_id, files=found)

    await inquiries.attach(inquiry.id, by=by, gather=gather)
    return message


async def _given(
    file_ids: Sequence[UUID], by: Actor, *, to: Ref, part_id: UUID, retention: Retention
) -> tuple[FileRef, ...]:
    rules.ensure_some(file_ids)
    found = await unused(file_ids, by)
    await give([file for file, _ in found], to, part_id=part_id, retention=retention)
    return tuple(ref for _, ref in found)


async def _kept(text: str | None, *, path: str, limit: int) -> ContentRef | None:
    return None if text is None else await content.store(text, path=path, retention=Retention.EVIDENCE, limit=limit)
