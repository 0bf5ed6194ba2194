"""What the read path takes from strawberry and graphql-core without their promise: one test per hook."""

import functools
import inspect
from hashlib import sha256
from typing import Any

import asyncpg
import orjson
import pytest
from graphql import execute, parse
from graphql.execution.collect_fields import FieldDetails
from graphql.pyutils import Path
from strawberry.types.base import StrawberryOptional

from schema import reads
from schema.reads import hooks
from tests.schema.reads.conftest import KEEPER
from tests.schema.reads.library import Book, Context, Member, schema

TEXT = """query Name($yes: Boolean!, $letters: Int!) {
  a: book(id: "BOOK-1") { ... on Node { id } key @include(if: $yes) start(letters: $letters) ...More @skip(if: $yes) }
} fragment More on Book { title }"""


@pytest.fixture
def executor() -> Any:
    core = hooks.core_schema(schema)
    made = reads.Executor.build(core, parse(TEXT), raw_variable_values={"yes": True, "letters": 2})
    assert isinstance(made, reads.Executor)
    return made


def selected(executor: Any) -> Any:
    (book,) = executor.operation.selection_set.selections
    return [FieldDetails(book, None, None)]


def test_core_schema_is_the_graphql_core_schema():
    assert "Book" in hooks.core_schema(schema).type_map


def test_definition_of_and_origin_of_lead_from_a_graphql_type_to_its_class():
    types = hooks.core_schema(schema).type_map

    assert hooks.definition_of(types["Book"]).name == "Book"
    assert hooks.origin_of(types["Book"]) is Book
    assert hooks.origin_of(types["BookConnection"]) is reads.Connection
    assert hooks.definition_of(types["__Type"]) is None


def test_field_of_leads_from_a_graphql_field_to_its_declaration():
    field = hooks.field_of(hooks.core_schema(schema).type_map["Book"].fields["createdAt"])

    assert field is not None
    assert field.python_name == "created_at"


def test_listed_type_is_the_t_of_a_connection():
    fields = {field.python_name: field for field in Member.__strawberry_definition__.fields}

    assert hooks.listed_type(fields["books"].type) is Book
    assert hooks.listed_type(StrawberryOptional(fields["books"].type)) is Book


def test_subfields_merges_fragments_and_applies_directives(executor: Any):
    found = hooks.subfields(executor, executor.schema.type_map["Book"], selected(executor))

    assert list(found) == ["id", "key", "start"]


def test_root_fields_are_those_at_the_top_of_the_operation(executor: Any):
    assert list(hooks.root_fields(executor, executor.schema.query_type)) == ["a"]


def test_document_id_is_the_hash_of_the_text(executor: Any):
    assert hooks.document_id(executor) == f"sha256:{sha256(TEXT.encode()).hexdigest()}"


def test_is_async_tells_resolvers_that_have_to_be_awaited(executor: Any):
    fields = executor.schema.query_type.fields

    assert [hooks.is_async(fields[name]) for name in ("mine", "oldest", "books")] == [True, False, False]


def test_arguments_are_coerced_from_variables(executor: Any):
    book = executor.schema.type_map["Book"]
    (detail,) = hooks.subfields(executor, book, selected(executor))["start"]

    assert hooks.arguments(executor, book.fields["start"], detail) == {"letters": 2}


def test_document_key_is_the_text_and_the_name_of_the_operation(executor: Any):
    assert hooks.document_key(executor) == (sha256(TEXT.encode()).digest(), "Name")
    assert hooks.document_size(executor) == len(TEXT)


def test_shaping_variables_are_those_of_include_and_skip(executor: Any):
    assert hooks.shaping_variables(executor) == ("yes",)
    assert hooks.variable(executor, "yes") is True


def test_path_key_leaves_list_positions_out():
    path = Path(None, "a", "Query").add_key(0, None).add_key("b", "Book")

    assert hooks.path_key(path) == (("Book", "b"), ("Query", "a"))


async def test_complete_value_meets_a_read_and_passes_its_fragment_through(pool: asyncpg.Pool):
    context = Context(KEEPER, pool)

    answer = await schema.execute('{ book(id: "BOOK-1") { key } }', context_value=context)

    assert isinstance(answer.data["book"], orjson.Fragment)
    assert reads.encode(answer.data) == b'{"book":{"key":"BOOK-1"}}'
    assert reads.encode_text(answer.data) == '{"book":{"key":"BOOK-1"}}'


async def test_handed_over_completes_a_field_without_asking_its_resolver_or_coercing_its_arguments(pool: asyncpg.Pool):
    class Handing(reads.Executor):
        def execute_field(self, parent_type: Any, _: Any, details: Any, path: Path, __: Any) -> Any:
            field, read = parent_type.fields["book"], reads.select(Book).one("BOOK-2")
            assert not hooks.has_middleware(self)
            return hooks.handed_over(self, parent_type, field, details, path, read)

    found = execute(
        hooks.core_schema(schema),
        parse('{ book(id: "BOOK-1") { key } }'),
        context_value=Context(KEEPER, pool),
        executor_class=Handing,
    )

    assert inspect.isawaitable(found)
    answer = await found
    assert reads.encode(answer.data) == b'{"book":{"key":"BOOK-2"}}'


def test_has_middleware_tells_whether_extensions_stand_around_resolvers():
    built = functools.partial(reads.Executor.build, hooks.core_schema(schema), parse("{ book { id } }"))

    assert [hooks.has_middleware(built(middleware=each)) for each in (None, [], [print])] == [False, False, True]


async def test_an_argument_that_only_its_variables_spoil_is_an_error_of_its_list(pool: asyncpg.Pool):
    document = "query Q($by: BookOrderField = TITLE) { books(orderBy: [{field: $by}]) { nodes { key } } }"

    answer = await schema.execute(document, {"by": None}, Context(KEEPER, pool))

    assert answer.errors
    assert [error.path for error in answer.errors] == [["books"]]


async def test_a_subscription_answers_each_event_with_a_read(pool: asyncpg.Pool):
    context = Context(KEEPER, pool)

    events = await schema.subscribe('subscription { lent(keys: ["BOOK-1", "BOOK-2"]) { key } }', context_value=context)

    found = [orjson.loads(orjson.dumps(event.data)) async for event in events]
    assert found == [{"lent": {"key": "BOOK-1"}}, {"lent": {"key": "BOOK-2"}}]
