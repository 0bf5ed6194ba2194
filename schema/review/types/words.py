"""The words of review, each with what it means."""

from domain.core.versions import ConfigKind
from domain.review.states import ApprovalNeed, Automation, DecisionKind, EnforcementAction, EnforcementState
from schema.enums import describe

describe(
    DecisionKind,
    VIOLATION="A policy was violated.",
    NO_VIOLATION="Nothing was violated.",
    OUT_OF_SCOPE="It is not for this desk to judge.",
    DUPLICATE="It was judged in another case.",
    INSUFFICIENT_INFO="It cannot be judged by what is known.",
    REQUEUE="Somebody else must judge: the case is back in its queue, undecided.",
)
describe(
    Automation,
    NOT="A person decided.",
    PARTIALLY="A person decided what a machine proposed.",
    FULLY="A machine decided.",
)
describe(ApprovalNeed, NOT_REQUIRED="No second person has to agree.")
describe(
    EnforcementAction,
    WARN="Warn the owner.",
    MUTE="Silence the stream.",
    LIMIT_REACH="Show it to fewer people.",
    END_STREAM="End the stream.",
    REMOVE="Take it down.",
    SUSPEND="Suspend its owner's account.",
)
describe(
    EnforcementState,
    PLANNED="To be sent to the platform.",
    HELD="Waits for somebody's word before it is sent.",
    DISPATCHED="Sent; the platform's receipt is awaited.",
    APPLIED="Carried out, with a receipt.",
    FAILED="Not carried out, as far as is known: a person retries or waives it.",
    EXPIRED="Never sent: the case ended first.",
    REVERSING="Being undone.",
    REVERSED="Undone.",
)
describe(
    ConfigKind,
    WORKFLOW="Which moves a case may make.",
    ROUTING="Which queue a case goes to.",
    CALENDAR="Opening hours and holidays.",
    SLA_POLICY="Which promises apply, and their deadlines.",
    SCHEDULE="Who is on call when.",
    ESCALATION_POLICY="Who is told, in which order.",
    MIRROR_MAPPING="How cases look in the tracker.",
    CONTENT_POLICY="What is allowed, and what is done about the rest.",
)
