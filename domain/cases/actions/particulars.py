"""What a case carries with it: whose it is, how pressing it is, what was said about it."""

from uuid import UUID

from domain.cases import rules, steps
from domain.cases.events import CaseCommented
from domain.cases.models import Case, CaseComment
from domain.cases.record import carry_out, locked, record, ref, take
from domain.cases.states import CommentVisibility, Priority, Severity
from domain.cases.tables import comment_row
from domain.core import content
from domain.core.actor import Actor
from domain.core.content import ContentRef
from domain.core.errors import NotFound
from domain.core.events import Source
from domain.core.ids import new_id
from domain.core.transaction import atomic
from domain.people.models import Person


@atomic
async def assign(
    case_id: UUID, *, by: Actor, assignee_id: UUID | None, expected_version: int | None = None
) -> Case:  # fmt: skip
    """Says whose case it is; None takes it from everybody. The lease is untouched. Repeating changes nothing."""
    by.ensure("case.assign")
    case, facts = await locked(case_id, by, expected_version=expected_version)
    outcome = steps.Assign(assignee_id=assignee_id).judge(facts, by)
    if assignee_id is not None and not await Person.exists(id=assignee_id, active=True):
        raise NotFound("person", assignee_id, path=("assigneeId",))
    await carry_out(case, outcome, by=by, found=facts)
    return case


@atomic
async def prioritize(
    case_id: UUID,
    *,
    by: Actor,
    severity: Severity | None = None,
    priority: Priority | None = None,
    expected_version: int | None = None,
) -> Case:
    """Sets harm and order; running clocks are retargeted. A severity given alone brings its own priority."""
    step = steps.Prioritize(severity=severity, priority=priority)
    return await take(case_id, step, by=by, expected_version=expected_version)


@atomic
async def comment(
    case_id: UUID,
    *,
    by: Actor,
    text: str,
    visibility: CommentVisibility = CommentVisibility.INTERNAL,
    source: Source | None = None,
) -> CaseComment:
    """Adds a remark. With a ``source`` the same foreign comment is accepted once: its repeat returns the first."""
    by.ensure("case.comment")
    case, facts = await locked(case_id, by)
    rules.ensure_can_comment(facts, by)
    if source is not None:
        known = await CaseComment.filter(source=source.system, source_event_id=source.event_id).first()
        if known is not None:
            return known
    body: ContentRef = await content.store(text, path="text", found_by=ref(case_id))
    commented = CaseCommented(comment_id=new_id(), body=body, visibility=visibility)
    (entry,) = await record(case, commented, by=by, source=source)
    return await CaseComment.create(**comment_row(commented, entry))
