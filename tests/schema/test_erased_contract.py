"""What clients see where a text was erased."""

from collections.abc import Awaitable, Callable

import pytest

from domain.cases import actions as cases
from domain.cases.models import CaseComment
from domain.core.actor import Actor
from domain.core.erasure import erase
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_queue, a_signal, a_team, an_account

Login = Callable[[Actor], Awaitable[Client]]

CASE = """query($id: ID!) { case(id: $id) { title comments(first: 5) { nodes { text erased } }
    timeline(first: 20) { nodes { __typename ... on CaseCommented { text } ... on CaseOpened { title }
        ... on ContentErased { reason actor { name } } } } } }"""


@pytest.mark.usefixtures("database")
async def test_an_erased_text_is_a_tombstone_wherever_it_stood(login: Login) -> None:
    team = await a_team()
    await a_queue(team=team.id)
    ada = await a_person("Ada", team=team.id)
    case = (await a_signal(await an_account())).case
    comment = await cases.comment(case.id, by=ada, text="Jane Doe of 5 High Street called.")
    body = await CaseComment.get(id=comment.id).values("body_id")
    client = await login(ada)

    await erase([body["body_id"], case.title_id], by=SYSTEM, reason="Request 17")

    seen = (await client(CASE, id=f"CASE-{case.number}"))["case"]
    told = {node["__typename"]: node for node in seen["timeline"]["nodes"]}
    assert seen["title"] is None
    assert seen["comments"]["nodes"] == [{"text": None, "erased": True}]
    assert told["CaseCommented"]["text"] is None
    assert told["CaseOpened"]["title"] is None
    assert told["ContentErased"]["reason"] == "Request 17"
