"""The words of cases, each with what it means."""

from domain.cases.states import (
    CaseKind,
    CaseState,
    CommentVisibility,
    EvidenceKind,
    Priority,
    Sensitivity,
    Severity,
    SignalOrigin,
    SignalOutcome,
    SubjectKind,
)
from domain.core.actor import Origin, Tool
from schema.enums import describe

describe(
    SubjectKind,
    ACCOUNT="Somebody's account.",
    LIVE_SESSION="A live room.",
    STREAM_SEGMENT="A stretch of a stream.",
    VIDEO="A recorded video.",
    COMMENT="A comment.",
    MESSAGE="A private or chat message.",
    PRODUCT="Something on sale.",
    AD="An advertisement.",
)
describe(
    SignalOrigin,
    USER_REPORT="A user of the platform.",
    TRUSTED_FLAGGER="A trusted reporter.",
    STAKEHOLDER_ESCALATION="A stakeholder who needs an answer.",
    MODEL="A machine-learned detector.",
    SWEEP="A search people set up.",
    RISK_MONITOR="Risk monitoring.",
    LEGAL="A legal request.",
    INQUIRY="An inquiry somebody wrote.",
    FEEDBACK="Feedback somebody gave.",
)
describe(
    SignalOutcome,
    PENDING="Not judged yet.",
    AGREED="Review agreed with it.",
    DISAGREED="Review did not agree with it.",
    IGNORED="It was set aside without a judgement.",
    INVALID="It was no usable signal.",
)
describe(
    CaseKind,
    PROACTIVE="We found it ourselves.",
    REACTIVE="Somebody told us.",
    APPEAL="Somebody contests a decision.",
    SERVICE="Something to be done for somebody.",
    INQUIRY="Opened from an inquiry.",
    QA="A second look at a decision.",
)
describe(
    CaseState,
    NEW="Just opened.",
    TRIAGED="Looked at, not queued yet.",
    QUEUED="Waits in a queue.",
    IN_REVIEW="Somebody works on it now.",
    ON_HOLD="Set aside for a stated reason.",
    ESCALATED="Handed to a higher review tier.",
    PENDING_APPROVAL="Decided by one, awaits a second person.",
    DECIDED="Decided.",
    ENFORCING="The decision is being carried out.",
    RESOLVED="Done.",
    CLOSED="Done, and nothing more is expected.",
    MERGED="Went on in another case.",
    CANCELLED="Should not have existed.",
)
describe(
    Severity,
    SEV0="The worst harm.",
    SEV1="Severe harm.",
    SEV2="Serious harm.",
    SEV3="Some harm.",
    SEV4="Hardly any harm.",
)
describe(Priority, P1="First.", P2="Soon.", P3="In its turn.", P4="When there is time.", P5="Last.")
describe(
    Sensitivity,
    STANDARD="Everybody who may read cases.",
    SENSITIVE="People cleared for sensitive cases.",
    RESTRICTED="The few people cleared for restricted cases.",
)
describe(CommentVisibility, INTERNAL="Never leaves the desk.", SHARED="May be shown outside, in the mirrored tracker.")
describe(
    EvidenceKind,
    SCREENSHOT="A picture of what could be seen.",
    RECORDING="A stretch of sound or video.",
    TRANSCRIPT="What was said or written.",
    DOCUMENT="A document somebody made or sent.",
    OTHER="Something else.",
)
describe(Origin, LIVE="It happened here and now.", IMPORT="It is history brought in from elsewhere.")
describe(
    Tool,
    GRAPHQL="This API.",
    TRACKER="The mirrored tracker.",
    WORKER="Caseward by itself.",
    COMMAND_LINE="The command line.",
    IMPORT="An import.",
    PLATFORM="The platform.",
)


def content(column: str) -> str:
    """SQL of the text a column points at; null once it is erased."""
    return f"(SELECT c.body FROM content c WHERE c.id = {{row}}.{column})"


def erased(column: str) -> str:
    """SQL that says whether that text was erased."""
    return f"EXISTS (SELECT 1 FROM content c WHERE c.id = {{row}}.{column} AND c.erased_at IS NOT NULL)"
