"""What the mutations of cases take."""

from datetime import datetime

import strawberry

from domain.cases.states import (
    CaseKind,
    CommentVisibility,
    Priority,
    Sensitivity,
    Severity,
    SignalOrigin,
    SubjectKind,
)
from schema.mutations import expected_version, to_be_said
from schema.scalars import Long

ID = "The case: id or key."
TOKEN = "The token of your lease; without it, that you hold the lease is enough."  # noqa: S105 - a description


@strawberry.input(description="News of something on the platform. What is left out stays as it is known.")
class SubjectInput:
    kind: SubjectKind = strawberry.field(description="What kind of thing it is.")
    external_ref: str = strawberry.field(description="The platform's own id of it.")
    owner_ref: str | None = strawberry.field(
        default=None, description="The platform's id of the account it belongs to."
    )
    live: bool | None = strawberry.field(default=None, description="Whether it is live now.")
    reach: Long | None = strawberry.field(default=None, description="How many people it reaches, 0 or more.")


@strawberry.input(description="The platform's news of a subject.")
class ReportSubjectInput:
    subject: SubjectInput = strawberry.field(description="What is so now.")


@strawberry.input(description="A signal to file.")
class FileSignalInput:
    subject: SubjectInput = strawberry.field(description="What it is about.")
    origin: SignalOrigin = strawberry.field(
        description="Where it comes from. A flagger files TRUSTED_FLAGGER; an intake USER_REPORT,"
        " STAKEHOLDER_ESCALATION, INQUIRY and FEEDBACK; a model or an automation MODEL, SWEEP and RISK_MONITOR; a"
        " person with case.open any. Else it is refused: ORIGIN_NOT_YOURS."
    )
    reason_code: str = strawberry.field(description="What is said to be wrong, 1 to 64 characters: SCAM.")
    dedupe_key: str = strawberry.field(
        description="Your own id of it: of the same origin and key one is taken, a repeat answers the same. With other"
        " content it is refused: DEDUPE_KEY_REUSED."
    )
    channel: str = strawberry.field(default="api", description="The door it came through.")
    detail: str | None = strawberry.field(default=None, description="What the reporter wrote.")
    confidence: float | None = strawberry.field(default=None, description="How sure a detector is, from 0 to 1.")
    rule_version: str | None = strawberry.field(default=None, description="The detector's rule and version.")
    reporter: str | None = strawberry.field(
        default=None,
        description="The platform's id of the account that reports, 1 to 255 characters. Only a mark of it is kept, by"
        " which reports of one are told from those of another; it is shown to nobody.",
    )
    severity: Severity | None = strawberry.field(
        default=None,
        description="Harm of a case it opens, from who holds case.work; judged by origin and liveness otherwise.",
    )
    sensitivity: Sensitivity = strawberry.field(
        default=Sensitivity.STANDARD, description="Who may see a case it opens; you must be one of them."
    )
    language: str | None = strawberry.field(default=None, description="BCP 47 tag of what it is about.")
    region: str | None = strawberry.field(default=None, description="Where it matters.")


@strawberry.input(description="A case to open by hand.")
class OpenCaseInput:
    title: str = strawberry.field(description="One line, at most 500 characters.")
    kind: CaseKind = strawberry.field(description="Why it exists; decides how it ends.")
    severity: Severity = strawberry.field(default=Severity.SEV3, description="How much harm.")
    priority: Priority | None = strawberry.field(default=None, description="Its order; follows severity if left out.")
    sensitivity: Sensitivity = strawberry.field(
        default=Sensitivity.STANDARD, description="Who may see it; you must be one of them."
    )
    subject: SubjectInput | None = strawberry.field(default=None, description="What it is about.")
    reason_code: str | None = strawberry.field(default=None, description="What is said to be wrong.")
    language: str | None = strawberry.field(default=None, description="BCP 47 tag of what it is about.")
    region: str | None = strawberry.field(default=None, description="Where it matters.")


@strawberry.input(description="A case to claim.")
class ClaimCaseInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("case")
    take_over: bool = strawberry.field(default=False, description="Take it from its holder; leads may.")
    reason: str | None = strawberry.field(default=None, description="Why it is taken over.")


@strawberry.input(description="A lease to extend.")
class ExtendLeaseInput:
    id: strawberry.ID = strawberry.field(description=ID)
    lease_token: strawberry.ID = strawberry.field(description="The token of your lease.")


@strawberry.input(description="A case to give back.")
class ReleaseCaseInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("case")
    lease_token: strawberry.ID | None = strawberry.field(default=None, description=TOKEN)


@strawberry.input(description="Whose case it is to be.")
class AssignCaseInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("case")
    assignee_id: strawberry.ID | None = to_be_said(
        "The person.",
        null="takes it from everybody",
        otherwise="Say whose it is to be, or null for nobody.",
    )


@strawberry.input(description="Harm and order, judged anew.")
class PrioritizeCaseInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("case")
    severity: Severity | None = strawberry.field(default=None, description="How much harm; brings its own priority.")
    priority: Priority | None = strawberry.field(default=None, description="In which order.")


@strawberry.input(description="A case to set aside.")
class HoldCaseInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("case")
    reason: str = strawberry.field(description="Why, 1 to 64 characters: WAITING_FOR_PLATFORM.")
    until: datetime | None = strawberry.field(default=None, description="When it resumes by itself.")
    lease_token: strawberry.ID | None = strawberry.field(default=None, description=TOKEN)


@strawberry.input(description="A case to take from hold.")
class ResumeCaseInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("case")


@strawberry.input(description="A case for a higher review tier.")
class EscalateCaseInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("case")
    reason: str = strawberry.field(description="Why, for whoever takes it up.")
    lease_token: strawberry.ID | None = strawberry.field(default=None, description=TOKEN)


@strawberry.input(description="A case for a queue.")
class QueueCaseInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("case")
    queue_id: strawberry.ID = strawberry.field(description="The queue's id.")


@strawberry.input(description="A remark.")
class CommentOnCaseInput:
    id: strawberry.ID = strawberry.field(description=ID)
    text: str = strawberry.field(description="What to say, at most 100,000 characters.")
    visibility: CommentVisibility = strawberry.field(
        default=CommentVisibility.INTERNAL, description="Whether it may leave the desk."
    )


@strawberry.input(description="A service case that is done.")
class ResolveCaseInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("case")
    resolution: str = strawberry.field(description="How, 1 to 64 characters: ANSWERED.")
    lease_token: strawberry.ID | None = strawberry.field(default=None, description=TOKEN)


@strawberry.input(description="A case to take up again.")
class ReopenCaseInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("case")
    reason: str = strawberry.field(description="Why, 1 to 64 characters: NEW_SIGNAL.")


@strawberry.input(description="A case that should not exist.")
class CancelCaseInput:
    id: strawberry.ID = strawberry.field(description=ID)
    expected_version: Long | None = expected_version("case")
    reason: str = strawberry.field(description="Why, 1 to 64 characters: DUPLICATE.")


@strawberry.input(description="What you have written so far.")
class SaveDraftInput:
    id: strawberry.ID = strawberry.field(description=ID)
    text: str = strawberry.field(description="The draft; replaces the one before.")
    lease_token: strawberry.ID | None = strawberry.field(default=None, description=TOKEN)
