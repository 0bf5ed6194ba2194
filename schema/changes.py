"""What happened to a thing since a client read it, for its conflict: which fields, by whom, when; never the values."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from domain.cases import visibility as cases
from domain.cases.filters import CASE
from domain.core import predicates as p
from domain.core.errors import VersionConflict
from domain.core.models import Event
from domain.core.predicates import camel
from domain.escalation import visibility as pages
from domain.escalation.filters import PAGE
from domain.inquiries import visibility as inquiries
from domain.views import visibility as views
from domain.views.filters import VIEW
from schema import reads
from schema.people.types import Account
from schema.scalars import Long

MOST = 200
BEGINNING = 1
"""The version a thing has first: whoever read it has read that one."""

RENAMED: Mapping[str, str] = {
    "from_state": "state",
    "to_state": "state",
    "case_kind": "kind",
    "inquiry_kind": "kind",
    "lease_id": "lease",
    "holder_id": "lease",
    "taken_from": "lease",
    "comment_id": "comments",
    "evidence_id": "evidence",
    "withdrawn_comments": "comments",
    "signal_id": "signals",
    "decision_id": "decisions",
    "message_id": "messages",
    "case_id": "caseLinks",
    "run_id": "runs",
    "step": "runs",
    "loop": "runs",
    "from_step": "runs",
    "dedup_key": "dedupeKey",
    "person_id": "owner",
    "definition": "filter",
}
"""Where what an event tells is found on the thing itself, where that is not under the same name."""

TELLING = frozenset({
    "body", "by_kind", "captured_at", "content_ids", "ends_at", "evidence_kind", "expired", "external_id", "file",
    "files", "first", "note", "policy_version_id", "reason", "source", "starts_at", "subject_type", "told", "undone",
    "unreachable", "visibility", "was_told", "wide",
})  # fmt: skip
"""How something happened, and to what it belongs: no fields of the thing."""

SILENT: Mapping[str, tuple[str, ...]] = {
    "PageResolved": ("status", "resolvedAt"),
    "PageExhausted": ("status",),
    "PageAcknowledged": ("status", "acknowledgedAt"),
    "PageAcknowledgementLapsed": ("status",),
}
"""What is another by kinds of events that do not say so in their payload."""

LASTING = (
    "assignee_id", "details", "occurrences", "of", "owner_id", "priority", "queue_id", "severity", "sharing", "team_id",
    "tier", "urgency",
)  # fmt: skip
"""What is as the last event said that names it, and nothing before one does: an event may say it once more."""

_SAID = """
SELECT {told} FROM event AS b
WHERE b.subject_type = {{row}}.subject_type AND b.subject_id = {{row}}.subject_id AND b.seq < {{row}}.seq
    AND b.payload ? k.key AND NOT (b.kind = 'CaseMoved' AND b.payload -> k.key = 'null'::jsonb)
ORDER BY b.seq DESC LIMIT 1
"""
# A text is kept anew each time: it is the same where its digest is.
SAME = f"""(SELECT coalesce(jsonb_agg(k.key), '[]'::jsonb) FROM jsonb_each({{row}}.payload) AS k WHERE
    (k.key IN ({", ".join(f"'{name}'" for name in LASTING)})
        AND coalesce(({_SAID.format(told="b.payload -> k.key")}), 'null'::jsonb) = k.value)
    OR (k.key = 'definition' AND ({_SAID.format(told="b.payload -> k.key -> 'digest'")}) = k.value -> 'digest'))"""
"""SQL: what an event says that was so before it."""

UNSAID: Mapping[str, frozenset[str]] = {
    "CaseHeld": frozenset({"hold_until"}),
    "CaseMoved": frozenset({"assignee_id", "details", "hold_reason", "resolution"}),
}
"""Where null in a payload sets nothing."""


def fields_of(kind: str, payload: Mapping[str, Any], same: Collection[str] = ()) -> list[str]:
    """The fields that are others by an event of this kind and payload, as clients name them; each once, in order.
    ``same``: what of the payload was so before."""
    names = [*(payload["restored"] or ()), *_withdrawn(payload)] if kind == "CaseRestored" else _changed(kind, payload)
    names = [name for name in names if name not in same]
    said = (RENAMED.get(name) or camel(name.removesuffix("_id")) for name in names if name not in TELLING)
    return sorted({*said, *SILENT.get(kind, ())})


def _changed(kind: str, payload: Mapping[str, Any]) -> list[str]:
    stayed = {"from_state", "to_state"} if payload.get("from_state") == payload.get("to_state") else set()
    unsaid = {name for name in UNSAID.get(kind, ()) if payload.get(name) is None}
    return [name for name in payload if name not in stayed | unsaid]


def _withdrawn(payload: Mapping[str, Any]) -> list[str]:
    return ["withdrawn_comments"] if payload["withdrawn_comments"] else []


CHANGE = p.Entity(
    "change",
    table="event",
    fields=[p.text("subject_type"), p.ident("subject_id", prefix="case"), p.integer("seq")],
    relations=[
        p.to_one("case", lambda: CASE, column="subject_id"),
        p.to_one("page", lambda: PAGE, column="subject_id"),
        p.to_one("view", lambda: VIEW, column="subject_id"),
    ],
)
VISIBLE = (
    (CHANGE["subject_type"].eq("case") & CHANGE.related("case").that(cases.CASES))
    | (CHANGE["subject_type"].eq("inquiry") & inquiries.DESK)
    | (CHANGE["subject_type"].eq("page") & CHANGE.related("page").that(pages.PAGES))
    | (CHANGE["subject_type"].eq("view") & CHANGE.related("view").that(views.VIEWS))
)
SENSITIVE = CHANGE["subject_type"].eq("case") & CHANGE.related("case").that(cases.SENSITIVE)


def _fields(row: Mapping[str, Any], _viewer: Any) -> list[str]:
    same = () if row["kind"] == "CaseRestored" else row["same"]
    return fields_of(row["kind"], row["payload"], same)


@reads.entity(
    Event,
    prefix="change",
    filters=CHANGE,
    visible=VISIBLE,
    sensitive=reads.sensitive(SENSITIVE, of="case", id="{row}.subject_id"),
    sorts=("seq",),
    order="seq",
)
class Change:
    """Something that happened to a thing since you read it."""

    version: Long = reads.column("seq", description="The thing's version after it.")
    kind: str = reads.column(description="What happened, as on a timeline: CaseClaimed.")
    fields: list[str] = reads.computed(
        needs={"kind": "{row}.kind", "payload": "{row}.payload", "same": SAME},
        compute=_fields,
        description="The fields that are others by it, as the thing's own type names them.",
    )
    at: datetime = reads.column("recorded_at", description="When it was written down.")
    actor: Account | None = reads.reference("actor_id", description="Who did it.")


def since(refusal: VersionConflict) -> list[Change]:
    """What the viewer may see of what happened after the expected version, oldest first, 200 at most."""
    if refusal.subject_id is None:
        return []
    return (
        reads.select(Change)
        .where(CHANGE["subject_type"].eq(refusal.what))
        .where(CHANGE["subject_id"].eq(refusal.subject_id))
        .where(CHANGE["seq"].gt(max(refusal.expected, BEGINNING)))
        .where(CHANGE["seq"].lte(refusal.actual))
        .order("seq")
        .list(limit=MOST)
    )
