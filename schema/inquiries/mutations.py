"""What can be done to an inquiry: each is one action of the domain, answered by a fresh read."""

import strawberry

from domain.inquiries import actions as inquiries
from schema import reads
from schema.cases.types import Case
from schema.inquiries import inputs
from schema.inquiries.types import Inquiry, InquiryMessage
from schema.mutations import Info, Success, mutation, optional_key, primary_key
from schema.people.types import Person, Team

AS_IT_IS = "The inquiry as it is now; null if you may not read it."


@strawberry.type(description="The inquiry is in.")
class FileInquirySuccess(Success):
    inquiry: Inquiry | None = strawberry.field(description=AS_IT_IS)
    repeated: bool = strawberry.field(description="Whether it had come before.")


@strawberry.type(description="The message is in.")
class ReceiveMessageSuccess(Success):
    inquiry: Inquiry | None = strawberry.field(description=AS_IT_IS)
    message: InquiryMessage | None = strawberry.field(description="The message.")


@strawberry.type(description="The reply is recorded.")
class ReplyToInquirySuccess(Success):
    inquiry: Inquiry | None = strawberry.field(description=AS_IT_IS)
    message: InquiryMessage | None = strawberry.field(description="The reply.")


@strawberry.type(description="The remark is made.")
class NoteOnInquirySuccess(Success):
    inquiry: Inquiry | None = strawberry.field(description=AS_IT_IS)
    message: InquiryMessage | None = strawberry.field(description="The remark.")


@strawberry.type(description="The inquiry is theirs.")
class AssignInquirySuccess(Success):
    inquiry: Inquiry | None = strawberry.field(description=AS_IT_IS)


@strawberry.type(description="The inquiry stands beside the case.")
class LinkInquirySuccess(Success):
    inquiry: Inquiry | None = strawberry.field(description=AS_IT_IS)
    case: Case | None = strawberry.field(description="The case.")


@strawberry.type(description="The inquiry stands beside the case no more.")
class UnlinkInquirySuccess(Success):
    inquiry: Inquiry | None = strawberry.field(description=AS_IT_IS)


@strawberry.type(description="The inquiry has a case of its own.")
class ConvertInquirySuccess(Success):
    inquiry: Inquiry | None = strawberry.field(description=AS_IT_IS)
    case: Case | None = strawberry.field(description="The case opened from it.")


@strawberry.type(description="The inquiry is closed.")
class CloseInquirySuccess(Success):
    inquiry: Inquiry | None = strawberry.field(description=AS_IT_IS)


def _writer(given: inputs.RequesterInput | None) -> inquiries.From | None:
    return inquiries.From(address=given.address, name=given.name, locale=given.locale) if given else None


