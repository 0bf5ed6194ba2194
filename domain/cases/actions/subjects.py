"""News of the things cases are about, as the platform tells it."""

from dataclasses import dataclass

from domain.cases.events import SubjectChanged, SubjectSeen
from domain.cases.models import Subject
from domain.cases.states import SubjectKind
from domain.cases.tables import subject_columns
from domain.core import clock, events, transaction
from domain.core.actor import Actor
from domain.core.errors import FieldProblem, ValidationFailed
from domain.core.ids import new_id
from domain.core.texts import problems_of
from domain.core.transaction import Ref, atomic


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectReport:
    """What is said of a thing on the platform; None leaves what is known."""

    kind: SubjectKind
    external_ref: str
    owner_ref: str | None = None
    live: bool | None = None
    reach: int | None = None

    def problems(self) -> list[FieldProblem]:
        found = []
        if not self.external_ref.strip() or len(self.external_ref) > 255:
            found.append(
                FieldProblem(("subject", "externalRef"), "INVALID", "Give the platform's id: 1 to 255 characters.")
            )
        if self.reach is not None and self.reach < 0:
            found.append(FieldProblem(("subject", "reach"), "INVALID", "Give the number of viewers, 0 or more."))
        return [*found, *problems_of(Subject, path=("subject",), owner_ref=self.owner_ref)]


@atomic
async def report_subject(report: SubjectReport, *, by: Actor) -> Subject:
    """Keeps the platform's own news true: a stream started, gained viewers, ended. Repeating changes nothing."""
    by.ensure("subject.report")
    if problems := report.problems():
        raise ValidationFailed(problems)
    return await seen(report, by=by)


async def seen(report: SubjectReport, *, by: Actor) -> Subject:
    """The subject's row, locked, with the report's news applied; two first reports at once make one row."""
    now = await clock.now()
    subject_id = new_id()
    rows = await transaction.current().connection.execute_query_dict(
        "INSERT INTO subject"
        " (id, kind, external_ref, owner_ref, reach, live, started_at, version, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $6 THEN $7::timestamptz END, 0, $7, $7)"
        " ON CONFLICT (kind, external_ref) DO NOTHING RETURNING id",
        [
            subject_id, report.kind.value, report.external_ref, report.owner_ref, report.reach or 0,
            bool(report.live), now,
        ],
    )  # fmt: skip
    subject = await Subject.filter(kind=report.kind, external_ref=report.external_ref).select_for_update().get()
    target = Ref("subject", subject.id)
    if rows:
        first = SubjectSeen(
            subject_kind=subject.kind,
            external_ref=subject.external_ref,
            owner_ref=subject.owner_ref,
            live=subject.live,
            reach=subject.reach,
        )
        columns = subject_columns(first, (await events.append(target, first, by=by))[0])
    else:
        live = subject.live if report.live is None else report.live
        reach = subject.reach if report.reach is None else report.reach
        if (live, reach) == (subject.live, subject.reach):
            return subject
        ended_at = now if subject.live and not live else subject.ended_at
        started_at = now if live and not subject.live else subject.started_at
        changed = SubjectChanged(live=live, reach=reach, started_at=started_at, ended_at=ended_at)
        columns = subject_columns(changed, (await events.append(target, changed, by=by))[0])
    subject.update_from_dict(columns)
    await subject.save(update_fields=list(columns))
    return subject
