"""What may be done to a page is told as its mutations answer."""

import dataclasses

import pytest

from domain.core.ids import new_id
from domain.core.transaction import Ref
from domain.escalation import actions as pages
from domain.escalation.models import Page
from domain.escalation.states import PageStatus
from domain.notify import actions as notify
from domain.notify.states import ContactKind
from domain.people.roles import Role
from tests.builders import SYSTEM, a_person, an_account
from tests.schema.abilities.agreeing import Login, agreed

MUTATIONS = {
    "ACKNOWLEDGE": "acknowledgePage(input: {id: $id, expectedVersion: null})",
    "ESCALATE": "escalatePage(input: {id: $id, seenStep: 0})",
    "RESOLVE": "resolvePage(input: {id: $id, expectedVersion: null})",
}
NOTHING = dict.fromkeys(MUTATIONS, "FORBIDDEN")


async def a_page(status: PageStatus = PageStatus.TRIGGERED) -> str:
    page = await pages.page(
        "live", by=SYSTEM, subject=Ref("sla_clock", new_id()), dedup_key=new_id().hex, title="Somebody is needed"
    )
    if status is PageStatus.ACKNOWLEDGED:
        await pages.acknowledge(page.id, by=dataclasses.replace(SYSTEM, person_id=(await a_person("Cy")).person_id))
    elif status is PageStatus.RESOLVED:
        await pages.resolve(page.id, by=SYSTEM)
    else:
        await Page.filter(id=page.id).update(status=status)
    return f"page_{page.id.hex}"


@pytest.fixture
async def policy(url: str) -> str:
    assert url
    ada = await a_person("Ada", Role.RESPONDER)
    assert ada.person_id is not None
    await notify.add_contact(ada.person_id, by=ada, kind=ContactKind.CONSOLE, address="ada")
    steps = [{"delay_s": 60, "targets": [{"kind": "PERSON", "key": "ada@example.org"}]}]
    spec = {"steps": steps, "fallback": ["ada@example.org"]}
    await pages.publish_policy("live", by=SYSTEM, spec=spec, note="test")
    return "live"


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        (PageStatus.TRIGGERED, {}),
        (PageStatus.ACKNOWLEDGED, {"ESCALATE": "PAGE_NOT_WAITING"}),
        (PageStatus.EXHAUSTED, {"ESCALATE": "PAGE_NOT_WAITING"}),
        (PageStatus.RESOLVED, {"ACKNOWLEDGE": "PAGE_IS_RESOLVED", "ESCALATE": "PAGE_NOT_WAITING"}),
    ],
)
async def test_a_responder_is_told_of_a_page_what_its_mutations_answer(
    policy: str, login: Login, status: PageStatus, refused: dict[str, str]
) -> None:
    assert policy == "live"
    bo = await login(await a_person("Bo", Role.RESPONDER))

    verdicts = await agreed(bo, lambda: a_page(status), MUTATIONS, entity="Page")

    assert verdicts == dict.fromkeys(MUTATIONS) | refused


async def test_who_lacks_the_right_is_told_so_beforehand_and_a_program_that_it_is_no_person(
    policy: str, login: Login
) -> None:
    assert policy == "live"
    dee = await login(await a_person("Dee", Role.VIEWER))
    program = await login(await an_account("pager", Role.RESPONDER))

    seen = await agreed(dee, a_page, MUTATIONS, entity="Page")
    machine = await agreed(program, a_page, MUTATIONS, entity="Page")

    assert seen == NOTHING
    assert machine == {"ACKNOWLEDGE": "FORBIDDEN", "ESCALATE": None, "RESOLVE": None}
