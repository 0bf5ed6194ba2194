"""What can be done to a case: each is one action of the domain, answered by a fresh read."""

from uuid import UUID

import strawberry

from domain.cases import actions as cases
from domain.cases.actions.subjects import SubjectReport
from domain.cases.record import is_visible
from domain.core.errors import invalid
from schema import reads
from schema.cases import inputs
from schema.cases.types import Case, CaseComment, Signal, Subject
from schema.cases.types.case import Queue
from schema.mutations import Info, Success, mutation, primary_key
from schema.people.types import Person
from schema.scalars import Long


@strawberry.type(description="The subject is known as reported.")
class ReportSubjectSuccess(Success):
    subject: Subject | None = strawberry.field(
        description="The subject as it is now; null without the permission case.read."
    )
    live: bool = strawberry.field(description="Whether it is live now, as the desk knows it.")
    reach: Long = strawberry.field(description="How many people it reaches, as the desk knows it.")


@strawberry.type(description="The signal is in.")
class FileSignalSuccess(Success):
    signal: Signal | None = strawberry.field(description="The signal: who filed it may always read it.")
    case: Case | None = strawberry.field(description="The case it opened or joined; null if you may not see it.")
    opened: bool = strawberry.field(description="Whether it opened that case; false where you may not see it.")
    repeated: bool = strawberry.field(description="Whether it had been filed before.")


@strawberry.type(description="You work on the case now.")
class ClaimCaseSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now, your lease with its token included.")


@strawberry.type(description="The remark is made.")
class CommentOnCaseSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now.")
    comment: CaseComment | None = strawberry.field(description="The remark.")


@strawberry.type(description="The case is open.")
class OpenCaseSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")


@strawberry.type(description="The lease is extended.")
class ExtendLeaseSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")


@strawberry.type(description="The case is back in its queue.")
class ReleaseCaseSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")


@strawberry.type(description="The case is theirs.")
class AssignCaseSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")


@strawberry.type(description="Harm and order are set.")
class PrioritizeCaseSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")


@strawberry.type(description="The case is on hold.")
class HoldCaseSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")


@strawberry.type(description="The case waits in its queue.")
class ResumeCaseSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")


@strawberry.type(description="The case is with the higher tier.")
class EscalateCaseSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")


@strawberry.type(description="The case waits in that queue.")
class QueueCaseSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")


@strawberry.type(description="The case is resolved.")
class ResolveCaseSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")


@strawberry.type(description="The case is taken up again.")
class ReopenCaseSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")


@strawberry.type(description="The case is cancelled.")
class CancelCaseSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")


@strawberry.type(description="The draft is kept.")
class SaveDraftSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")


def lease_token(given: strawberry.ID | None) -> UUID | None:
    """The token as the actions take it; what is none is a problem of ``leaseToken``."""
    if given is None:
        return None
    try:
        return UUID(given)
    except ValueError:
        raise invalid("leaseToken", "This is no token. It comes with your claim: lease { token }.") from None


def _report(given: inputs.SubjectInput) -> SubjectReport:
    return SubjectReport(
        kind=given.kind,
        external_ref=given.external_ref,
        owner_ref=given.owner_ref,
        live=given.live,
        reach=given.reach,
    )


