"""What comes in: signals about subjects, and the cases they open or join."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.cases import reporters, rules, senders
from domain.cases.actions.subjects import SubjectReport, seen
from domain.cases.events import CaseQueued, SignalAttached, SignalFiled
from domain.cases.filters import CASE, SUBJECT
from domain.cases.fold import ENDED, changes
from domain.cases.models import Case, CaseSignal, Queue, Signal, Subject
from domain.cases.opening import opening
from domain.cases.record import record, ref
from domain.cases.repeats import earlier
from domain.cases.routing import route
from domain.cases.states import (
    PROACTIVE_ORIGINS,
    CaseKind,
    CaseState,
    Priority,
    Sensitivity,
    Severity,
    SignalOrigin,
)
from domain.cases.tables import signal_columns
from domain.core import content, events
from domain.core.actor import Actor, Origin
from domain.core.codes import CODE
from domain.core.content import Retention
from domain.core.errors import FieldProblem, ValidationFailed
from domain.core.events import Source
from domain.core.ids import new_id
from domain.core.texts import ensure_none, place_problems, problems_of
from domain.core.transaction import Ref, atomic


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What became of a signal: its row, the case it opened or joined, and whether it had come before."""

    signal: Signal
    case: Case
    opened: bool
    repeated: bool


@atomic
async def file_signal(
    report: SubjectReport,
    *,
    by: Actor,
    origin: SignalOrigin,
    reason_code: str,
    dedupe_key: str,
    channel: str = "api",
    detail: str | None = None,
    confidence: float | None = None,
    rule_version: str | None = None,
    reporter: str | None = None,
    severity: Severity | None = None,
    sensitivity: Sensitivity = Sensitivity.STANDARD,
    language: str | None = None,
    region: str | None = None,
) -> Filed:
    """Takes a signal in. The subject's open case gets it, else a new case is opened and routed; the same
    (sender, origin, dedupe_key) is accepted once: a repeat changes nothing and answers with the first, one that says
    anything else is refused. Signals on one subject queue up on its row lock, so two at once never open two cases.
    ``detail`` is kept as reporter's content. ``reporter``, the platform's id of an account, is kept as a mark.
    """
    by.ensure("signal.file")
    senders.ensure_may_say(by, origin=origin, severity=severity, sensitivity=sensitivity)
    also = problems_of(Signal, channel=channel, rule_version=rule_version)
    also += [*place_problems(language=language, region=region), *reporters.problems_with(reporter)]
    _ensure_signal(report, reason_code=reason_code, dedupe_key=dedupe_key, confidence=confidence, also=also)
    mark = reporters.mark_of(reporter, origin)
    known = await earlier(
        by=by,
        origin=origin,
        dedupe_key=dedupe_key,
        about=(report.kind, report.external_ref),
        detail=detail,
        channel=channel,
        reason_code=reason_code,
        confidence=confidence,
        rule_version=rule_version,
        reporter_mark=mark,
    )
    if known is not None:
        return await _again(known)
    subject = await seen(report, by=by)
    filed = SignalFiled(
        subject_id=subject.id,
        signal_origin=origin,
        channel=channel,
        reason_code=reason_code,
        confidence=confidence,
        rule_version=rule_version,
        dedupe_key=dedupe_key,
        detail=await content.store(detail, path="detail", retention=Retention.REPORTER) if detail else None,
        reporter_mark=mark,
        **await reporters.record_of(mark, by=by),
    )
    signal = await _write_signal(filed, by=by)
    case = await _open_case_about(subject)
    opened = case is None
    if case is None:
        case = await _open(
            _title(reason_code, subject),
            by=by,
            kind=CaseKind.PROACTIVE if origin in PROACTIVE_ORIGINS else CaseKind.REACTIVE,
            subject=subject,
            severity=severity or rules.first_severity(origin, live=subject.live),
            sensitivity=sensitivity,
            reason_code=reason_code,
            language=language,
            region=region,
        )
    await _attach(signal, case, by=by)
    return Filed(signal=signal, case=case, opened=opened, repeated=False)


