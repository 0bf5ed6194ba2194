"""Pages, orders, filters and counts."""

from typing import Any

import pytest

from schema.reads.execution import PLANS
from tests.schema.reads.conftest import KEEPER, NORTHERNER, STRANGER, Ask
from tests.schema.reads.library import Reader

PAGE = """query ($first: Int, $after: String, $last: Int, $before: String, $filter: BookFilter, $order: [BookOrder!]) {
  books(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $order) {
    nodes { key } edges { cursor node { key } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount { value relation } } }"""
ORDERS: list[list[dict[str, str]]] = [
    [],
    [{"field": "CREATED_AT"}],
    [{"field": "CREATED_AT", "direction": "DESC"}],
    [{"field": "DUE_AT"}],
    [{"field": "DUE_AT", "direction": "DESC"}],
    [{"field": "DUE_AT", "direction": "DESC", "nulls": "LAST"}],
    [{"field": "TITLE", "nulls": "FIRST"}, {"field": "LEVEL", "direction": "DESC"}],
    [{"field": "LEVEL"}, {"field": "DUE_AT", "direction": "DESC"}, {"field": "PAGES"}],
]


def keys(page: dict[str, Any]) -> list[str]:
    assert [edge["node"] for edge in page["edges"]] == page["nodes"]
    return [node["key"] for node in page["nodes"]]


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_pages_joined_together_are_the_whole_list_in_both_directions(ask: Ask, order: list[dict[str, str]]):
    whole = keys((await ask(PAGE, KEEPER, first=200, order=order))["books"])

    forward: list[str] = []
    page = {"pageInfo": {"endCursor": None, "hasNextPage": True}}
    while page["pageInfo"]["hasNextPage"]:
        page = (await ask(PAGE, KEEPER, first=7, after=page["pageInfo"]["endCursor"], order=order))["books"]
        forward += keys(page)
    backward: list[str] = []
    page = {"pageInfo": {"startCursor": None, "hasPreviousPage": True}}
    while page["pageInfo"]["hasPreviousPage"]:
        page = (await ask(PAGE, KEEPER, last=7, before=page["pageInfo"]["startCursor"], order=order))["books"]
        backward = keys(page) + backward

    assert len(whole) == len(set(whole)) == 30
    assert forward == whole
    assert backward == whole


async def test_a_page_has_25_items_unless_said_and_never_more_than_200(ask: Ask):
    page = (await ask(PAGE, KEEPER))["books"]

    assert len(page["nodes"]) == 25
    assert page["pageInfo"]["hasNextPage"]
    assert not page["pageInfo"]["hasPreviousPage"]
    assert page["totalCount"] == {"value": 30, "relation": "EXACT"}
    assert keys((await ask(PAGE, KEEPER, first=0))["books"]) == []
    for wrong in ({"first": 201}, {"first": -1}, {"first": 1, "last": 1}, {"last": 1, "after": "x"}):
        assert await ask.code(PAGE, KEEPER, **wrong) == "INVALID_PAGE"


async def test_a_cursor_of_another_order_filter_or_hand_is_refused(ask: Ask):
    cursor = (await ask(PAGE, KEEPER, first=2))["books"]["pageInfo"]["endCursor"]

    assert await ask.code(PAGE, KEEPER, after=cursor, order=[{"field": "PAGES"}]) == "INVALID_CURSOR"
    assert await ask.code(PAGE, KEEPER, after=cursor, filter={"pages": {"gt": 1}}) == "INVALID_CURSOR"
    assert await ask.code(PAGE, KEEPER, after=cursor[:-4] + "AAAA") == "INVALID_CURSOR"
    for wrong in ("", "x", "é", "'; DROP TABLE book; --", "A" * 300):
        assert await ask.code(PAGE, KEEPER, after=wrong) == "INVALID_CURSOR"


@pytest.mark.parametrize(
    ("matching", "expected"),
    [
        ({"state": {"in": ["SHELF"]}, "pages": {"lte": 100}}, {3, 6, 9}),
        ({"level": {"eq": "HARD"}, "pages": {"lt": 60}}, {1, 3, 5}),
        ({"title": {"isNull": True}}, {4, 8, 12, 16, 20, 24, 28}),
        ({"not": {"title": {"contains": "Title"}}}, {4, 8, 12, 16, 20, 24, 28}),
        ({"title": {"startsWith": "Title 0"}, "or": [{"pages": {"eq": 10}}, {"pages": {"eq": 20}}]}, {1, 2}),
        ({"notes": {"some": {"body": {"contains": "note 3."}}}}, {3}),
        ({"notes": {"none": {}}, "pages": {"lt": 90}}, {4, 8}),
        ({"holder": {"name": {"startsWith": "Be"}}, "pages": {"lt": 80}}, {1, 4, 7}),
        ({"createdAt": {"gte": "2026-01-01T15:00:00+00:00"}}, {30}),
        ({"createdAt": {"gte": "-P1D"}, "dueAt": {"lt": "P1D"}}, set()),
        ({"length": {"eq": "PT3S"}}, {2}),
        ({"price": {"gte": "87.00"}}, {29, 30}),
        ({"weight": {"eq": 0.25}}, {1}),
        ({"and": []}, set(range(1, 31))),
        ({"or": []}, set()),
        ({"id": {"nin": []}, "pages": {"gt": 290}}, {30}),
    ],
    ids=str,
)
async def test_filters_choose_rows(ask: Ask, matching: dict[str, Any], expected: set[int]):
    page = (await ask(PAGE, KEEPER, first=200, filter=matching))["books"]

    assert {int(key.removeprefix("BOOK-")) for key in keys(page)} == expected
    assert page["totalCount"]["value"] == len(expected)