@strawberry.type
class CaseMutations:
    @mutation(permission="subject.report")
    async def report_subject(self, input: inputs.ReportSubjectInput, info: Info) -> ReportSubjectSuccess:
        """Keeps the platform's own news true: a stream started, gained viewers, ended. Repeating changes nothing."""
        subject = await cases.report_subject(_report(input.subject), by=info.context.viewer)
        return ReportSubjectSuccess(
            subject=reads.one(Subject, subject.id), live=subject.live, reach=Long(subject.reach)
        )

    @mutation(permission="signal.file")
    async def file_signal(self, input: inputs.FileSignalInput, info: Info) -> FileSignalSuccess:
        """Files a signal. The open case on its subject gets it, else a case is opened and routed to a queue."""
        filed = await cases.file_signal(
            _report(input.subject),
            by=info.context.viewer,
            origin=input.origin,
            reason_code=input.reason_code,
            dedupe_key=input.dedupe_key,
            channel=input.channel,
            detail=input.detail,
            confidence=input.confidence,
            rule_version=input.rule_version,
            reporter=input.reporter,
            severity=input.severity,
            sensitivity=input.sensitivity,
            language=input.language,
            region=input.region,
        )
        return FileSignalSuccess(
            signal=reads.one(Signal, filed.signal.id),
            case=reads.one(Case, filed.case.id),
            opened=filed.opened and is_visible(filed.case, info.context.viewer),
            repeated=filed.repeated,
        )

    @mutation(permission="case.open")
    async def open_case(self, input: inputs.OpenCaseInput, info: Info) -> OpenCaseSuccess:
        """Opens a case by hand and routes it to a queue."""
        case = await cases.open_case(
            input.title,
            by=info.context.viewer,
            kind=input.kind,
            severity=input.severity,
            priority=input.priority,
            sensitivity=input.sensitivity,
            report=_report(input.subject) if input.subject else None,
            reason_code=input.reason_code,
            language=input.language,
            region=input.region,
        )
        return OpenCaseSuccess(case=reads.one(Case, case.id))

    @mutation(permission="case.claim", person=True)
    async def claim_case(self, input: inputs.ClaimCaseInput, info: Info) -> ClaimCaseSuccess:
        """Takes a case to work on it: of two who try at once one gets it, the other the problem LEASE_HELD."""
        id = await primary_key(Case, input.id)
        await cases.claim(
            id,
            by=info.context.viewer,
            expected_version=input.expected_version,
            take_over=input.take_over,
            reason=input.reason,
        )
        return ClaimCaseSuccess(case=reads.one(Case, id))

    @mutation(permission="case.claim", person=True)
    async def extend_lease(self, input: inputs.ExtendLeaseInput, info: Info) -> ExtendLeaseSuccess:
        """Says that you still work on the case: the lease ends 15 minutes from now."""
        id = await primary_key(Case, input.id)
        token = lease_token(input.lease_token)
        assert token is not None  # noqa: S101 - the schema requires it
        await cases.extend_lease(id, by=info.context.viewer, token=token)
        return ExtendLeaseSuccess(case=reads.one(Case, id))

    @mutation(permission="case.work", person=True)
    async def release_case(self, input: inputs.ReleaseCaseInput, info: Info) -> ReleaseCaseSuccess:
        """Gives a case back to its queue; assignee and draft stay."""
        id = await primary_key(Case, input.id)
        await cases.release(
            id, by=info.context.viewer, token=lease_token(input.lease_token), expected_version=input.expected_version
        )
        return ReleaseCaseSuccess(case=reads.one(Case, id))

    @mutation(permission="case.assign")
    async def assign_case(self, input: inputs.AssignCaseInput, info: Info) -> AssignCaseSuccess:
        """Says whose case it is. The lease is untouched."""
        id = await primary_key(Case, input.id)
        person = None if input.assignee_id is None else await primary_key(Person, input.assignee_id, path="assigneeId")
        await cases.assign(id, by=info.context.viewer, assignee_id=person, expected_version=input.expected_version)
        return AssignCaseSuccess(case=reads.one(Case, id))

    @mutation(permission="case.work")
    async def prioritize_case(self, input: inputs.PrioritizeCaseInput, info: Info) -> PrioritizeCaseSuccess:
        """Judges harm and order anew; running clocks get new targets."""
        id = await primary_key(Case, input.id)
        await cases.prioritize(
            id,
            by=info.context.viewer,
            severity=input.severity,
            priority=input.priority,
            expected_version=input.expected_version,
        )
        return PrioritizeCaseSuccess(case=reads.one(Case, id))

    @mutation(permission="case.work")
    async def hold_case(self, input: inputs.HoldCaseInput, info: Info) -> HoldCaseSuccess:
        """Sets a case aside for a stated reason; it resumes by itself where a time is given."""
        id = await primary_key(Case, input.id)
        await cases.hold(
            id,
            by=info.context.viewer,
            reason=input.reason,
            until=input.until,
            token=lease_token(input.lease_token),
            expected_version=input.expected_version,
        )
        return HoldCaseSuccess(case=reads.one(Case, id))

    @mutation(permission="case.work")
    async def resume_case(self, input: inputs.ResumeCaseInput, info: Info) -> ResumeCaseSuccess:
        """Ends a hold: the case waits in its queue again."""
        id = await primary_key(Case, input.id)
        await cases.resume(id, by=info.context.viewer, expected_version=input.expected_version)
        return ResumeCaseSuccess(case=reads.one(Case, id))

    @mutation(permission="case.work")
    async def escalate_case(self, input: inputs.EscalateCaseInput, info: Info) -> EscalateCaseSuccess:
        """Hands a case to the next review tier."""
        id = await primary_key(Case, input.id)
        await cases.escalate(
            id,
            by=info.context.viewer,
            reason=input.reason,
            token=lease_token(input.lease_token),
            expected_version=input.expected_version,
        )
        return EscalateCaseSuccess(case=reads.one(Case, id))

    @mutation(permission="case.work")
    async def queue_case(self, input: inputs.QueueCaseInput, info: Info) -> QueueCaseSuccess:
        """Puts a case into a queue."""
        id = await primary_key(Case, input.id)
        queue = await primary_key(Queue, input.queue_id, path="queueId")
        await cases.queue(id, by=info.context.viewer, queue_id=queue, expected_version=input.expected_version)
        return QueueCaseSuccess(case=reads.one(Case, id))

    @mutation(permission="case.comment")
    async def comment_on_case(self, input: inputs.CommentOnCaseInput, info: Info) -> CommentOnCaseSuccess:
        """Adds a remark to a case."""
        id = await primary_key(Case, input.id)
        made = await cases.comment(id, by=info.context.viewer, text=input.text, visibility=input.visibility)
        return CommentOnCaseSuccess(case=reads.one(Case, id), comment=reads.one(CaseComment, made.id))

    @mutation(permission="case.work")
    async def resolve_case(self, input: inputs.ResolveCaseInput, info: Info) -> ResolveCaseSuccess:
        """Resolves a service case. A review case is resolved by a decision."""
        id = await primary_key(Case, input.id)
        await cases.resolve(
            id,
            by=info.context.viewer,
            resolution=input.resolution,
            token=lease_token(input.lease_token),
            expected_version=input.expected_version,
        )
        return ResolveCaseSuccess(case=reads.one(Case, id))

    @mutation(permission="case.reopen")
    async def reopen_case(self, input: inputs.ReopenCaseInput, info: Info) -> ReopenCaseSuccess:
        """Takes a resolved or closed case up again."""
        id = await primary_key(Case, input.id)
        await cases.reopen(id, by=info.context.viewer, reason=input.reason, expected_version=input.expected_version)
        return ReopenCaseSuccess(case=reads.one(Case, id))

    @mutation(permission="case.cancel")
    async def cancel_case(self, input: inputs.CancelCaseInput, info: Info) -> CancelCaseSuccess:
        """Ends a case that should not exist; its clocks count nowhere."""
        id = await primary_key(Case, input.id)
        await cases.cancel(id, by=info.context.viewer, reason=input.reason, expected_version=input.expected_version)
        return CancelCaseSuccess(case=reads.one(Case, id))

    @mutation(permission="case.claim", person=True)
    async def save_draft(self, input: inputs.SaveDraftInput, info: Info) -> SaveDraftSuccess:
        """Keeps what you have written so far; it outlives your lease."""
        id = await primary_key(Case, input.id)
        await cases.save_draft(id, by=info.context.viewer, text=input.text, token=lease_token(input.lease_token))
        return SaveDraftSuccess(case=reads.one(Case, id))
