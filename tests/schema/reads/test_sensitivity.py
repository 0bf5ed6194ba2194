"""Whatever sensitive was shown is told beside the answer, and nothing else is; what cannot be noted is not shown."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from domain.core import predicates as p
from domain.core.errors import Refused
from schema import reads
from schema.scalars import SCALARS
from tests.schema.reads.conftest import KEEPER, uid
from tests.schema.reads.library import Context

FILE = p.Entity(
    "file", table="file", fields=[p.ident("id", prefix="file"), p.integer("place"), p.flag("grave", nullable=True)]
)
PAGE = p.Entity(
    "page", table="page", fields=[p.ident("id", prefix="page")],
    relations=[p.to_one("file", lambda: FILE, column="file_id")],
)  # fmt: skip
GRAVE = FILE["grave"].eq(True)


@reads.entity(
    "page", prefix="page", filters=PAGE, visible=p.EVERYONE, order="id", sorts=(),
    sensitive=reads.sensitive(PAGE.related("file").that(GRAVE), of="file", id="{row}.file_id"),
)  # fmt: skip
class Page(reads.Node):
    """A page of a file."""

    words: str = reads.column(description="What it says.")


@reads.entity(
    "file", prefix="file", filters=FILE, visible=FILE["place"].lt(9), sorts=("place",), order="place",
    sensitive=reads.sensitive(GRAVE),
)  # fmt: skip
class File(reads.Node):
    """A file that may be grave."""

    place: int = reads.column(description="Which.")
    pages: reads.Connection[Page] = reads.connection("file_id", order="id", description="Its pages.")
    next: "File | None" = reads.reference(on="{row}.place = {parent}.place + 1", description="The one after it.")


@strawberry.type
class Query:
    files: reads.Connection[File] = reads.root_connection(File, description="All files.")
    file: File | None = reads.root_one(File, description="One file.")
    page: Page | None = reads.root_one(Page, description="One page.")
    nodes: list[reads.Node | None] = reads.root_nodes(description="Any things.")


schema = strawberry.Schema(Query, execution_context_class=reads.Executor, config=StrawberryConfig(scalar_map=SCALARS))


@pytest.fixture(scope="module")
async def filed(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Pool]:
    """Files 1 to 10; the even ones are grave, of 9 nobody said; each has two pages; 9 and 10 are invisible."""
    await pool.execute("CREATE TABLE file (id uuid PRIMARY KEY, place bigint NOT NULL, grave boolean)")
    await pool.execute("CREATE TABLE page (id uuid PRIMARY KEY, file_id uuid NOT NULL, words text NOT NULL)")
    for n in range(1, 11):
        await pool.execute("INSERT INTO file VALUES ($1, $2, $3)", uid(7, n), n, None if n == 9 else n % 2 == 0)
        for k in (0, 1):
            await pool.execute("INSERT INTO page VALUES ($1, $2, 'w')", uid(8, n * 10 + k), uid(7, n))
    yield pool
    await pool.execute("DROP TABLE page; DROP TABLE file")


class Book:
    """Who was shown what, as it was noted."""

    def __init__(self) -> None:
        self.lines: list[tuple[list[reads.Seen], str]] = []

    async def __call__(self, seen: Sequence[reads.Seen], document: str) -> None:
        self.lines.append((list(seen), document))

    @property
    def files(self) -> list[list[int]]:
        for seen, _ in self.lines:
            assert {each.prefix for each in seen} == {"file"}
        return [sorted(each.id.int & 0xFF for each in seen) for seen, _ in self.lines]


async def shown(pool: asyncpg.Pool, document: str, **variables: Any) -> list[list[int]]:
    """The numbers of the files each statement noted."""
    book = Book()
    context = Context(KEEPER, pool, watch=reads.Watch(noted=book))
    answer = await schema.execute(document, variable_values=variables, context_value=context)
    assert answer.errors is None
    assert len(context.statements) >= len(book.lines)
    return book.files


@pytest.mark.parametrize(
    ("document", "files"),
    [
        ("{ files { nodes { place } } }", [[2, 4, 6, 8]]),
        ("{ files(first: 3) { nodes { place } } }", [[2]]),
        ("{ files(last: 3) { edges { node { id } } } }", [[6, 8]]),
        ("{ files(first: 2) { nodes { id } edges { node { id } } } }", [[2]]),
        ("{ files(filter: {place: {eq: 4}}) { nodes { place } } }", [[4]]),
        ("{ files(filter: {place: {eq: 3}}) { nodes { place } } }", []),
        ("{ files(filter: {place: {eq: 3}}) { nodes { next { place } } } }", [[4]]),
        ("{ files { totalCount { value } pageInfo { endCursor } } }", []),
        ("{ files(first: 2) { nodes { pages { nodes { words } } } } }", [[2]]),
        ("{ a: files(first: 2) { nodes { id } } b: files(first: 1) { nodes { id } } }", [[2]]),
    ],
)
async def test_exactly_what_was_shown_is_noted(filed: asyncpg.Pool, document: str, files: list[list[int]]):
    assert await shown(filed, document) == files


async def test_what_belongs_to_a_sensitive_thing_is_noted_as_that_thing(filed: asyncpg.Pool):
    document = "query ($id: ID!) { page(id: $id) { words } }"

    grave = await shown(filed, document, id=f"page_{uid(8, 20).hex}")
    light = await shown(filed, document, id=f"page_{uid(8, 10).hex}")

    assert (grave, light) == ([[2]], [])


async def test_nodes_are_noted_and_hidden_ones_are_not(filed: asyncpg.Pool):
    ids = [f"file_{uid(7, n).hex}" for n in (1, 2, 10)] + [f"page_{uid(8, 41).hex}"]

    assert await shown(filed, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids) == [[2, 4]]


async def test_a_connection_forgets_what_the_request_before_it_was_shown(filed: asyncpg.Pool):
    for _ in range(8):
        assert await shown(filed, "{ files(first: 2) { nodes { place } } }") == [[2]]
        assert await shown(filed, "{ files(first: 1) { nodes { place } } }") == []


async def test_what_cannot_be_noted_is_not_shown(filed: asyncpg.Pool):
    class Torn(Refused):
        """The page for notes is torn."""

        code = "TORN"

    async def torn(_seen: Sequence[reads.Seen], _document: str) -> None:
        raise Torn("Nothing can be noted.")

    document = "{ a: files(first: 2) { nodes { place } } b: files(first: 1) { nodes { place } } }"
    refused = await schema.execute(document, context_value=Context(KEEPER, filed, watch=reads.Watch(noted=torn)))
    unheard = await schema.execute(document, context_value=Context(KEEPER, filed))

    assert refused.data is None
    assert [error.extensions["code"] for error in refused.errors] == ["TORN"]
    assert unheard.data is None
    assert "nobody writes down" in unheard.errors[0].message


async def test_a_dry_run_and_an_explanation_note_what_is_shown_and_no_more(filed: asyncpg.Pool):
    book = Book()
    watch = reads.Watch(noted=book, explain=True)

    await schema.execute("{ files(first: 2) { nodes { id } } }", context_value=Context(KEEPER, filed, watch=watch))

    assert book.files == [[2]]
    assert "set_config" in watch.told[0].sql