async def test_a_wrong_filter_names_the_field(ask: Ask):
    answer = await ask.answer(PAGE, KEEPER, filter={"not": {"createdAt": {"gt": "yesterday"}}})

    (error,) = answer["errors"]
    at = ["filter", "not", "createdAt", "gt"]
    assert error["extensions"] == {"code": "INVALID_FILTER", "retryable": False, "argumentPath": at}


@pytest.mark.parametrize("hostile", ["'; DROP TABLE book; --", "$1", "{row}", "\\", "%s", '"', "a' OR 'a'='a"])
async def test_hostile_words_are_only_ever_values(ask: Ask, hostile: str):
    page = (await ask(PAGE, KEEPER, filter={"title": {"contains": hostile}}))["books"]

    assert page["nodes"] == []
    assert hostile not in ask.statements[0] or hostile in {"$1", "\\", '"'}


async def test_what_a_viewer_may_not_see_is_nowhere(ask: Ask):
    nothing = (await ask(PAGE, STRANGER, first=200))["books"]
    some = (await ask(PAGE, first=200))["books"]
    through = await ask("{ members { nodes { name email books(first: 200) { totalCount { value } nodes { key } } } } }")
    notes = await ask(
        '{ book(id: "BOOK-3") { noteCount recent { body } notes { totalCount { value } nodes { body } } } }'
    )
    by_hidden = (await ask(PAGE, filter={"notes": {"some": {"body": {"contains": ".2"}}}}))["books"]

    visible = {n for n in range(1, 31) if n % 5 and n % 7}
    assert (nothing["nodes"], nothing["totalCount"]["value"]) == ([], 0)
    assert {int(key.removeprefix("BOOK-")) for key in keys(some)} == visible
    assert some["totalCount"]["value"] == len(visible)
    for member in through["members"]["nodes"]:
        assert {int(node["key"].removeprefix("BOOK-")) for node in member["books"]["nodes"]} <= visible
        assert member["books"]["totalCount"]["value"] == len(member["books"]["nodes"])
    assert [member["email"] for member in through["members"]["nodes"]] == ["ann@example.org", None]
    assert notes["book"]["noteCount"] == notes["book"]["notes"]["totalCount"]["value"] == 2
    assert [note["body"] for note in notes["book"]["recent"]] == ["note 3.1", "note 3.0"]
    assert by_hidden["nodes"] == []


async def test_a_hidden_value_counts_as_absent_in_filters(ask: Ask):
    document = "query ($filter: MemberFilter) { members(filter: $filter) { nodes { name } } }"
    anns = {"email": {"eq": "ann@example.org"}}

    async def names(viewer: Reader, matching: dict[str, Any]) -> list[str]:
        return [member["name"] for member in (await ask(document, viewer, filter=matching))["members"]["nodes"]]

    assert await names(KEEPER, anns) == ["Ann"]
    assert await names(NORTHERNER, anns) == ["Ann"]  # it is hers
    assert await names(STRANGER, anns) == []
    assert len(await names(STRANGER, {"not": anns})) == len(await names(STRANGER, {"email": {"isNull": True}})) == 2


async def test_one_document_serves_every_viewer_page_and_filter_value_from_one_statement(ask: Ask):
    texts = set()
    for viewer, first, least in ((KEEPER, 3, 10), (STRANGER, 4, 20), (KEEPER, 5, 30)):
        await ask(PAGE, viewer, first=first, filter={"pages": {"gte": least}})
        texts |= set(ask.statements)

    assert len(texts) == 1


async def test_a_warm_request_compiles_nothing(ask: Ask):
    document = "query Warm($yes: Boolean!) { books(first: 2) { nodes { key title @include(if: $yes) } } }"
    await ask(document, yes=True)
    await ask(document, yes=False)
    plans = dict(PLANS.kept)
    written = {key: dict(plan.statements) for key, plan in plans.items()}

    with_title = await ask(document, STRANGER, yes=True)
    without = await ask(document, KEEPER, yes=False)

    assert with_title == {"books": {"nodes": []}}
    assert list(without["books"]["nodes"][0]) == ["key"]
    assert dict(PLANS.kept) == plans
    assert {key: dict(plan.statements) for key, plan in plans.items()} == written
