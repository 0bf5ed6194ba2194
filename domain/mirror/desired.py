"""What the tracker should show of a case now."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from domain.cases.models import Case, CaseRank
from domain.core.ids import public_id
from domain.core.models import Content
from domain.mirror.deadlines import deadline
from domain.mirror.mapping import MirrorMapping
from domain.mirror.remote import Field, FieldValue

REMOVED = "(removed)"


@dataclass(frozen=True, slots=True)
class Desired:
    """The values that may leave the desk, by the mapping's egress; STATUS goes by `case.state`."""

    case: Case
    values: Mapping[Field, FieldValue]
    url: str | None

    @property
    def key(self) -> str:
        return f"CASE-{self.case.number}"

    @property
    def public_id(self) -> str:
        return public_id("case", self.case.id)


async def desired(case_id: UUID, mapping: MirrorMapping) -> Desired:
    """Five reads. An erased title leaves as a remark that it was removed. The rank leaves in whole points, so that what
    hardly moves it costs no write over there."""
    case = await Case.get(id=case_id)
    title = await Content.get(id=case.title_id)
    due = await deadline(case_id)
    ranked = await CaseRank.filter(id=case_id).first()
    url = mapping.url(f"CASE-{case.number}")
    values: dict[Field, FieldValue] = {
        Field.SUMMARY: title.body or REMOVED,
        Field.DESCRIPTION: describe(case, url),
        Field.PRIORITY: case.priority.value,
        Field.ASSIGNEE: str(case.assignee_id) if case.assignee_id else None,
        Field.DUE: due.due_at,
        Field.CLOCK_STATE: due.state,
        Field.RANK: Decimal(round(ranked.value)) if ranked else None,
    }
    return Desired(case, {name: value for name, value in values.items() if name in mapping.egress}, url)


def describe(case: Case, url: str | None) -> str:
    """A few lines of facts and the way to the case; none of what was reported or said."""
    lines = [f"Case CASE-{case.number}: {case.kind.value.lower()}, severity {case.severity.value}."]
    if case.reason_code:
        lines.append(f"Reason: {case.reason_code}")
    if url:
        lines.append(f"The case: {url}")
    return "\n".join(lines)
