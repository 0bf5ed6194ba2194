"""What a case, its subject and its signals can be. The words are the glossary's."""

from enum import StrEnum


class SubjectKind(StrEnum):
    """What a case can be about."""

    ACCOUNT = "ACCOUNT"
    LIVE_SESSION = "LIVE_SESSION"
    STREAM_SEGMENT = "STREAM_SEGMENT"
    VIDEO = "VIDEO"
    COMMENT = "COMMENT"
    MESSAGE = "MESSAGE"
    PRODUCT = "PRODUCT"
    AD = "AD"


class SignalOrigin(StrEnum):
    """Where a signal comes from."""

    USER_REPORT = "USER_REPORT"
    TRUSTED_FLAGGER = "TRUSTED_FLAGGER"
    STAKEHOLDER_ESCALATION = "STAKEHOLDER_ESCALATION"
    MODEL = "MODEL"
    SWEEP = "SWEEP"
    RISK_MONITOR = "RISK_MONITOR"
    LEGAL = "LEGAL"
    INQUIRY = "INQUIRY"
    FEEDBACK = "FEEDBACK"


PROACTIVE_ORIGINS = frozenset({SignalOrigin.MODEL, SignalOrigin.SWEEP, SignalOrigin.RISK_MONITOR})


class SignalOutcome(StrEnum):
    """What review made of a signal."""

    PENDING = "PENDING"
    AGREED = "AGREED"
    DISAGREED = "DISAGREED"
    IGNORED = "IGNORED"
    INVALID = "INVALID"


class CaseKind(StrEnum):
    """Why a case exists."""

    PROACTIVE = "PROACTIVE"
    REACTIVE = "REACTIVE"
    APPEAL = "APPEAL"
    SERVICE = "SERVICE"
    INQUIRY = "INQUIRY"
    QA = "QA"


class CaseState(StrEnum):
    """Where a case stands."""

    NEW = "NEW"
    TRIAGED = "TRIAGED"
    QUEUED = "QUEUED"
    IN_REVIEW = "IN_REVIEW"
    ON_HOLD = "ON_HOLD"
    ESCALATED = "ESCALATED"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    DECIDED = "DECIDED"
    ENFORCING = "ENFORCING"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"
    MERGED = "MERGED"
    CANCELLED = "CANCELLED"


class Severity(StrEnum):
    """How much harm: SEV0 is the worst."""

    SEV0 = "SEV0"
    SEV1 = "SEV1"
    SEV2 = "SEV2"
    SEV3 = "SEV3"
    SEV4 = "SEV4"


class Priority(StrEnum):
    """In which order people want it done: P1 first."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
    P5 = "P5"


class Sensitivity(StrEnum):
    """Who may see a case at all, whatever queue it lies in. Anything but STANDARD needs that clearance."""

    STANDARD = "STANDARD"
    SENSITIVE = "SENSITIVE"
    RESTRICTED = "RESTRICTED"


class CommentVisibility(StrEnum):
    """Whether a comment may leave the desk, to the tracker for example."""

    INTERNAL = "INTERNAL"
    SHARED = "SHARED"


class LinkKind(StrEnum):
    """How one case belongs to another."""

    PARENT_OF = "PARENT_OF"
    DUPLICATE_OF = "DUPLICATE_OF"
    RELATED = "RELATED"
    CAUSED_BY = "CAUSED_BY"
    APPEAL_OF = "APPEAL_OF"
    QA_OF = "QA_OF"


class EvidenceKind(StrEnum):
    """What a piece of evidence is a capture of."""

    SCREENSHOT = "SCREENSHOT"
    RECORDING = "RECORDING"
    TRANSCRIPT = "TRANSCRIPT"
    DOCUMENT = "DOCUMENT"
    OTHER = "OTHER"
