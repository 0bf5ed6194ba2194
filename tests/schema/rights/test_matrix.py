"""Every mutation, asked by every role, in every circumstance: done, or refused with its code and nothing changed.

What is expected follows from what is declared: the permission a mutation names, the permissions of a role, and the
situations of `world`. A mutation without a situation here fails the run.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import asyncpg
import pytest
from graphql import is_required_input_field

from caseward.reference.rights import by_persons, needs
from caseward.stack import Stack
from domain.core.actor import Actor
from domain.core.ids import new_id
from domain.core.transaction import flush
from domain.people.roles import PERMISSIONS, Role
from integrations.postgres import connected
from tests.conftest import url_of
from tests.schema.rights.asking import asked, everything, input_of, least, taken_back
from tests.schema.rights.rare import OF_HIDDEN, RARE, WRONG
from tests.schema.rights.world import ORDINARY, PROGRAMS, Make, World, a_world, on

NEEDS = needs()
OWN = {"addContactMethod", "disableContactMethod"}
"""Mutations about one's own things; their cells are tests of their own below."""

DONE = {**ORDINARY, **RARE}
"""For every mutation the situation in which it is done."""

OF_A_CASE = {
    "claimCase", "extendLease", "releaseCase", "assignCase", "prioritizeCase", "holdCase", "resumeCase",
    "escalateCase", "queueCase", "commentOnCase", "resolveCase", "reopenCase", "cancelCase", "saveDraft", "decideCase",
    "addEvidence",
}  # fmt: skip
HELD = {"claimCase", "releaseCase", "holdCase", "escalateCase", "queueCase", "decideCase", "saveDraft"}
"""What only the holder of a living lease does."""

OVER = {
    "claimCase", "releaseCase", "assignCase", "holdCase", "resumeCase", "escalateCase", "queueCase", "resolveCase",
    "reopenCase", "cancelCase", "decideCase", "addEvidence",
}  # fmt: skip
TIMERS_FIRST = {"acknowledgePage", "resolvePage"}
"""What takes a page's timers before the page, as they fire: only its transaction's end takes that back."""

PERSONS = {"claimCase", "acknowledgePage"}
"""What a program is refused before anything is looked at."""

VERSIONED = {name for name in NEEDS if "expectedVersion" in input_of(name).fields} - {"saveView"}
"""What may say which version it saw; a view that is new has none."""


@pytest.fixture(scope="module")
async def world(
    stack: Stack, template: str, maintenance: asyncpg.Connection[asyncpg.Record], worker: int
) -> AsyncIterator[World]:
    """One desk for all cells: none of them may leave a trace."""
    name = f"rights_{worker}"
    await maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    async with connected(url_of(stack, name)):
        yield await a_world()
    await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


PREFIXES = {
    "Case": "case", "Lease": "case", "Draft": "case", "Inquiry": "inquiry", "Message": "inquiry", "Page": "page",
    "Mirror": "tracker", "MirrorOperation": "mirrorop", "MirrorConflict": "conflict", "Enforcement": "enforcement",
    "Token": "token", "ContactMethod": "contact", "Override": "override", "Bulk": "bulk",
    "Evidence": "case", "File": "file",
}  # fmt: skip
"""Of what kind a mutation's id is, by how its name ends."""


def missing(mutation: str, world: World) -> dict[str, object]:
    """Its smallest input, about something that is not there; what else it names is there."""
    ends = max((end for end in PREFIXES if mutation.endswith(end)), key=len)
    there = {"queueId": world.second, "caseId": f"case_{world.free.id.hex}", "leaseToken": str(new_id())}
    given: dict[str, object] = least(input_of(mutation))
    return given | {name: there[name] for name in given if name in there} | {"id": f"{PREFIXES[ends]}_{new_id().hex}"}


async def ask(world: World, mutation: str, given: Mapping[str, object], by: Actor) -> str:
    """A program says how much of a decision is its own: without that its input is wrong."""
    own = {"automation": "FULLY"} if mutation == "decideCase" and by.person_id is None else {}
    return await asked(world.pool, mutation, {**given, **own}, by)


def about_something(mutation: str) -> bool:
    return "id" in input_of(mutation).fields and any(mutation.endswith(end) for end in PREFIXES)


