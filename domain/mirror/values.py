"""One field on both sides as canonical text, so that values can be compared and kept. Pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from domain.cases.states import CaseState
from domain.mirror.mapping import MirrorMapping
from domain.mirror.merge import WAYS, Side
from domain.mirror.remote import Field, FieldValue, RemoteIssue, RemotePerson

NEEDS_DECISION = "caseward-needs-decision"
STRANGER = "account:"


def text(value: FieldValue) -> str | None:
    """Canonical: moments to the millisecond, as trackers keep them; empty text is None."""
    match value:
        case None | "" | ():
            return None
        case RemotePerson():
            return value.person or f"{STRANGER}{value.account}"
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds")
        case date():
            return value.isoformat()
        case Decimal():
            return format(value.normalize(), "f")
        case tuple():
            return ",".join(sorted(value))
        case _:
            return value.strip() or None


def sides(
    issue: RemoteIssue, ours: Mapping[Field, FieldValue], *, state: CaseState, mapping: MirrorMapping
) -> dict[Field, Side]:
    """Every field both sides have; a state without a status, and a field the tracker lacks, are left alone."""
    found = {
        name: _side(text(value), issue, name)
        for name, value in ours.items()
        if name in WAYS and (name in issue.fields or name in issue.unread)
    }
    if (status := mapping.statuses.get(state)) is not None:
        found[Field.STATUS] = Side(
            status, issue.status.id, same=status == issue.status.id, readable=issue.status.id in mapping.states
        )
    return found


def _side(ours: str | None, issue: RemoteIssue, name: Field) -> Side:
    if name in issue.unread:
        return Side(ours, f"?{issue.unread[name]}", same=False, readable=False)
    theirs = text(issue.fields[name])
    return Side(ours, theirs, same=ours == theirs, readable=not (theirs or "").startswith(STRANGER))


def labels(issue: RemoteIssue, *, needs_decision: bool) -> tuple[str, ...]:
    """Theirs, with or without our one label; all others are people's own."""
    theirs = issue.fields.get(Field.LABELS)
    kept = set(theirs if isinstance(theirs, tuple) else ()) - {NEEDS_DECISION}
    return tuple(sorted(kept | ({NEEDS_DECISION} if needs_decision else set())))
