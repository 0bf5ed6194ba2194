"""Where a new case waits: whatever a queue asks for, news comes in."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.cases.filters import CASE
from domain.cases.models import Case
from domain.core.predicates import Entity, Kind, camel
from domain.people.roles import Role
from tests.builders import a_person, a_queue, a_room, a_signal, a_team

pytestmark = pytest.mark.usefixtures("database")

ASKED: dict[Kind, dict[str, Any]] = {
    Kind.ID: {"in": []},
    Kind.TEXT: {"neq": "nothing"},
    Kind.CHOICE: {"in": []},
    Kind.BOOLEAN: {"eq": True},
    Kind.INTEGER: {"gte": 0},
    Kind.NUMBER: {"gte": 0},
    Kind.MOMENT: {"gt": "2020-01-01T00:00:00Z"},
    Kind.DOCUMENT: {"search": "word"},
}


def questions(of: Entity) -> Iterator[dict[str, Any]]:
    """One for each field of a row, and of what it points at."""
    for field in of.fields.values():
        yield {camel(field.name): ASKED[field.kind]}
    for relation in of.relations.values():
        if not relation.many:
            yield from ({camel(relation.name): question} for question in questions(relation.target()))


async def test_a_queue_may_ask_for_every_field_of_a_case_and_of_what_it_points_at() -> None:
    team = (await a_team()).id
    asked = list(questions(CASE))
    for position, question in enumerate(asked):
        never = {"and": [question, {"number": {"lt": 0}}]}
        await a_queue(f"q{position}", team=team, predicate=never, position=position)
    last = await a_queue("last", team=team, position=len(asked))

    filed = await a_signal(await a_person("Ada", Role.AUTOMATION))

    assert len(asked) > len(CASE.fields)
    assert filed.case.queue_id == last.id


async def test_a_queue_may_ask_about_other_cases_of_the_same_subject() -> None:
    team = (await a_team()).id
    ada, room = await a_person("Ada", Role.AUTOMATION), a_room()
    before = {"subject": {"cases": {"some": {"state": {"eq": "CANCELLED"}}}}}
    repeated = await a_queue("repeated", team=team, predicate=before, position=1)
    others = await a_queue("others", team=team, position=2)

    first = await a_signal(ada, room=room)
    await Case.filter(id=first.case.id).update(state="CANCELLED")
    second = await a_signal(ada, room=room)

    assert (first.case.queue_id, second.case.queue_id) == (others.id, repeated.id)
