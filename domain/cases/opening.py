"""The first fact of every case, wherever it comes from."""

from typing import Any
from uuid import UUID

from domain.cases import rules, workflows
from domain.cases.events import CaseOpened
from domain.cases.states import CaseKind, CaseState, Priority, Sensitivity, Severity
from domain.core import content, transaction
from domain.core.transaction import Ref


async def opening(
    case_id: UUID,
    title: str,
    *,
    kind: CaseKind,
    severity: Severity = Severity.SEV3,
    sensitivity: Sensitivity = Sensitivity.STANDARD,
    priority: Priority | None = None,
    state: CaseState = CaseState.NEW,
    details: dict[str, Any] | None = None,
    **columns: Any,
) -> CaseOpened:
    """The fact that a case is opened: its number is taken and its title kept, in the transaction under way."""
    return CaseOpened(
        number=await _number("case_number_seq"),
        case_kind=kind,
        workflow=workflows.workflow_of(kind),
        state=state,
        title=await content.store(title, path="title", limit=500, found_by=Ref("case", case_id)),
        severity=severity,
        priority=priority or rules.PRIORITY_OF[severity],
        sensitivity=sensitivity,
        details=details or {},
        **columns,
    )


async def _number(sequence: str) -> int:
    rows = await transaction.current().connection.execute_query_dict("SELECT nextval($1::regclass) AS n", [sequence])
    number: int = rows[0]["n"]
    return number
