"""The contract as a whole: committed, described, addressable."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    find_breaking_changes,
    get_named_type,
)

import schema as contract
from schema import reads

COMMITTED = Path(__file__).parents[2] / "schema.graphql"


def test_the_committed_contract_is_the_one_the_code_serves() -> None:
    assert COMMITTED.read_text() == contract.sdl(), "Run: caseward schema > schema.graphql"


def test_nothing_in_the_committed_contract_is_broken() -> None:
    served = build_schema(contract.sdl())

    assert find_breaking_changes(build_schema(COMMITTED.read_text()), served) == []


def test_every_read_says_where_its_values_come_from() -> None:
    reads.verify(contract.schema)


def undescribed() -> list[str]:
    found = []
    for name, of in build_schema(contract.sdl()).type_map.items():
        if name.startswith("__") or name in {"String", "Int", "Float", "Boolean", "ID"}:
            continue
        found += [name] * (not of.description)
        if isinstance(of, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in of.fields.items():
                found += [f"{name}.{field_name}"] * (not field.description)
                found += [f"{name}.{field_name}({key})" for key, arg in field.args.items() if not arg.description]
        elif isinstance(of, GraphQLInputObjectType):
            found += [f"{name}.{key}" for key, field in of.fields.items() if not field.description]
        elif isinstance(of, GraphQLEnumType):
            found += [f"{name}.{key}" for key, value in of.values.items() if not value.description]
    return found


def test_every_version_read_is_taken_as_what_versions_are() -> None:
    inputs = (of for of in build_schema(contract.sdl()).type_map.values() if isinstance(of, GraphQLInputObjectType))
    found = {of.name: str(of.fields["expectedVersion"].type) for of in inputs if "expectedVersion" in of.fields}

    assert set(found.values()) == {"Long"}, found


def test_everything_is_described() -> None:
    assert undescribed() == []


def test_every_mutation_takes_one_input_names_its_permission_and_answers_with_problems() -> None:
    made = build_schema(contract.sdl())
    mutations = made.mutation_type
    assert mutations is not None

    for name, field in mutations.fields.items():
        members = {member.name for member in made.get_possible_types(made.type_map[get_named_type(field.type).name])}  # type: ignore[arg-type]
        assert list(field.args) == ["input"], name
        assert "permission" in (field.description or ""), name
        assert {"ValidationFailed", "NotFound", "Forbidden", "VersionConflict", "Refused"} < members, name
        assert f"{name[0].upper()}{name[1:]}Success" in members, name


@pytest.mark.parametrize("name", ["Query", "Mutation", "Subscription"])
def test_nothing_internal_is_told(name: str) -> None:
    assert not {"payload", "hash", "prevHash", "digest"} & set(build_schema(contract.sdl()).type_map[name].fields)  # type: ignore[attr-defined]
