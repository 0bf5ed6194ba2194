"""A saved view."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from domain.core.actor import Actor
from domain.views import definitions, models, rules, visibility
from domain.views.filters import VIEW
from domain.views.states import ViewOf, ViewSharing
from schema import reads
from schema.abilities import Ability, told
from schema.cases.types.words import content
from schema.enums import describe
from schema.people.types import Person, Team
from schema.scalars import Long

describe(ViewOf, CASE="Cases.", INQUIRY="Inquiries.")
describe(ViewSharing, PRIVATE="Its owner's alone.", TEAM="Its owner's, and everybody's in the team.")

DEFINITION = content("definition_id")


@strawberry.type(description="Why a view cannot be used any more.")
class ViewProblem:
    path: list[str] = strawberry.field(description="Where in it: filter or order, then the field.")
    message: str = strawberry.field(description="What is wrong there.")


def _problem(row: Mapping[str, Any], _viewer: Actor) -> ViewProblem | None:
    if row["definition"] is None:
        return ViewProblem(path=[], message="Its text was erased.")
    found = definitions.problem(ViewOf(row["of"]), definitions.loaded(row["definition"]))
    return None if found is None else ViewProblem(path=list(map(str, found.path)), message=found.message)


def _abilities(row: Mapping[str, Any], viewer: Actor) -> list[Ability]:
    return told(rules.abilities(ViewOf(row["of"]), UUID(row["owner"]), viewer))


@reads.entity(
    models.SavedView,
    prefix="view",
    filters=VIEW,
    visible=visibility.VIEWS,
    sorts=("updated_at",),
    order="-updated_at",
)
class SavedView(reads.Node):
    """A named filter with an order, to be used as a list: casesInView."""

    of: ViewOf = reads.column(description="What it lists.")
    name: str | None = reads.expression(f"({DEFINITION})::jsonb->>'name'", description="Null once it was erased.")
    filter: JSON | None = reads.expression(
        f"({DEFINITION})::jsonb->'filter'", description="What it asks for, as the list's filter takes it."
    )
    order: list[str] = reads.expression(
        f"ARRAY(SELECT jsonb_array_elements_text(({DEFINITION})::jsonb->'order'))",
        description="Names of orders, each with a minus for descending; empty for the list's own.",
    )
    sharing: ViewSharing = reads.column(description="Who has it.")
    owner: Person | None = reads.reference("owner_id", description="Who changes it.")
    team: Team | None = reads.reference("team_id", description="The team it is shared with.")
    problem: ViewProblem | None = reads.computed(
        needs={"of": "{row}.of", "definition": DEFINITION},
        compute=_problem,
        description="Why it cannot be used any more, where a field of it has gone since; null while it can.",
    )
    viewer_can: list[Ability] = reads.computed(
        needs={"of": "{row}.of", "owner": "{row}.owner_id"},
        compute=_abilities,
        description="What you may do to it now, and why not otherwise.",
    )
    version: Long = reads.column(description="Counts its own events; what expectedVersion means.")
    created_at: datetime = reads.column(description="When it was saved first.")
    updated_at: datetime = reads.column(description="When it was saved last.")
