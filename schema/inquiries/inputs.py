"""What the mutations of inquiries take."""

import strawberry

from domain.cases.states import Priority, Severity
from domain.inquiries.states import InquiryKind
from schema.mutations import expected_version, to_be_said
from schema.scalars import Long

ID = "The inquiry: id or key."


@strawberry.input(description="Who writes.")
class RequesterInput:
    address: str = strawberry.field(description="Where they are reached on the inquiry's channel.")
    name: str | None = strawberry.field(default=None, description="As they give it.")
    locale: str = strawberry.field(default="en", description="BCP 47 tag of the language they read.")


@strawberry.input(description="An inquiry with its first message.")
class FileInquiryInput:
    title: str = strawberry.field(description="One line, at most 500 characters.")
    text: str = strawberry.field(description="What they wrote, at most 100,000 characters.")
    kind: InquiryKind = strawberry.field(description="What they want.")
    channel: str = strawberry.field(description="The door it came through: email, web, chat, api.")
    external_id: str = strawberry.field(
        description="The channel's own id of it: of one account the same channel and id are taken once, a repeat"
        " answers the same. With another title or text it is refused: DEDUPE_KEY_REUSED. What another account"
        " files is another."
    )
    requester: RequesterInput | None = strawberry.field(default=None, description="Who writes.")
    team_id: strawberry.ID | None = strawberry.field(default=None, description="The team it is for.")
    language: str | None = strawberry.field(default=None, description="BCP 47 tag of the language it is written in.")


@strawberry.input(description="Another message of the requester.")
class ReceiveMessageInput:
    id: strawberry.ID = strawberry.field(description=ID)
    text: str = strawberry.field(description="What they wrote.")
    external_id: str | None = strawberry.field(
        default=None, description="The channel's own id of the message: the same one is taken once."
    )


@strawberry.input(description="What to answer.")
class ReplyToInquiryInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("inquiry")
    text: str = strawberry.field(description="What to say to the requester.")


@strawberry.input(description="A remark among ourselves.")
class NoteOnInquiryInput:
    id: strawberry.ID = strawberry.field(description=ID)
    text: str = strawberry.field(description="What to say.")


@strawberry.input(description="Whose inquiry it is to be.")
class AssignInquiryInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("inquiry")
    assignee_id: strawberry.ID | None = to_be_said(
        "The person.",
        null="takes it from everybody",
        otherwise="Say whose it is to be, or null for nobody.",
    )
    team_id: strawberry.ID | None = strawberry.field(default=None, description="The team; left out keeps it.")


@strawberry.input(description="A case to take an inquiry away from.")
class UnlinkInquiryInput:
    id: strawberry.ID = strawberry.field(description=ID)
    case_id: strawberry.ID = strawberry.field(description="The case: id or key.")


@strawberry.input(description="A case to put an inquiry beside.")
class LinkInquiryInput:
    id: strawberry.ID = strawberry.field(description=ID)
    case_id: strawberry.ID = strawberry.field(description="The case: id or key.")


@strawberry.input(description="An inquiry to open a case from.")
class ConvertInquiryInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("inquiry")
    severity: Severity = strawberry.field(default=Severity.SEV3, description="How much harm.")
    priority: Priority | None = strawberry.field(default=None, description="Its order; follows severity if left out.")


@strawberry.input(description="An inquiry that is over.")
class CloseInquiryInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("inquiry")
    resolution: str = strawberry.field(default="ANSWERED", description="How it ended: ANSWERED, NO_REPLY, SPAM.")
