"""What can be done with files: each is one action of the domain, answered by a fresh read."""

from uuid import UUID

import strawberry

from domain.core.errors import under
from domain.core.ids import public_id
from domain.files import actions as files
from domain.files import links
from schema import reads
from schema.cases.types import Case, CaseComment
from schema.files import inputs
from schema.files.types import File, Upload
from schema.inquiries.types import InquiryMessage
from schema.mutations import Info, Success, mutation, primary_key


@strawberry.type(description="The file may come.")
class CreateUploadSuccess(Success):
    upload: Upload = strawberry.field(description="How to send its bytes.")


@strawberry.type(description="The case has the evidence.")
class AddEvidenceSuccess(Success):
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")


@strawberry.type(description="The files are added.")
class AttachFilesSuccess(Success):
    comment: CaseComment | None = strawberry.field(default=None, description="The remark, if they went to one.")
    message: InquiryMessage | None = strawberry.field(default=None, description="The message, if they went to one.")


@strawberry.type(description="The file is kept.")
class HoldFileSuccess(Success):
    file: File | None = strawberry.field(description="The file as it is now.")


@strawberry.type(description="The file need not be kept.")
class ReleaseFileSuccess(Success):
    file: File | None = strawberry.field(description="The file as it is now.")


@strawberry.type(description="The file is erased.")
class EraseFileSuccess(Success):
    file: File | None = strawberry.field(description="What is left of the file.")


@strawberry.type
class FileMutations:
    @mutation(permission="file.upload")
    async def create_upload(self, input: inputs.CreateUploadInput, info: Info) -> CreateUploadSuccess:
        """Announces a file and says where to send its bytes. Bytes of another size, SHA-256 or type are not kept; a
        file that belongs to nothing after a day is gone."""
        file = await files.announce(
            input.file_name,
            by=info.context.viewer,
            media_type=input.content_type,
            size=input.size,
            digest=input.sha256,
            limits=info.context.limits,
        )
        link = links.upload_link(file.id, announced_at=file.created_at, secret=info.context.cursor_secret)
        upload = Upload(
            id=strawberry.ID(public_id(links.PREFIX, file.id)),
            url=link.path,
            method="PUT",
            content_type=file.media_type,
            until=link.until,
        )
        return CreateUploadSuccess(upload=upload)

    @mutation(permission="evidence.add")
    async def add_evidence(self, input: inputs.AddEvidenceInput, info: Info) -> AddEvidenceSuccess:
        """Makes files evidence of a case: captures that stay when what they show is gone. All of them or none."""
        id = await primary_key(Case, input.id)
        await files.add_evidence(
            id,
            by=info.context.viewer,
            file_ids=await _files(input.file_ids),
            kind=input.kind,
            captured_at=input.captured_at,
            note=input.note,
            source=input.source,
            starts_at=input.starts_at,
            ends_at=input.ends_at,
            expected_version=input.expected_version,
        )
        return AddEvidenceSuccess(case=reads.one(Case, id))

    @mutation(permission="file.upload")
    async def attach_files(self, input: inputs.AttachFilesInput, info: Info) -> AttachFilesSuccess:
        """Adds files to a remark on a case, which needs case.comment too, or to a message of an inquiry, which needs
        inquiry.answer or inquiry.file too."""
        by, found = info.context.viewer, await _files(input.file_ids)
        if input.to.comment_id is not None:
            with under("to"):
                id = await primary_key(CaseComment, input.to.comment_id.value, path="commentId")
            await files.attach_to_comment(id, by=by, file_ids=found)
            return AttachFilesSuccess(comment=reads.one(CaseComment, id))
        assert input.to.message_id is not None  # noqa: S101 - the schema requires one of them
        with under("to"):
            id = await primary_key(InquiryMessage, input.to.message_id.value, path="messageId")
        await files.attach_to_message(id, by=by, file_ids=found)
        return AttachFilesSuccess(message=reads.one(InquiryMessage, id))

    @mutation(permission="file.hold")
    async def hold_file(self, input: inputs.HoldFileInput, info: Info) -> HoldFileSuccess:
        """Has a file kept for a legal matter: nobody erases it until it is released. Repeating changes nothing."""
        id = await primary_key(File, input.id)
        await files.hold(id, by=info.context.viewer, reason=input.reason)
        return HoldFileSuccess(file=reads.one(File, id))

    @mutation(permission="file.hold")
    async def release_file(self, input: inputs.ReleaseFileInput, info: Info) -> ReleaseFileSuccess:
        """Ends a legal hold. Repeating changes nothing."""
        id = await primary_key(File, input.id)
        await files.release(id, by=info.context.viewer, reason=input.reason)
        return ReleaseFileSuccess(file=reads.one(File, id))

    @mutation(permission="content.erase")
    async def erase_file(self, input: inputs.EraseFileInput, info: Info) -> EraseFileSuccess:
        """Erases a file for good, with its name and what was noted of it; its SHA-256 stays. Refused under a legal
        hold (LEGAL_HOLD). Repeating changes nothing."""
        id = await primary_key(File, input.id)
        await files.erase(id, by=info.context.viewer, reason=input.reason)
        return EraseFileSuccess(file=reads.one(File, id))


async def _files(ids: list[strawberry.ID]) -> list[UUID]:
    return [await primary_key(File, text, path="fileIds") for text in ids]
