"""One bad value at a time, in every place a client can put one: refused with a code, never an error of ours."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_non_null_type,
)

import schema as contract
from domain.core.actor import Actor
from domain.people.roles import Role
from tests.api.conftest import Client
from tests.builders import a_person, a_queue, a_team

Login = Callable[[Actor], Awaitable[Client]]
Path = tuple[str, ...]
SERVED = build_schema(contract.sdl())
LONG = "x" * 10_000
NUL = "a\x00b"
BAD: dict[str, list[Any]] = {
    "String": [NUL, LONG, ""],
    "ID": [NUL, LONG, "", "CASE-999999999999999999", "case_" + "f" * 32],
    "DateTime": ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "9899-12-31T00:00:00Z", "tomorrow"],
    "Duration": ["P999999D", "PT0S", "PT99999999999S", "-P1D"],
    "Long": [2**62, -(2**62), 2**63, 1.5],
    "Int": [2**31 - 1, -(2**31), 2**31],
    "Float": [1e308, -1.0],
    "JSON": [{}, [], LONG, {"key": NUL}, {"tz": LONG}, {"steps": 2**62}],
}
SAMPLES: dict[str, Any] = {
    "reason": "DUPLICATE", "reasonCode": "SCAM", "resolution": "ANSWERED", "channel": "web", "text": "Words.",
    "reasoning": "Because.", "title": "A title", "note": "A note", "key": "live", "policyKey": "live",
    "scheduleKey": "live", "schedule": "live", "address": "a@example.org", "from": "2026-01-01T00:00:00Z",
    "to": "2026-02-01T00:00:00Z", "startsAt": "2031-01-01T00:00:00Z", "endsAt": "2031-02-01T00:00:00Z",
    "spec": {"tz": "UTC", "layers": []}, "expectedVersion": None, "assigneeId": None, "seenStep": 0,
}  # fmt: skip
DATA: dict[str, Any] = {
    "String": "x", "ID": "x", "Boolean": True, "Long": 1, "Int": 1, "Float": 1.0, "JSON": {},
    "DateTime": "2031-01-01T00:00:00Z", "Duration": "PT1H",
}  # fmt: skip
MOST = 600
OURS = frozenset({"INTERNAL", "NULL_IN_ANSWER"})
numbers = itertools.count(1)


def sample(name: str, of: GraphQLInputType) -> Any:
    """A value that may do."""
    kind = get_nullable_type(of)
    if isinstance(kind, GraphQLList):
        return []
    if isinstance(kind, GraphQLInputObjectType):
        return {key: sample(key, field.type) for key, field in kind.fields.items() if needed(key, field.type)}
    if name in {"externalRef", "externalId", "dedupeKey"}:
        return f"{name}-{next(numbers)}"
    named = get_named_type(of)
    values = getattr(named, "values", None)
    return SAMPLES[name] if name in SAMPLES else next(iter(values)) if values else DATA[named.name]


def needed(name: str, of: GraphQLInputType) -> bool:
    return is_non_null_type(of) or name == "expectedVersion"


def places(of: GraphQLInputObjectType, at: Path = (), *, within: int = 0) -> Iterator[tuple[Path, str]]:
    """Every leaf of an input with its scalar. Filters inside a filter, which hold each other without end, are gone into
    ``within`` times: and, or, not and those of what belongs to a row."""
    for key, field in of.fields.items():
        named = get_named_type(field.type)
        if isinstance(named, GraphQLInputObjectType):
            nests = of.name.endswith("Filter") and named.name.endswith("Filter")
            if (nests and within) or not (nests or isinstance(get_nullable_type(field.type), GraphQLList)):
                yield from places(named, (*at, key), within=within - nests)
        elif is_leaf_type(named) and named.name in BAD:
            yield (*at, key), named.name


def with_value(of: GraphQLInputObjectType, base: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    head, *rest = path
    kind = get_nullable_type(of.fields[head].type)
    if not rest:
        return base | {head: [value] if isinstance(kind, GraphQLList) else value}
    if isinstance(kind, GraphQLList):
        inner = get_named_type(kind)
        assert isinstance(inner, GraphQLInputObjectType)
        return base | {head: [with_value(inner, {}, tuple(rest), value)]}
    assert isinstance(kind, GraphQLInputObjectType)
    return base | {head: with_value(kind, base.get(head) or sample(head, kind), tuple(rest), value)}


def codes(answer: Any) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", ())]


@pytest.fixture
async def admin(login: Login) -> Client:
    """May do everything, in a desk where there is one of everything."""
    team = await a_team()
    await a_queue(team=team.id)
    return await login(await a_person("Ad", *Role, team=team.id, lead=True))


async def a_target(admin: Client, name: str) -> str:
    """The key of something fresh that this mutation is about."""
    if name.endswith("Inquiry") or name == "receiveMessage":
        filed = await admin.send(
            "mutation($input: FileInquiryInput!) { fileInquiry(input: $input) {"
            " ... on FileInquirySuccess { inquiry { key } } } }",
            input=sample("input", SERVED.type_map["FileInquiryInput"]),  # type: ignore[arg-type]
        )
        return str(filed["data"]["fileInquiry"]["inquiry"]["key"])
    opened = await admin(
        'mutation { openCase(input: {title: "A case", kind: REACTIVE}) { ... on OpenCaseSuccess { case { key } } } }'
    )
    key = str(opened["openCase"]["case"]["key"])
    if name not in {"claimCase", "resumeCase", "reopenCase"}:
        await admin(f'mutation {{ claimCase(input: {{id: "{key}", expectedVersion: null}}) {{ __typename }} }}')
    return key


async def tried(admin: Client, query: str, given: dict[str, Any]) -> list[str]:
    return codes(await admin.send(query, **given))


async def every_mistake(admin: Client) -> list[tuple[str, Path, Any, str, dict[str, Any]]]:
    """Each mutation, place and bad value with the request that holds it."""
    assert SERVED.mutation_type is not None
    found = []
    for name, field in SERVED.mutation_type.fields.items():
        of = get_named_type(field.args["input"].type)
        assert isinstance(of, GraphQLInputObjectType)
        query = f"mutation($input: {of.name}!) {{ {name}(input: $input) {{ __typename }} }}"
        target = await a_target(admin, name)
        for path, scalar in places(of):
            for value in BAD[scalar]:
                base = sample("input", of) | ({"id": target} if "id" in of.fields else {})
                found.append((name, path, value, query, {"input": with_value(of, base, path, value)}))
    return found


async def test_no_value_in_any_input_is_an_error_of_ours(admin: Client) -> None:
    mistakes = await every_mistake(admin)
    slots = asyncio.Semaphore(6)

    async def is_ours(query: str, given: dict[str, Any]) -> bool:
        async with slots:
            return not OURS.isdisjoint(await tried(admin, query, given))

    ours = await asyncio.gather(*(is_ours(query, given) for _, _, _, query, given in mistakes))

    assert len(mistakes) > 400
    assert [(m[0], m[1], str(m[2])[:30]) for m, wrong in zip(mistakes, ours, strict=True) if wrong] == []


async def test_no_argument_of_a_query_is_an_error_of_ours(admin: Client) -> None:
    assert SERVED.query_type is not None
    wrong = []
    for name, field in SERVED.query_type.fields.items():
        base = {key: sample(key, arg.type) for key, arg in field.args.items() if is_non_null_type(arg.type)}
        told = ", ".join(f"${key}: {arg.type}" for key, arg in field.args.items())
        passed = ", ".join(f"{key}: ${key}" for key in field.args)
        inside = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
        query = f"query({told}) {{ {name}({passed}){inside} }}" if told else ""
        for key, arg in field.args.items():
            for value in BAD.get(get_named_type(arg.type).name, ()):
                many = isinstance(get_nullable_type(arg.type), GraphQLList)
                given = base | {key: [value] if many else value}
                if not OURS.isdisjoint(await tried(admin, query, given)):
                    wrong.append((name, key, str(value)[:20]))

    assert wrong == []


def nested_mistakes() -> list[tuple[str, Path, Any, str, dict[str, Any]]]:
    """Each query with a filter, each place two filters deep, and one of the bad values in turn."""
    assert SERVED.query_type is not None
    found = []
    for name, field in SERVED.query_type.fields.items():
        of = get_named_type(field.args["filter"].type) if "filter" in field.args else None
        if not isinstance(of, GraphQLInputObjectType):
            continue
        needs = {key: arg for key, arg in field.args.items() if is_non_null_type(arg.type)} | {
            "filter": field.args["filter"]
        }
        told = ", ".join(f"${key}: {arg.type}" for key, arg in needs.items())
        query = f"query({told}) {{ {name}({', '.join(f'{key}: ${key}' for key in needs)}) {{ __typename }} }}"
        given = {key: sample(key, arg.type) for key, arg in needs.items() if key != "filter"}
        for number, (path, scalar) in enumerate(places(of, within=2)):
            if len(path) > 3:
                value = BAD[scalar][number % len(BAD[scalar])]
                found.append((name, path, value, query, given | {"filter": with_value(of, {}, path, value)}))
    return found


async def test_no_value_in_a_filter_within_a_filter_is_an_error_of_ours(admin: Client) -> None:
    mistakes = nested_mistakes()
    # what is left out stands in other lists, or two places further on with another value
    tried_ones = mistakes[:: max(1, len(mistakes) // MOST)]
    slots = asyncio.Semaphore(6)

    async def is_ours(query: str, given: dict[str, Any]) -> bool:
        async with slots:
            return not OURS.isdisjoint(await tried(admin, query, given))

    ours = await asyncio.gather(*(is_ours(query, given) for _, _, _, query, given in tried_ones))

    assert len(tried_ones) >= MOST
    assert {path[0] for _, path, *_ in tried_ones} >= {"and", "or", "not"}
    assert [(m[0], m[1], str(m[2])[:30]) for m, wrong in zip(tried_ones, ours, strict=True) if wrong] == []
