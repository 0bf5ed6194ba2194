"""What a selection is answered with."""

from tests.schema.reads.conftest import KEEPER, NORTHERNER, STRANGER, Ask, uid


async def test_every_scalar_is_written_as_the_contract_says(ask: Ask):
    data = await ask(
        """{ book(id: "BOOK-1") { id key state level title createdAt dueAt price length pages weight labels extra
             holderId mine shout start(letters: 3) } }"""
    )

    assert data["book"] == {
        "id": f"book_{uid(3, 1).hex}",
        "key": "BOOK-1",
        "state": "LENT",
        "level": "HARD",
        "title": "Title 01",
        "createdAt": "2026-01-01T00:00:00.000000Z",
        "dueAt": "2026-01-02T00:00:00.000000Z",
        "price": "3.00",
        "length": "PT1.5S",
        "pages": 10,
        "weight": 0.25,
        "labels": ["l1", "é\n"],
        "extra": {"a": [1, 2]},
        "holderId": f"member_{uid(2, 2).hex}",
        "mine": False,
        "shout": "TITLE 01",
        "start": "Tit",
    }
    assert list(data["book"])[:4] == ["id", "key", "state", "level"]
    assert b"\n" not in ask.text


async def test_a_row_is_found_by_its_id_and_by_its_key(ask: Ask):
    by_id = await ask("query ($id: ID!) { book(id: $id) { key } }", id=f"book_{uid(3, 2).hex}")
    by_key = await ask("query ($id: ID!) { book(id: $id) { key } }", id="BOOK-2")

    assert by_id == by_key == {"book": {"key": "BOOK-2"}}
    assert await ask('{ book(id: "BOOK-999") { key } }') == {"book": None}
    assert await ask.code('{ book(id: "member_1") { key } }') == "INVALID_ID"


async def test_aliases_fragments_merged_fields_and_directives_shape_the_answer(ask: Ask):
    document = """
        query ($no: Boolean!, $yes: Boolean!) {
          first: book(id: "BOOK-1") { ...Some holder { id @skip(if: $yes) } }
          second: book(id: "BOOK-2") { k: key, kk: key, __typename ... on Node { id } title @include(if: $no) }
        }
        fragment Some on Book { holder { name } ... @include(if: $yes) { holder { alias: name } state } }
    """

    data = await ask(document, no=False, yes=True)
    other = await ask(document, no=True, yes=False)

    ben = 'Ben "B" \\ \n O\'Hara'
    assert data["first"] == {"holder": {"name": ben, "alias": ben}, "state": "LENT"}
    assert data["second"] == {"k": "BOOK-2", "kk": "BOOK-2", "__typename": "Book", "id": f"book_{uid(3, 2).hex}"}
    assert other["first"] == {"holder": {"name": ben, "id": f"member_{uid(2, 2).hex}"}}
    assert other["second"]["title"] == "Title 02"


async def test_more_than_fifty_keys_fit_in_one_object(ask: Ask):
    keys = " ".join(f"k{n}: title" for n in range(120))

    data = await ask(f'{{ book(id: "BOOK-1") {{ {keys} }} }}')

    assert data["book"] == {f"k{n}": "Title 01" for n in range(120)}


async def test_one_statement_answers_one_entry_field_whatever_its_depth(ask: Ask):
    await ask(
        """{ a: books(first: 3) { nodes { holder { books { nodes { notes { nodes {
              author { name } book { key } } } } } }
             }
             totalCount { value } } b: book(id: "BOOK-1") { viewerCan { action } recent { id } } plain }"""
    )

    assert len(ask.statements) == 2


async def test_lists_references_and_counts_are_nested(ask: Ask):
    data = await ask('{ book(id: "BOOK-3") { noteCount recent { body author { name } } holder { name } } }', KEEPER)

    assert data["book"] == {
        "noteCount": 3,
        "recent": [
            {"body": "note 3.2", "author": {"name": "Ann"}},
            {"body": "note 3.1", "author": None},
            {"body": "note 3.0", "author": {"name": "Ann"}},
        ],
        "holder": {"name": "Ann"},
    }
    assert await ask('{ book(id: "BOOK-4") { noteCount recent { body } } }') == {"book": {"noteCount": 0, "recent": []}}


async def test_a_union_over_the_same_row_says_which_member_it_is(ask: Ask):
    document = """{ books(filter: {id: {in: ["book_%s", "book_%s", "book_%s"]}}, orderBy: [{field: PAGES}]) { nodes {
        whereabouts { __typename ... on OnShelf { since } ... on Lent { due holder { name } } ... on Lost { price } }
        shelf { since } } } }""" % tuple(uid(3, n).hex for n in (1, 2, 3))  # noqa: UP031

    nodes = (await ask(document))["books"]["nodes"]

    assert [node["whereabouts"]["__typename"] for node in nodes] == ["Lent", "Lost", "OnShelf"]
    assert nodes[0]["whereabouts"]["due"] == "2026-01-02T00:00:00.000000Z"
    assert nodes[1]["whereabouts"] == {"__typename": "Lost", "price": "6.00"}
    assert nodes[2]["shelf"]["since"] == nodes[2]["whereabouts"]["since"]


