"""Saved views: kept once they can be asked for, shared with a team, used as a list, and told when they no
longer can."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
from tortoise import connections

from domain.cases import actions as cases
from domain.cases.states import CaseKind, Sensitivity
from domain.core.actor import Actor
from domain.core.erasure import erase
from domain.core.models import Event
from domain.people.roles import Role
from domain.views.definitions import ORDERS
from domain.views.models import SavedView
from domain.views.states import ViewOf
from schema import schema
from schema.reads.catalog import catalog_of
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_team

pytestmark = pytest.mark.usefixtures("database")

Login = Callable[[Actor], Awaitable[Client]]
SAVE = """mutation($input: SaveViewInput!) { saveView(input: $input) {
    ... on SaveViewSuccess { view { id name of filter order sharing version problem { path message } } }
    ... on ValidationFailed { problems { path code } } ... on Problem { code } } }"""
DELETE = """mutation($input: DeleteViewInput!) { deleteView(input: $input) {
    ... on DeleteViewSuccess { id } ... on Problem { code } } }"""
VIEWS = "{ savedViews { nodes { id name problem { path message } } } }"
CASES = """query($view: ID!, $first: Int, $after: String, $filter: CaseFilter) {
    casesInView(view: $view, first: $first, after: $after, filter: $filter) {
    nodes { title } pageInfo { endCursor hasNextPage } totalCount { value } } }"""
MINE: dict[str, Any] = {
    "of": "CASE", "name": "Refunds", "expectedVersion": None, "order": ["-number"],
    "filter": {"text": {"search": "refund"}, "or": [{"openedAt": {"gte": "-P2W"}}, {"assigneeId": {"isNull": False}}]},
}  # fmt: skip


async def save(client: Client, **more: Any) -> Any:
    return (await client(SAVE, input=MINE | more))["saveView"]


async def titles(client: Client, view: str, **more: Any) -> list[str]:
    page = (await client(CASES, view=view, **more))["casesInView"]
    return [node["title"] for node in page["nodes"]]


async def refused(client: Client, view: str, cursor: str) -> str:
    answer = await client.send(CASES, view=view, first=1, after=cursor)
    return str(answer["errors"][0]["extensions"]["code"])


async def some_cases() -> None:
    for title, sensitivity in [
        ("Refund one", Sensitivity.STANDARD), ("Spam", Sensitivity.STANDARD), ("Refund two", Sensitivity.STANDARD),
        ("Refund three", Sensitivity.RESTRICTED),
    ]:  # fmt: skip
        await cases.open_case(title, by=SYSTEM, kind=CaseKind.SERVICE, sensitivity=sensitivity)


async def test_a_view_is_saved_used_changed_and_deleted(login: Login) -> None:
    await some_cases()
    ada = await login(await a_person("Ada"))

    saved = (await save(ada))["view"]
    again = (await save(ada, id=saved["id"]))["view"]
    found = await titles(ada, saved["id"])
    first = (await ada(CASES, view=saved["id"], first=1))["casesInView"]
    narrowed = await titles(ada, saved["id"], filter={"text": {"search": "one"}})
    changed = (await save(ada, id=saved["id"], expectedVersion=1, name="All", filter={}, order=["number"]))["view"]
    late = await save(ada, id=saved["id"], expectedVersion=1, name="Late")

    assert (saved["filter"]["and"][0], saved["version"], saved["problem"]) == ({"text": {"search": "refund"}}, 1, None)
    assert again["version"] == 1
    assert found == ["Refund two", "Refund one"]
    assert first["totalCount"] == {"value": 2}
    assert await titles(ada, saved["id"]) == ["Refund one", "Spam", "Refund two"]
    assert narrowed == ["Refund one"]
    assert (changed["name"], changed["version"], changed["sharing"]) == ("All", 2, "PRIVATE")
    assert late["code"] == "VERSION_CONFLICT"
    assert (await ada(DELETE, input={"id": saved["id"], "expectedVersion": 2}))["deleteView"]["id"] == saved["id"]
    assert (await ada(VIEWS))["savedViews"]["nodes"] == []
    assert [event.kind for event in await Event.filter(subject_type="view").order_by("seq")] == [
        "ViewSaved", "ViewSaved", "ViewDeleted",
    ]  # fmt: skip
    assert "refund" not in str(await Event.filter(subject_type="view").values_list("payload", flat=True))


async def test_a_cursor_of_one_view_is_none_of_another_nor_of_the_same_once_it_asks_for_something_else(
    login: Login,
) -> None:
    await some_cases()
    ada = await login(await a_person("Ada"))
    one, other = (await save(ada))["view"], (await save(ada, name="All", filter={}))["view"]
    cursor = (await ada(CASES, view=one["id"], first=1))["casesInView"]["pageInfo"]["endCursor"]

    found = await titles(ada, one["id"], after=cursor)
    elsewhere = await refused(ada, other["id"], cursor)
    await save(ada, id=one["id"], filter={})
    afterwards = await refused(ada, one["id"], cursor)

    assert found == ["Refund one"]
    assert (elsewhere, afterwards) == ("INVALID_CURSOR", "INVALID_CURSOR")


async def test_a_view_is_its_owners_alone_or_the_teams_it_is_shared_with(login: Login) -> None:
    await some_cases()
    team = await a_team()
    ada, bo = await login(await a_person("Ada", team=team.id)), await login(await a_person("Bo", team=team.id))
    eve = await login(await a_person("Eve"))
    own, shared = (await save(ada))["view"], (await save(ada, name="Ours", teamId="live"))["view"]

    async def names(client: Client) -> set[str]:
        return {node["name"] for node in (await client(VIEWS))["savedViews"]["nodes"]}

    assert (await names(ada), await names(bo), await names(eve)) == ({"Refunds", "Ours"}, {"Ours"}, set())
    assert await titles(bo, shared["id"]) == ["Refund two", "Refund one"]
    for client, view in [(bo, own), (eve, own), (eve, shared)]:
        (error,) = (await client.send(CASES, view=view["id"]))["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"
        assert (await save(client, id=view["id"]))["code"] == "NOT_FOUND"
    assert (await save(bo, id=shared["id"]))["code"] == "FORBIDDEN"
    assert (await save(eve, teamId="live"))["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"filter": {"or": [{"sate": {"eq": "NEW"}}]}}, ["filter", "or", "0", "sate"]),
        ({"filter": {"subject": {"reach": {"gt": "many"}}}}, ["filter", "subject", "reach", "gt"]),
        ({"filter": {"$holds": ["permissions", "x"]}}, ["filter", "$holds"]),
        ({"filter": []}, ["filter"]),
        ({"order": ["-due", "loudness"]}, ["order", "1"]),
        ({"order": ["due", "-due"]}, ["order"]),
        ({"of": "INQUIRY", "filter": {"severity": {"eq": "SEV0"}}}, ["filter", "severity"]),
        ({"name": "  "}, ["name"]),
    ],
    ids=str,
)
async def test_what_cannot_be_asked_for_is_refused_with_its_path(
    login: Login, wrong: dict[str, Any], path: list[str]
) -> None:
    ada = await login(await a_person("Ada"))

    refused = await save(ada, **wrong)

    assert [problem["path"] for problem in refused["problems"]] == [path]
    assert not await SavedView.exists()


async def test_a_view_whose_field_has_gone_can_be_read_and_says_so(login: Login) -> None:
    ada = await login(await a_person("Ada"))
    saved = (await save(ada))["view"]
    gone = orjson.dumps({"name": "Old", "filter": {"and": [{"mood": {"eq": "x"}}]}, "order": []}).decode()
    await connections.get("default").execute_query(
        "UPDATE content SET body = $1 WHERE id = (SELECT definition_id FROM saved_view)", [gone]
    )

    (view,) = (await ada(VIEWS))["savedViews"]["nodes"]
    (error,) = (await ada.send(CASES, view=saved["id"]))["errors"]

    assert (view["name"], view["problem"]["path"]) == ("Old", ["filter", "and", "0", "mood"])
    assert error["extensions"]["code"] == "INVALID_FILTER"
    assert (await save(ada, id=saved["id"]))["view"]["problem"] is None


async def test_an_erased_view_has_no_name_and_lists_nothing(login: Login) -> None:
    ada = await login(await a_person("Ada"))
    saved = (await save(ada))["view"]

    await erase([(await SavedView.get()).definition_id], by=SYSTEM, reason="It named a person")

    (view,) = (await ada(VIEWS))["savedViews"]["nodes"]
    assert (view["name"], view["problem"]["path"]) == (None, [])
    (error,) = (await ada.send(CASES, view=saved["id"]))["errors"]
    assert error["extensions"]["code"] == "NOT_FOUND"


async def test_a_view_of_inquiries_needs_the_right_to_read_them(login: Login) -> None:
    rater = await login(await a_person("Rae", Role.RATER))

    assert (await save(rater, of="INQUIRY", filter={}, order=[]))["code"] == "FORBIDDEN"


@pytest.mark.parametrize(("of", "name"), [(ViewOf.CASE, "Case"), (ViewOf.INQUIRY, "Inquiry")])
def test_views_know_every_order_of_the_lists_they_are_used_as(of: ViewOf, name: str) -> None:
    assert ORDERS[of] == set(catalog_of(schema._schema).declaration(name).sorts)
