"""An idempotency key belongs to one request: what it answers again, and what it refuses."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from tortoise import connections

from domain.core.actor import Actor
from domain.core.models import Event
from tests.api.conftest import Client
from tests.builders import a_person, a_queue, a_signal, a_team, an_account

REMARK = "... on CommentOnCaseSuccess { replayed comment { text } } ... on Problem { code }"
HELD = "... on PrioritizeCaseSuccess { replayed case { priority } } ... on Problem { code }"
SAY = f"mutation($input: CommentOnCaseInput!) {{ commentOnCase(input: $input) {{ {REMARK} }} }}"
BOTH = (
    "mutation($said: CommentOnCaseInput!, $set: PrioritizeCaseInput!, $loud: Boolean = true) {"
    f" said: commentOnCase(input: $said) @include(if: $loud) {{ {REMARK} }} ...Set }}"
    f" fragment Set on Mutation {{ set: prioritizeCase(input: $set) {{ {HELD} }} }}"
)
REUSED = "IDEMPOTENCY_KEY_REUSED"


class Desk:
    def __init__(self, key: str, version: int, ada: Client) -> None:
        self.key, self.version, self.ada = key, version, ada

    def said(self, text: str) -> dict[str, str]:
        return {"id": self.key, "text": text}

    def set(self, priority: str, version: int | None = None) -> dict[str, Any]:
        return {"id": self.key, "expectedVersion": version, "priority": priority}


@pytest.fixture
async def desk(login: Callable[[Actor], Awaitable[Client]]) -> Desk:
    team = await a_team()
    await a_queue(team=team.id)
    filed = await a_signal(await an_account())
    return Desk(f"CASE-{filed.case.number}", filed.case.version, await login(await a_person("Ada", team=team.id)))


async def done(kind: str) -> int:
    return await Event.filter(kind=kind).count()


def codes(answer: Any) -> dict[str, str | None]:
    return {name: payload.get("code") for name, payload in answer["data"].items()}


async def test_a_key_is_refused_to_another_mutation(desk: Desk) -> None:
    set_it = f"mutation($set: PrioritizeCaseInput!) {{ prioritizeCase(input: $set) {{ {HELD} }} }}"
    await desk.ada.send(SAY, key="k", input=desk.said("Once"))

    other = await desk.ada.send(set_it, key="k", set=desk.set("P2"))

    assert codes(other) == {"prioritizeCase": REUSED}
    assert await done("CasePrioritized") == 0


async def test_a_key_is_refused_to_the_same_mutation_under_another_name(desk: Desk) -> None:
    await desk.ada.send(SAY, key="k", input=desk.said("Once"))

    other = await desk.ada.send(
        SAY.replace("commentOnCase(", "again: commentOnCase("), key="k", input=desk.said("Once")
    )

    assert codes(other) == {"again": REUSED}
    assert await done("CaseCommented") == 1


async def test_a_key_is_refused_to_a_document_that_changes_more(desk: Desk) -> None:
    said = SAY.replace("commentOnCase(", "said: commentOnCase(")
    await desk.ada.send(said, key="k", input=desk.said("Once"))

    more = await desk.ada.send(BOTH, key="k", said=desk.said("Once"), set=desk.set("P2"))

    assert codes(more) == {"said": REUSED, "set": REUSED}


async def test_a_document_of_several_mutations_is_done_field_by_field_and_its_repeat_answered(desk: Desk) -> None:
    given = {"said": desk.said("Once"), "set": desk.set("P2")}
    first = await desk.ada.send(BOTH, key="k", **given)

    again = await desk.ada.send(BOTH, key="k", **given)
    fewer = await desk.ada.send(BOTH, key="k", **given, loud=False)

    assert [payload["replayed"] for payload in first["data"].values()] == [False, False]
    assert [payload["replayed"] for payload in again["data"].values()] == [True, True]
    assert again["data"]["said"]["comment"]["text"] == "Once"
    assert again["data"]["set"]["case"]["priority"] == "P2"
    assert codes(fewer) == {"set": REUSED}
    assert (await done("CaseCommented"), await done("CasePrioritized")) == (1, 1)


async def test_what_was_refused_beside_what_was_done_is_tried_again_by_the_same_request(desk: Desk) -> None:
    given = {"said": desk.said("Once"), "set": desk.set("P2", version=desk.version)}
    first = await desk.ada.send(BOTH, key="k", **given)

    corrected = await desk.ada.send(BOTH, key="k", **given | {"set": desk.set("P2", version=desk.version + 1)})
    again = await desk.ada.send(BOTH, key="k", **given)

    assert codes(first) == {"said": None, "set": "VERSION_CONFLICT"}
    assert codes(corrected) == {"said": REUSED, "set": REUSED}
    assert codes(again) == {"said": None, "set": "VERSION_CONFLICT"}
    assert again["data"]["said"]["replayed"] is True


@pytest.mark.parametrize("text", ["$text", '"Once"'])
async def test_what_is_read_of_an_answer_makes_no_other_request(desk: Desk, text: str) -> None:
    head = "mutation($text: String!) " if text == "$text" else "mutation "
    said = head + f'{{ commentOnCase(input: {{id: "{desk.key}", text: {text}}}) {{ ...R }} }} fragment R on '
    await desk.ada.send(said + "CommentOnCaseSuccess { comment { text } }", key="k", text="Once")

    again = await desk.ada.send(said + "CommentOnCaseSuccess { replayed case { key } }", key="k", text="Once")
    other = await desk.ada.send(said.replace("Once", "Twice") + "Problem { code }", key="k", text="Twice")

    assert again["data"]["commentOnCase"] == {"replayed": True, "case": {"key": desk.key}}
    assert codes(other) == {"commentOnCase": REUSED}


async def test_of_two_requests_that_race_for_a_key_one_is_refused(desk: Desk) -> None:
    set_it = f"mutation($set: PrioritizeCaseInput!) {{ prioritizeCase(input: $set) {{ {HELD} }} }}"

    answers = await asyncio.gather(
        desk.ada.send(SAY, key="k", input=desk.said("Once")), desk.ada.send(set_it, key="k", set=desk.set("P2"))
    )

    found = [code for answer in answers for code in codes(answer).values()]
    assert sorted(map(str, found)) == [REUSED, "None"]
    assert await done("CaseCommented") + await done("CasePrioritized") == 1


async def test_after_a_day_a_key_is_free_for_another_request(desk: Desk) -> None:
    await desk.ada.send(BOTH, key="k", said=desk.said("Once"), set=desk.set("P2"))
    await connections.get("default").execute_query(
        "UPDATE idempotency_key SET created_at = created_at - $1::interval", [timedelta(hours=25)]
    )

    other = await desk.ada.send(SAY, key="k", input=desk.said("Twice"))
    repeat = await desk.ada.send(SAY, key="k", input=desk.said("Twice"))

    assert other["data"]["commentOnCase"]["replayed"] is False
    assert repeat["data"]["commentOnCase"]["replayed"] is True


SAID = SAY.replace("mutation(", "mutation($once: String!, ").replace(") {", ") @idempotent(key: $once) {", 1)


@pytest.mark.parametrize("header", [None, "another"])
async def test_a_document_may_say_its_key_itself_whatever_the_header_says(desk: Desk, header: str | None) -> None:
    given = {"once": "of the document", "input": desk.said("Once")}

    first, second = [await desk.ada.send(SAID, key=header, **given) for _ in range(2)]

    assert first["data"]["commentOnCase"]["replayed"] is False
    assert second["data"]["commentOnCase"] == first["data"]["commentOnCase"] | {"replayed": True}
    assert await done("CaseCommented") == 1


async def test_a_key_is_the_same_by_the_document_and_by_the_header(desk: Desk) -> None:
    await desk.ada.send(SAY, key="k", input=desk.said("Once"))

    again = await desk.ada.send(SAY.replace(") {", ') @idempotent(key: "k") {', 1), input=desk.said("Once"))
    other = await desk.ada.send(SAY.replace(") {", ') @idempotent(key: "k") {', 1), input=desk.said("Twice"))

    assert again["data"]["commentOnCase"]["replayed"] is True
    assert codes(other) == {"commentOnCase": REUSED}
    assert await done("CaseCommented") == 1


async def test_a_query_has_nothing_to_repeat(desk: Desk) -> None:
    answer = await desk.ada.send('query @idempotent(key: "k") { viewer { id } }')

    assert "may not be used on query" in answer["errors"][0]["message"]