@atomic
async def open_case(
    title: str,
    *,
    by: Actor,
    kind: CaseKind,
    severity: Severity = Severity.SEV3,
    priority: Priority | None = None,
    sensitivity: Sensitivity = Sensitivity.STANDARD,
    report: SubjectReport | None = None,
    reason_code: str | None = None,
    language: str | None = None,
    region: str | None = None,
    details: dict[str, Any] | None = None,
    state: CaseState = CaseState.NEW,
    assignee_id: UUID | None = None,
    hold_reason: str | None = None,
    occurred_at: datetime | None = None,
    source: Source | None = None,
) -> Case:
    """Opens a case and routes it. An import may open it in any state, at any past instant, and is not routed."""
    by.ensure("case.open")
    senders.ensure_sensitivity(sensitivity, by)
    if report is not None and (problems := report.problems()):
        raise ValidationFailed(problems)
    ensure_none([*problems_of(Case, reason_code=reason_code), *place_problems(language=language, region=region)])
    subject = await seen(report, by=by) if report is not None else None
    return await _open(
        title,
        by=by,
        kind=kind,
        subject=subject,
        severity=severity,
        priority=priority,
        sensitivity=sensitivity,
        reason_code=reason_code,
        language=language,
        region=region,
        details=details,
        state=state if by.origin is Origin.IMPORT else CaseState.NEW,
        assignee_id=assignee_id,
        hold_reason=hold_reason,
        occurred_at=occurred_at,
        source=source,
    )


async def _open(
    title: str,
    *,
    by: Actor,
    subject: Subject | None,
    occurred_at: datetime | None = None,
    source: Source | None = None,
    **told: Any,
) -> Case:
    case = Case(id=new_id(), reopen_count=0, tier=0)
    opened = await opening(case.id, title, subject_id=subject.id if subject else None, **told)
    (entry,) = await events.append(ref(case.id), opened, by=by, occurred_at=occurred_at, source=source)
    case.update_from_dict(changes(opened, entry))
    await case.save(force_create=True)
    if by.origin is Origin.LIVE:
        await _route(case, subject, title, by=by)
    return case


async def _route(case: Case, subject: Subject | None, title: str, *, by: Actor) -> None:
    # ranks and clocks, and so what is due, follow from where a case goes
    row = {name: getattr(case, name, None) for name in CASE.fields} | {
        "text": [title],
        "queue": None,
        "team": None,
        "assignee": None,
        "subject": subject and {name: getattr(subject, name) for name in SUBJECT.fields},
    }
    queue = await route(row, await Queue.filter(active=True), now=case.opened_at)
    if queue is not None:
        queued = CaseQueued(
            from_state=case.state, to_state=CaseState.QUEUED, queue_id=queue.id, team_id=queue.team_id
        )  # fmt: skip
        await record(case, queued, by=by)


async def _write_signal(filed: SignalFiled, *, by: Actor) -> Signal:
    signal_id = new_id()
    (entry,) = await events.append(Ref("signal", signal_id), filed, by=by)
    return await Signal.create(id=signal_id, **signal_columns(filed, entry))


async def _attach(signal: Signal, case: Case, *, by: Actor) -> None:
    (entry,) = await record(case, SignalAttached(signal_id=signal.id), by=by)
    await CaseSignal.create(case_id=case.id, signal_id=signal.id, attached_at=entry.occurred_at)


async def _again(known: Signal) -> Filed:
    attached = await CaseSignal.filter(signal_id=known.id, detached_at=None).prefetch_related("case").get()
    return Filed(signal=known, case=attached.case, opened=False, repeated=True)


async def _open_case_about(subject: Subject) -> Case | None:
    """The open review case on a subject, locked."""
    return (
        await Case.filter(subject_id=subject.id, workflow="review", state__not_in=list(ENDED))
        .order_by("opened_at")
        .select_for_update()
        .first()
    )


def _title(reason_code: str, subject: Subject) -> str:
    return f"{reason_code} on {subject.kind.replace('_', ' ').lower()} {subject.external_ref}"


def _ensure_signal(
    report: SubjectReport, *, reason_code: str, dedupe_key: str, confidence: float | None, also: list[FieldProblem]
) -> None:
    problems = [*report.problems(), *also]
    if not CODE.fullmatch(reason_code):
        problems.append(FieldProblem(("reasonCode",), "INVALID", "Give a code in capitals, SCAM for example."))
    if not dedupe_key.strip() or len(dedupe_key) > 255:
        problems.append(
            FieldProblem(("dedupeKey",), "INVALID", "Give the sender's own id of this signal, 1 to 255 characters.")
        )
    if confidence is not None and not 0 <= confidence <= 1:
        problems.append(FieldProblem(("confidence",), "INVALID", "Give a share from 0 to 1."))
    ensure_none(problems)
