"""Things by their ids: each in its place, and what is no id is the error of its place alone."""

from tests.schema.reads.conftest import Ask, uid


async def test_of_several_ids_the_one_that_is_none_is_null_with_its_error(ask: Ask):
    ids = ["BOOK-1", "nonsense", f"cow_{uid(3, 1).hex}", "BOOK-2", "BOOK-", f"book_{'z' * 32}", "diary_7"]

    answer = await ask.answer("query($ids: [ID!]!) { n: nodes(ids: $ids) { id ... on Book { key } } }", ids=ids)
    only = await ask.answer('{ nodes(ids: ["x"]) { id } }')

    assert [each and each["key"] for each in answer["data"]["n"]] == ["BOOK-1", None, None, "BOOK-2", None, None, None]
    told = [(each["path"], each["extensions"]["code"]) for each in answer["errors"]]
    assert told == [(["n", place], "INVALID_ID") for place in (1, 2, 4, 5, 6)]
    assert "nonsense" in answer["errors"][0]["message"]
    assert (only["data"], only["errors"][0]["path"]) == ({"nodes": [None]}, ["nodes", 0])
    assert await ask.code('{ node(id: "nonsense") { id } }') == "INVALID_ID"
