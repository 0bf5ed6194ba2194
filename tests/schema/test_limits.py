"""Documents over the limits are refused in the time it takes to read them, however they are written."""

import pytest
from graphql import FieldNode, ValidationRule
from structlog.testing import capture_logs

from schema import schema
from schema.documents import Documents
from schema.limits import MAX_ALIASES, MAX_DEPTH

documents = Documents(schema._schema)


def said(text: str) -> str:
    return " ".join(error.message for error in documents.read(text).errors)


def spread_twice(levels: int, last: str) -> str:
    """Written out, 2 to the power of ``levels`` times what is last."""
    middle = (f"fragment F{n} on Query {{ ... {{ ...F{n + 1} }} ...F{n + 1} }}" for n in range(levels))
    return f"{{ ...F0 }} {' '.join(middle)} fragment F{levels} on Query {{ {last} }}"


def test_fragments_that_spread_each_other_twice_are_counted_once_each() -> None:
    assert said(spread_twice(90, "__typename")) == ""


def test_aliases_count_as_often_as_they_are_spread() -> None:
    assert f"At most {MAX_ALIASES} aliases; this has 64." in said(spread_twice(6, "x: __typename"))
    assert said(spread_twice(5, "x: __typename")) == ""


@pytest.mark.parametrize(("levels", "refused"), [(MAX_DEPTH - 1, False), (MAX_DEPTH + 1, True)])
def test_levels_are_counted_through_fragments(levels: int, *, refused: bool) -> None:
    inner = "id"
    for _ in range(levels // 2):
        inner = f"signals {{ case {{ {inner} }} }}"

    told = said(f'{{ case(id: "CASE-1") {{ ... {{ ...F }} }} }} fragment F on Case {{ {inner} }}')

    assert (f"At most {MAX_DEPTH} levels" in told) is refused


@pytest.mark.parametrize("text", ["{ ...Nothing }", "{ cases { nodes { ...Nothing } } }", "query A { ...F }"])
def test_a_fragment_that_is_not_there_is_said_to_be_missing(text: str) -> None:
    assert "Unknown fragment" in said(text)


def test_fragments_that_spread_themselves_are_refused() -> None:
    assert "within itself" in said("{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }")


@pytest.mark.parametrize("text", ["{}", "{ cases {} }", "{ ...F } fragment F on Query {}", "{ ... on Query {} }"])
def test_braces_with_nothing_in_them_are_refused(text: str) -> None:
    assert "Select at least one field" in said(text)


@pytest.mark.parametrize(
    "said_there", ["... @stream { __typename }", "... @stream(initialCount: -1) { __typename }", "__typename @stream"]
)
def test_a_directive_in_a_union_where_none_may_stand_is_the_documents_error(said_there: str) -> None:
    told = said(f'mutation {{ claimCase(input: {{id: "CASE-1", expectedVersion: null}}) {{ {said_there} }} }}')

    assert "Stream directive cannot be used on what is selected of a union" in told


def test_a_rule_that_fails_over_a_valid_document_refuses_it_and_is_logged() -> None:
    class Failing(ValidationRule):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            raise AttributeError(node.name.value)

    failing = Documents(schema._schema)
    failing._rules = (Failing,)

    with capture_logs() as lines:
        read = failing.read("{ __typename }")

    assert [line["event"] for line in lines] == ["rule_failed"]
    assert "cannot be told" in read.errors[0].message


def test_documents_hold_no_more_than_they_may_and_the_longest_unused_goes_first() -> None:
    bounded = Documents(schema._schema, characters=20_000)
    used = "{ viewer { id } }"

    for number in range(100):
        bounded.read(f"{{ {' '.join(f'k{number}x{n}: viewer {{ id }}' for n in range(25))} }}")
        bounded.read(used)

    assert used in bounded._kept
    assert 0 < bounded.characters == sum(len(text) + 1000 for text in bounded._kept) <= 20_000


@pytest.mark.parametrize("number", ["18446744073709551616", "-9223372036854775809", "1" * 5000, "1e999"])
@pytest.mark.parametrize("spec", ["{{n: {n}}}", "{{deep: [{{n: [{n}]}}]}}", "{n}"])
def test_a_number_that_json_of_ours_cannot_hold_is_refused(spec: str, number: str) -> None:
    given = f'{{key: "p", note: "n", spec: {spec.format(n=number)}}}'

    found = documents.read(f"mutation {{ publishSlaPolicy(input: {given}) {{ __typename }} }}")

    assert "INVALID_VALUE" in {(error.extensions or {}).get("code") for error in found.errors}


def test_the_largest_numbers_there_are_may_be_sent() -> None:
    spec = "{n: [18446744073709551615, -9223372036854775808, 1e308]}"

    assert said(f'mutation {{ publishSlaPolicy(input: {{key: "p", note: "n", spec: {spec}}}) {{ __typename }} }}') == ""
