"""A page, its way through its policy, and the policies."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from strawberry.scalars import JSON

from domain.core.actor import Actor
from domain.escalation import models, rules, visibility
from domain.escalation.filters import PAGE, PAGE_RUN, POLICY
from domain.escalation.states import PageStatus, RunState
from domain.notify.states import Urgency
from schema import reads
from schema.abilities import Ability, told
from schema.cases.types import Case
from schema.enums import describe
from schema.escalation.types.timeline import PageEvent
from schema.notify.types import Notification
from schema.people.types import Person
from schema.scalars import Long

describe(
    PageStatus,
    TRIGGERED="People are being told, step by step.",
    ACKNOWLEDGED="Somebody is at it.",
    SNOOZED="Set aside until later.",
    SUPPRESSED="Held back during maintenance.",
    RESOLVED="Over.",
    EXHAUSTED="Everybody was told as often as the policy says, and nobody answered.",
)
describe(
    RunState,
    ACTIVE="It tells people.",
    STOPPED="Somebody answered.",
    EXHAUSTED="It came to its end unanswered.",
)


@reads.entity(
    "config_in_effect", prefix="policy", filters=POLICY, visible=visibility.POLICIES, sorts=("key",), order="key"
)  # fmt: skip
class EscalationPolicy(reads.Node):
    """Who is told of a page, in which order: the version in effect now."""

    key: str = reads.column(description="Short name, unique and stable.")
    rev: int = reads.column(description="Which version of it, from 1.")
    effective_from: datetime = reads.column(description="Since when it holds for new pages.")
    note: str = reads.column(description="Why it was published.")
    spec: JSON = reads.column("body", description="Its steps, repeats, urgency, fallback and acknowledgement timeout.")


@reads.entity(
    models.PageRun, prefix="run", filters=PAGE_RUN, visible=visibility.RUNS, sorts=("started_at",), order="started_at"
)
class PageRun(reads.Node):
    """One way of a page through one version of its policy."""

    state: RunState = reads.column(description="Where it stands.")
    policy_rev: int = reads.expression(
        "(SELECT v.rev FROM config_version v WHERE v.id = {row}.policy_version_id)",
        description="The version of the policy it began with and keeps.",
    )
    step: int = reads.column(description="The step told last, from 0; -1 before the first, past the last the fallback.")
    loop: int = reads.column(description="Which time through the policy, from 0.")
    due_at: datetime | None = reads.column(description="When it moves on by itself.")
    started_at: datetime = reads.column(description="When it began.")


def _abilities(row: Mapping[str, Any], viewer: Actor) -> list[Ability]:
    return told(rules.abilities(PageStatus(row["status"]), viewer))


@reads.entity(
    models.Page,
    prefix="page",
    key="PAGE",
    filters=PAGE,
    visible=visibility.PAGES,
    sorts=("opened_at", "updated_at", "number"),
    order="-opened_at",
)
class Page(reads.Node):
    """Somebody is needed for something. You see pages about what you may see, those you were told of and those you
    own; a page about a case hidden from you is there for you only so."""

    key: str = reads.key(description="The name people say aloud: PAGE-12.")
    title: str | None = reads.expression(
        "(SELECT c.body FROM content c WHERE c.id = {row}.title_id)", description="One line; null once it was erased."
    )
    status: PageStatus = reads.column(description="Where it stands.")
    urgency: Urgency = reads.column(description="How it is sent.")
    policy_key: str = reads.column(description="The escalation policy it follows.")
    dedupe_key: str = reads.column(
        "dedup_key", description="While it is open, the same key is one more occurrence of it."
    )
    occurrences: int = reads.column(description="How often the news came.")
    subject_type: str = reads.column(description="What kind of thing it is about: case, sla_clock, principal.")
    case: Case | None = reads.reference(
        "subject_id",
        where="{parent}.subject_type = 'case'",
        description="The case it is about, if it is about one you may see.",
    )
    owner: Person | None = reads.reference("owner_id", description="Who acknowledged it first.")
    opened_at: datetime = reads.column(description="When it was raised.")
    acknowledged_at: datetime | None = reads.column(description="When it was acknowledged.")
    resolved_at: datetime | None = reads.column(description="When it was over.")
    viewer_can: list[Ability] = reads.computed(
        needs={"status": "{row}.status"},
        compute=_abilities,
        description="What you may do to it now, and why not otherwise.",
    )
    version: Long = reads.column(description="Counts its own events; what expectedVersion means.")
    runs: list[PageRun] = reads.many("page_id", order="started_at", description="Its ways through its policy.")
    notifications: reads.Connection[Notification] = reads.connection(
        on="{row}.subject_type = 'page' AND {row}.subject_id = {parent}.id", description="Who was sent what."
    )
    timeline: reads.Connection[PageEvent] = reads.connection(
        "subject_id", where="{row}.subject_type = 'page'", description="Everything that happened to it."
    )
