"""Who may say what of a signal: where it comes from, how much harm it is, who may see its case. Pure."""

from collections.abc import Mapping

from domain.cases.errors import JudgementNotYours, OriginNotYours
from domain.cases.states import PROACTIVE_ORIGINS, Sensitivity, Severity, SignalOrigin
from domain.core.actor import Actor, ActorKind

ORIGINS: Mapping[str, frozenset[SignalOrigin]] = {
    "signal.flag": frozenset({SignalOrigin.TRUSTED_FLAGGER}),
    "signal.receive": frozenset(
        {
            SignalOrigin.USER_REPORT,
            SignalOrigin.STAKEHOLDER_ESCALATION,
            SignalOrigin.INQUIRY,
            SignalOrigin.FEEDBACK,
        }
    ),
    "signal.detect": PROACTIVE_ORIGINS,
}
"""What a program may claim, by permission. A model's signals are a model's, whatever its roles."""


def origins_of(by: Actor) -> frozenset[SignalOrigin]:
    """Every origin the actor may give a signal. A person who may open cases answers for any."""
    if by.kind is ActorKind.SYSTEM or (by.person_id is not None and by.may("case.open")):
        return frozenset(SignalOrigin)
    if by.kind is ActorKind.MODEL:
        return PROACTIVE_ORIGINS
    return frozenset().union(*(origins for permission, origins in ORIGINS.items() if by.may(permission)))


def ensure_may_say(by: Actor, *, origin: SignalOrigin, severity: Severity | None, sensitivity: Sensitivity) -> None:
    """Refuses a signal that claims more than its sender may."""
    ensure_origin(origin, by)
    ensure_severity(severity, by)
    ensure_sensitivity(sensitivity, by)


def ensure_origin(origin: SignalOrigin, by: Actor) -> None:
    """Refuses a signal that says it comes from where its sender does not."""
    possible = origins_of(by)
    if origin not in possible:
        raise OriginNotYours(origin, sorted(possible))


def ensure_severity(severity: Severity | None, by: Actor) -> None:
    """Refuses a judgement of harm by who does not work on cases. None leaves it to origin and liveness."""
    if severity is not None and not by.may("case.work"):
        raise JudgementNotYours("severity", "Leave it out: the desk judges how much harm it is.")


def ensure_sensitivity(sensitivity: Sensitivity, by: Actor) -> None:
    """Refuses to hide a case from its own opener: nobody could be sure that anybody sees it."""
    if sensitivity is Sensitivity.STANDARD or by.may("case.see_all") or sensitivity in by.clearances:
        return
    raise JudgementNotYours("sensitivity", "Only who may see such a case may open it. Leave it out.")
