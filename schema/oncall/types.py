"""Schedules, who is on call by them, and what changes that for a while."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from domain.core.actor import Actor
from domain.oncall import models, rules, visibility
from domain.oncall.filters import OVERRIDE, SCHEDULE
from domain.oncall.states import OverrideKind
from schema import reads
from schema.abilities import Ability, told
from schema.enums import describe
from schema.people.types import Person

describe(
    OverrideKind,
    ADD="Somebody is on call besides.",
    REMOVE="Somebody is off call, and nobody steps in.",
    REPLACE="Somebody steps in for somebody; nothing where that one is not on call.",
)


@reads.entity(
    "config_in_effect", prefix="schedule", filters=SCHEDULE, visible=visibility.SCHEDULES, sorts=("key",), order="key"
)  # fmt: skip
class Schedule(reads.Node):
    """Who is on call when: the version in effect now."""

    key: str = reads.column(description="Short name, unique and stable.")
    rev: int = reads.column(description="Which version of it, from 1.")
    effective_from: datetime = reads.column(description="Since when it says so.")
    note: str = reads.column(description="Why it was published.")
    spec: JSON = reads.column("body", description="Its zone, layers, rotations and restrictions.")


def _of_override(_row: Mapping[str, Any], viewer: Actor) -> list[Ability]:
    return told(rules.override_abilities(viewer))


@reads.entity(
    models.Override,
    prefix="override",
    filters=OVERRIDE,
    visible=visibility.OVERRIDES,
    sorts=("starts_at", "created_at"),
    order="starts_at",
)
class Override(reads.Node):
    """Somebody else is on call for a while."""

    schedule_key: str = reads.column(description="The schedule it changes.")
    kind: OverrideKind = reads.column(description="How it changes it.")
    removed: Person | None = reads.reference("removed_id", description="Who is off call.")
    added: Person | None = reads.reference("added_id", description="Who is on call instead, or besides.")
    layer: str | None = reads.column(description="The layer whose people are off call, whoever they are.")
    starts_at: datetime = reads.column(description="From when.")
    ends_at: datetime = reads.column(description="Until before when.")
    reason: str | None = reads.expression(
        "(SELECT c.body FROM content c WHERE c.id = {row}.reason_id)", description="Why; null once it was erased."
    )
    created_at: datetime = reads.column(description="When it was made; later ones apply after earlier ones.")
    withdrawn_at: datetime | None = reads.column(description="When it was withdrawn; it counts until then.")
    viewer_can: list[Ability] = reads.computed(
        needs=(),
        compute=_of_override,
        description="What you may do to it now, and why not otherwise.",
    )


@strawberry.type(description="Somebody on call, and why.")
class OnCallPerson:
    person: Person | None = strawberry.field(description="Who; null if you may not see people.")
    layer: str | None = strawberry.field(description="The layer they, or the one they stand in for, are on call by.")
    override_ids: list[strawberry.ID] = strawberry.field(description="The overrides that put them there, in order.")


@strawberry.type(description="Somebody's unbroken time on call for one reason.")
class Shift:
    person: Person | None = strawberry.field(description="Who; null if you may not see people.")
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until before when.")
    layer: str | None = strawberry.field(description="The layer they, or the one they stand in for, are on call by.")
    override_ids: list[strawberry.ID] = strawberry.field(description="The overrides that put them there, in order.")


@strawberry.type(description="A stretch in which nobody is on call.")
class CoverageGap:
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until before when.")