def granted(who: str, mutation: str) -> bool:
    """By declaration alone: the role's permissions and the mutation's."""
    if who in {"nobody", "narrowed"}:
        return False
    return NEEDS[mutation] in PERMISSIONS[Role(who)]


def holders(world: World, mutation: str) -> dict[str, Actor]:
    return {who: actor for who, actor in world.actors.items() if granted(who, mutation)}


def test_every_mutation_has_its_place_in_the_matrix() -> None:
    assert set(NEEDS) - set(DONE) == OWN
    assert {name for name in DONE if DONE[name].code != "SUCCESS"} == set()
    assert {name for name, situation in DONE.items() if situation.programs is not None} == by_persons()
    assert {name for name, needed in NEEDS.items() if needed is None} == OWN


@pytest.mark.parametrize("mutation", sorted(set(NEEDS) - OWN))
async def test_without_the_permission_nothing_is_done_whatever_is_asked(world: World, mutation: str) -> None:
    before = await everything()

    found = {
        who: await ask(world, mutation, least(input_of(mutation)), actor)
        for who, actor in world.actors.items()
        if not granted(who, mutation)
    }

    assert found == dict.fromkeys(found, "FORBIDDEN")
    assert {"nobody", "narrowed"} <= set(found)
    assert await everything() == before


@pytest.mark.parametrize("mutation", sorted(DONE))
async def test_with_the_permission_it_is_done(world: World, mutation: str) -> None:
    situation, before = DONE[mutation], await everything()
    found, expected = {}, {}

    for who, actor in holders(world, mutation).items():
        expected[who] = situation.expected(actor)
        async with taken_back():
            found[who] = await ask(world, mutation, await situation.make(world, actor), actor)

    assert found == expected
    assert "SUCCESS" in found.values()
    assert {who for who, code in found.items() if code != "SUCCESS"} <= {role.value for role in PROGRAMS}
    assert await everything() == before


async def refused(world: World, mutation: str, make: Make, by: Actor, **more: object) -> tuple[str, bool]:
    """The code it is refused with in a situation, and whether what was prepared stands as it was."""
    told: list[tuple[str, bool]] = []
    async with taken_back():
        given = {**await make(world, by), **more}
        await flush()
        prepared = await everything()
        code = await ask(world, mutation, given, by)
        told.append((code, mutation in TIMERS_FIRST or await everything() == prepared))
    return told[0]


@pytest.mark.parametrize("mutation", sorted(WRONG))
async def test_in_a_state_that_does_not_allow_it_nothing_is_done(world: World, mutation: str) -> None:
    situation = WRONG[mutation]
    able = {
        who: actor
        for who, actor in holders(world, mutation).items()
        if actor.person_id is not None or mutation not in by_persons() or situation.programs is not None
    }

    found = {who: await refused(world, mutation, situation.make, actor) for who, actor in able.items()}

    assert found == {who: (situation.expected(actor), True) for who, actor in able.items()}
    assert found


@pytest.mark.parametrize("mutation", sorted(OF_HIDDEN))
async def test_what_belongs_to_a_hidden_case_is_not_there_for_those_without_a_clearance(
    world: World, mutation: str
) -> None:
    able = {
        who: actor
        for who, actor in holders(world, mutation).items()
        if not actor.may("case.see_all") and not (mutation in PERSONS and actor.person_id is None)
    }
    # who takes inquiries in and comments on no case attaches to messages alone
    able = {who: actor for who, actor in able.items() if mutation != "attachFiles" or actor.may("case.comment")}

    found = {who: await refused(world, mutation, OF_HIDDEN[mutation], actor) for who, actor in able.items()}

    assert found == dict.fromkeys(found, ("NOT_FOUND", True))
    assert found


@pytest.mark.parametrize("mutation", sorted(VERSIONED))
async def test_a_stale_version_changes_nothing(world: World, mutation: str) -> None:
    able = {
        who: actor
        for who, actor in holders(world, mutation).items()
        if actor.person_id is not None or mutation not in by_persons()
    }

    found = {
        who: await refused(world, mutation, DONE[mutation].make, actor, expectedVersion=9999)
        for who, actor in able.items()
    }

    assert found == dict.fromkeys(found, ("VERSION_CONFLICT", True))
    assert found