@strawberry.type
class InquiryMutations:
    @mutation(permission="inquiry.file")
    async def file_inquiry(self, input: inputs.FileInquiryInput, info: Info) -> FileInquirySuccess:
        """Takes an inquiry in, once, however often its channel sends it."""
        filed = await inquiries.file(
            input.title,
            by=info.context.viewer,
            kind=input.kind,
            channel=input.channel,
            external_id=input.external_id,
            text=input.text,
            requester=_writer(input.requester),
            team_id=await optional_key(Team, input.team_id, path="teamId"),
            language=input.language,
        )
        return FileInquirySuccess(inquiry=reads.one(Inquiry, filed.inquiry.id), repeated=filed.repeated)

    @mutation(permission="inquiry.file")
    async def receive_message(self, input: inputs.ReceiveMessageInput, info: Info) -> ReceiveMessageSuccess:
        """Takes another message of the requester in; a closed inquiry is open with it."""
        id = await primary_key(Inquiry, input.id)
        message = await inquiries.receive_message(
            id, by=info.context.viewer, text=input.text, external_id=input.external_id
        )
        return ReceiveMessageSuccess(inquiry=reads.one(Inquiry, id), message=reads.one(InquiryMessage, message.id))

    @mutation(permission="inquiry.answer")
    async def reply_to_inquiry(self, input: inputs.ReplyToInquiryInput, info: Info) -> ReplyToInquirySuccess:
        """Records a reply. Nothing is sent from here: whoever keeps the channel delivers OUTBOUND messages."""
        id = await primary_key(Inquiry, input.id)
        message = await inquiries.reply(
            id, by=info.context.viewer, text=input.text, expected_version=input.expected_version
        )
        return ReplyToInquirySuccess(inquiry=reads.one(Inquiry, id), message=reads.one(InquiryMessage, message.id))

    @mutation(permission="inquiry.answer")
    async def note_on_inquiry(self, input: inputs.NoteOnInquiryInput, info: Info) -> NoteOnInquirySuccess:
        """Adds a remark that never leaves the desk."""
        id = await primary_key(Inquiry, input.id)
        message = await inquiries.note(id, by=info.context.viewer, text=input.text)
        return NoteOnInquirySuccess(inquiry=reads.one(Inquiry, id), message=reads.one(InquiryMessage, message.id))

    @mutation(permission="inquiry.answer")
    async def assign_inquiry(self, input: inputs.AssignInquiryInput, info: Info) -> AssignInquirySuccess:
        """Says whose inquiry it is. Repeating changes nothing."""
        id = await primary_key(Inquiry, input.id)
        await inquiries.assign(
            id,
            by=info.context.viewer,
            assignee_id=await optional_key(Person, input.assignee_id, path="assigneeId"),
            team_id=await optional_key(Team, input.team_id, path="teamId"),
            expected_version=input.expected_version,
        )
        return AssignInquirySuccess(inquiry=reads.one(Inquiry, id))

    @mutation(permission="inquiry.answer")
    async def link_inquiry(self, input: inputs.LinkInquiryInput, info: Info) -> LinkInquirySuccess:
        """Puts an inquiry beside a case you may see. Repeating changes nothing."""
        id = await primary_key(Inquiry, input.id)
        case_id = await primary_key(Case, input.case_id, path="caseId")
        await inquiries.link(id, by=info.context.viewer, case_id=case_id)
        return LinkInquirySuccess(inquiry=reads.one(Inquiry, id), case=reads.one(Case, case_id))

    @mutation(permission="inquiry.answer")
    async def unlink_inquiry(self, input: inputs.UnlinkInquiryInput, info: Info) -> UnlinkInquirySuccess:
        """Takes an inquiry away from a case. Repeating changes nothing."""
        id = await primary_key(Inquiry, input.id)
        case_id = await primary_key(Case, input.case_id, path="caseId")
        await inquiries.unlink(id, by=info.context.viewer, case_id=case_id)
        return UnlinkInquirySuccess(inquiry=reads.one(Inquiry, id))

    @mutation(permission="case.open")
    async def convert_inquiry(self, input: inputs.ConvertInquiryInput, info: Info) -> ConvertInquirySuccess:
        """Opens a case from an inquiry, once; the conversation goes on. Needs the permission inquiry.answer too."""
        id = await primary_key(Inquiry, input.id)
        case = await inquiries.convert(
            id,
            by=info.context.viewer,
            severity=input.severity,
            priority=input.priority,
            expected_version=input.expected_version,
        )
        return ConvertInquirySuccess(inquiry=reads.one(Inquiry, id), case=reads.one(Case, case.id))

    @mutation(permission="inquiry.answer")
    async def close_inquiry(self, input: inputs.CloseInquiryInput, info: Info) -> CloseInquirySuccess:
        """Ends a conversation. A new message of the requester opens it again."""
        id = await primary_key(Inquiry, input.id)
        await inquiries.close(
            id, by=info.context.viewer, resolution=input.resolution, expected_version=input.expected_version
        )
        return CloseInquirySuccess(inquiry=reads.one(Inquiry, id))