async def test_an_interface_over_one_table_leaves_out_kinds_without_a_member(ask: Ask):
    data = await ask(
        """{ happenings { totalCount { value } nodes { __typename id at ... on Bought { amount }
             ... on Borrowed { who { name } notable { action allowed } } } } }"""
    )

    assert data["happenings"]["totalCount"] == {"value": 2}
    bought, borrowed = data["happenings"]["nodes"]
    assert (bought["__typename"], bought["amount"]) == ("Bought", 12)
    assert borrowed == {
        "__typename": "Borrowed",
        "id": f"diary_{uid(5, 2).hex}",
        "at": "2026-01-02T00:00:00.000000Z",
        "who": {"name": "Ann"},
        "notable": [{"action": "praise", "allowed": True}],
    }


async def test_a_polymorphic_reference_reads_whatever_it_points_at(ask: Ask):
    data = await ask(
        """{ marks { place subject { __typename ... on Node { id } ... on Book { key viewerCan { action } }
             ... on Note { body } } } }"""
    )

    assert [mark["subject"] for mark in data["marks"]] == [
        {"__typename": "Book", "id": f"book_{uid(3, 1).hex}", "key": "BOOK-1", "viewerCan": [{"action": "lend"}]},
        {"__typename": "Note", "id": f"note_{uid(4, 10).hex}", "body": "note 1.0"},
        None,  # a secret book
    ]


async def test_anything_with_an_id_is_a_node(ask: Ask):
    ids = [f"member_{uid(2, 1).hex}", "BOOK-7", "BOOK-2", f"book_{uid(3, 999).hex}"]

    one = await ask('{ node(id: "BOOK-1") { __typename id ... on Book { title } } }')
    many = await ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Member { name } ... on Book { key } } }", ids=ids
    )

    assert one["node"] == {"__typename": "Book", "id": f"book_{uid(3, 1).hex}", "title": "Title 01"}
    assert many["nodes"] == [
        {"__typename": "Member", "name": "Ann"},
        None,
        {"__typename": "Book", "key": "BOOK-2"},
        None,
    ]
    assert len(ask.statements) == 1
    assert await ask.code('{ node(id: "cow_1") { id } }') == "INVALID_ID"


async def test_computed_fields_see_python_values_and_the_viewer(ask: Ask):
    data = await ask('{ book(id: "BOOK-3") { may: viewerCan { what: action allowed __typename askedAt } } }')
    other = await ask('{ book(id: "BOOK-3") { viewerCan { allowed } } }', KEEPER)

    assert data["book"]["may"] == [
        {"what": "lend", "allowed": True, "__typename": "Ability", "askedAt": "2026-01-01T01:00:00.000000Z"}
    ]
    assert other["book"]["viewerCan"] == [{"allowed": False}]


async def test_a_computed_field_that_refuses_is_an_error_with_its_path(ask: Ask):
    await ask._pool.execute("UPDATE book SET title = 'cursed' WHERE number = 8")

    answer = await ask.answer('{ a: book(id: "BOOK-8") { key viewerCan { action } } b: book(id: "BOOK-1") { key } }')

    await ask._pool.execute("UPDATE book SET title = NULL WHERE number = 8")
    assert answer["data"] == {"a": None, "b": {"key": "BOOK-1"}}
    assert answer["errors"][0]["path"] == ["a", "viewerCan"]
    assert answer["errors"][0]["extensions"]["code"] == "BOOK_IS_CURSED"


async def test_resolvers_return_reads_of_their_own(ask: Ask):
    data = await ask('{ mine { key } oldest { key } surely(id: "BOOK-2") { key } }', NORTHERNER)

    assert [book["key"] for book in data["mine"]] == ["BOOK-3", "BOOK-6", "BOOK-9", "BOOK-18", "BOOK-27"]
    assert data["oldest"] == {"key": "BOOK-1"}
    assert data["surely"] == {"key": "BOOK-2"}
    assert await ask.code('{ surely(id: "BOOK-2") { key } }', STRANGER) == "NULL_IN_ANSWER"


async def test_a_mutation_answers_with_a_read_inside_its_payload(ask: Ask):
    document = """mutation ($ok: Boolean!) { lend(id: "BOOK-1", ok: $ok) { __typename
        ... on LendSuccess { token book { state viewerCan { action } } }
        ... on LendRefused { code kept: book { key title } } } }"""

    yes = await ask(document, ok=True)
    no = await ask(document, ok=False)

    assert yes["lend"] == {
        "__typename": "LendSuccess",
        "token": "t",
        "book": {"state": "LENT", "viewerCan": [{"action": "lend"}]},
    }
    assert no["lend"] == {"__typename": "LendRefused", "code": "NO", "kept": {"key": "BOOK-1", "title": "Title 01"}}


async def test_a_statement_that_takes_too_long_is_stopped(ask: Ask):
    slow = '{ book(id: "BOOK-1") { sleepy } }'

    assert await ask.code(slow, seconds=0.05) == "READ_TIMED_OUT"
    assert (await ask('{ book(id: "BOOK-1") { key } }'))["book"]["key"] == "BOOK-1"