@pytest.mark.parametrize("mutation", sorted(filter(about_something, set(NEEDS) - OWN)))
async def test_what_is_not_there_is_not_found(world: World, mutation: str) -> None:
    before = await everything()

    found = {
        who: await ask(world, mutation, missing(mutation, world), actor)
        for who, actor in holders(world, mutation).items()
        if not (mutation in PERSONS and actor.person_id is None)
    }

    assert found == dict.fromkeys(found, "NOT_FOUND")
    assert await everything() == before


@pytest.mark.parametrize("mutation", sorted(OF_A_CASE))
async def test_a_hidden_case_is_not_there_for_those_without_a_clearance(world: World, mutation: str) -> None:
    before = await everything()
    given = least(input_of(mutation)) | {"id": f"case_{world.hidden.id.hex}"}

    found = {
        who: await ask(world, mutation, given, actor)
        for who, actor in holders(world, mutation).items()
        if not actor.may("case.see_all") and not (mutation in PERSONS and actor.person_id is None)
    }

    assert found == dict.fromkeys(found, "NOT_FOUND")
    assert await everything() == before


async def asked_about(mutation: str, case: str, world: World) -> dict[str, str]:
    given = least(input_of(mutation))
    if "queueId" in given:
        given |= {"queueId": world.second}
    if "assigneeId" in given or mutation == "assignCase":
        given |= {"assigneeId": None}
    return {
        who: await ask(world, mutation, given | dict(await on(case)(world, actor)), actor)
        for who, actor in holders(world, mutation).items()
        if not (mutation in PERSONS and actor.person_id is None)
    }


@pytest.mark.parametrize("mutation", sorted(HELD - {"saveDraft"}))
async def test_a_case_under_somebody_elses_review_is_theirs(world: World, mutation: str) -> None:
    before = await everything()

    found = await asked_about(mutation, "held", world)

    assert found == dict.fromkeys(found, "LEASE_HELD")
    assert await everything() == before


@pytest.mark.parametrize("mutation", sorted(OVER))
async def test_a_case_that_is_over_for_good_stays_so(world: World, mutation: str) -> None:
    before = await everything()

    found = await asked_about(mutation, "over", world)

    same_state = mutation == "cancelCase"
    assert found == dict.fromkeys(found, "ALREADY_THERE" if same_state else "CASE_IS_OVER")
    assert await everything() == before


@pytest.mark.parametrize("mutation", sorted(name for name in NEEDS if "expectedVersion" in input_of(name).fields))
async def test_a_version_must_be_said(world: World, mutation: str) -> None:
    before = await everything()
    target = {"id": f"case_{world.free.id.hex}"} if mutation in OF_A_CASE else {}
    unsaid = {name: value for name, value in least(input_of(mutation)).items() if name != "expectedVersion"}

    found = {who: await ask(world, mutation, unsaid | target, actor) for who, actor in holders(world, mutation).items()}

    assert found == dict.fromkeys(found, "VALIDATION_FAILED")
    assert await everything() == before


@pytest.mark.parametrize("role", sorted(set(Role) - PROGRAMS))
async def test_ones_own_contacts_are_ones_own(world: World, role: Role) -> None:
    actor, before = world.actors[role.value], await everything()
    add = {"kind": "EMAIL", "address": "new@example.org"}
    theirs = {"personId": f"person_{world.ada.id.hex}"}
    outcomes = []

    for given in (add, add | theirs):
        async with taken_back():
            outcomes.append(await ask(world, "addContactMethod", given, actor))

    manages = "people.manage" in PERMISSIONS[role]
    sees = manages or bool({"case.read", "people.read"} & PERMISSIONS[role])
    assert outcomes == ["SUCCESS", "SUCCESS" if manages else "FORBIDDEN"], sees
    assert await everything() == before


def test_the_smallest_input_holds_what_must_be_given() -> None:
    for mutation in NEEDS:
        of = input_of(mutation)
        if of.fields:
            required = {name for name, field in of.fields.items() if is_required_input_field(field)}
            assert required <= set(least(of)), (mutation, new_id())
