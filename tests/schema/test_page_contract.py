"""Pages through GraphQL: who may know of one about a case that not everybody may see."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain.cases import actions as cases
from domain.cases.states import CaseKind, Sensitivity
from domain.core.actor import Actor
from domain.core.ids import new_id
from domain.core.models import Event
from domain.core.transaction import Ref
from domain.escalation import actions as pages
from domain.escalation.models import Page
from domain.notify import actions as notify
from domain.notify.states import ContactKind
from domain.people.roles import Role
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person

Login = Callable[[Actor], Awaitable[Client]]

LIST = """query($f: PageFilter) { pages(filter: $f) {
  totalCount { value }
  nodes { title case { key } owner { name } runs { state } timeline { nodes { __typename } } } } }"""
ONE = "query($id: ID!, $node: ID!) { page(id: $id) { title } node(id: $node) { id } }"
EXPECTED = "expectedVersion: null"


def answer(mutation: str, given: str = EXPECTED) -> str:
    return (
        f"mutation($id: ID!) {{ told: {mutation}(input: {{id: $id, {given}}})"
        " { ... on Problem { code message } } }"
    )


ANSWERS = (
    answer("acknowledgePage"), answer("resolvePage"), answer("escalatePage", "seenStep: 0"),
    answer("acknowledgePage", "expectedVersion: 99"),
)  # fmt: skip


@pytest.fixture
async def told(url: str) -> Actor:
    """Ada, who is sent every page of the policy."""
    assert url
    ada = await a_person("Ada", Role.RESPONDER)
    assert ada.person_id is not None
    await notify.add_contact(ada.person_id, by=ada, kind=ContactKind.CONSOLE, address="ada")
    steps = [{"delay_s": 60, "targets": [{"kind": "PERSON", "key": "ada@example.org"}]}]
    spec = {"steps": steps, "fallback": ["ada@example.org"]}
    await pages.publish_policy("live", by=SYSTEM, spec=spec, note="test")
    return ada


async def a_page(sensitivity: Sensitivity) -> Page:
    case = await cases.open_case("Some words", by=SYSTEM, kind=CaseKind.SERVICE, sensitivity=sensitivity)
    return await pages.page(
        "live", by=SYSTEM, subject=Ref("case", case.id), dedup_key=f"k-{case.number}", title=f"CASE-{case.number} burns"
    )


async def test_a_page_about_a_hidden_case_is_one_nobody_has_for_who_was_not_told(told: Actor, login: Login) -> None:
    assert told
    page = await a_page(Sensitivity.RESTRICTED)
    bo = await login(await a_person("Bo", Role.RESPONDER))
    before = await Event.all().count()

    filters: list[dict[str, Any] | None] = [None, {"dedupeKey": {"eq": page.dedup_key}}, {"case": {}}]
    listed = [await bo(LIST, f=asked) for asked in filters]
    one = await bo(ONE, id=f"PAGE-{page.number}", node=f"page_{page.id.hex}")
    mine = [(await bo(text, id=f"page_{page.id.hex}"))["told"] for text in ANSWERS]
    nobodys = [(await bo(text, id=f"page_{new_id().hex}"))["told"] for text in ANSWERS]

    assert listed == [{"pages": {"totalCount": {"value": 0}, "nodes": []}}] * 3
    assert one == {"page": None, "node": None}
    assert mine == nobodys
    assert {refusal["code"] for refusal in mine} == {"NOT_FOUND"}
    assert await Event.all().count() == before


async def test_who_was_told_sees_the_page_and_takes_it_on_though_not_its_case(told: Actor, login: Login) -> None:
    page = await a_page(Sensitivity.RESTRICTED)
    ada, cleo = await login(told), await login(await a_person("Cleo", Role.ADMIN))

    taken = await ada(ANSWERS[0], id=f"page_{page.id.hex}")
    (mine,) = (await ada(LIST))["pages"]["nodes"]
    (hers,) = (await cleo(LIST))["pages"]["nodes"]

    assert taken == {"told": {}}
    assert (mine["case"], mine["owner"], mine["runs"]) == (None, {"name": "Ada"}, [{"state": "STOPPED"}])
    assert mine["title"] == hers["title"] == hers["case"]["key"] + " burns"
    assert [each["__typename"] for each in mine["timeline"]["nodes"]] == [
        "PageRaised",
        "PageStepTold",
        "PageAcknowledged",
    ]


async def test_pages_about_what_all_may_see_are_there_for_all_who_read_pages(told: Actor, login: Login) -> None:
    assert told
    case = await a_page(Sensitivity.STANDARD)
    await pages.page("live", by=SYSTEM, subject=Ref("sla_clock", new_id()), dedup_key="c", title="Late")
    bo = await login(await a_person("Bo", Role.RESPONDER))

    found = (await bo(LIST))["pages"]["nodes"]
    about = (await bo(LIST, f={"case": {"state": {"neq": "CLOSED"}}}))["pages"]["nodes"]

    assert len(found) == 2
    assert [each["case"]["key"] for each in about] == [f"CASE-{(case.dedup_key[2:])}"]
