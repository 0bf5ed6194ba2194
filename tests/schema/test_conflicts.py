"""Conflicts tell what happened meanwhile; and every update can have one."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLNonNull, build_schema

import domain.inquiries.events as inquiry_events
import domain.views.events as view_events
import schema as contract
from domain.cases import actions as cases
from domain.cases.events import CaseOpened, CaseRestored
from domain.cases.fold import RESTORED
from domain.cases.models import Case, Queue
from domain.cases.states import CaseKind, Priority, Sensitivity, Severity
from domain.core.actor import Actor
from domain.core.events import KINDS, Event
from domain.escalation.events import PageRaised
from domain.inquiries import actions as inquiries
from domain.inquiries.events import InquiryFiled
from domain.inquiries.states import InquiryKind
from domain.people.models import SensitiveRead
from domain.people.roles import Role
from schema.cases.types import EVENTS as CASE_EVENTS
from schema.changes import fields_of
from schema.escalation.types import EVENTS as PAGE_EVENTS
from schema.reads.declarations import part_of
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_queue, a_team

Login = Callable[[Actor], Awaitable[Client]]

CONFLICT = """... on VersionConflict { expected actual current { id }
    changes { version kind fields at actor { name kind } } } ... on Problem { code }"""
PRIORITIZE = f"mutation($input: PrioritizeCaseInput!) {{ prioritizeCase(input: $input) {{ __typename {CONFLICT} }} }}"
CLOSE = f"mutation($input: CloseInquiryInput!) {{ closeInquiry(input: $input) {{ __typename {CONFLICT} }} }}"

UNVERSIONED = {
    "capToken": "sets a number, whatever it was",
    "cancelBulk": "stops what has not begun; it can be said any number of times",
    "commentOnCase": "adds, and takes nothing away",
    "disableContactMethod": "settings of a person have no version; it can be said any number of times",
    "eraseFile": "is about one file, which is gone once",
    "escalatePage": "is fenced by seenStep",
    "extendLease": "is fenced by the lease",
    "holdFile": "sets a switch, whatever it was",
    "linkInquiry": "adds, and takes nothing away",
    "noteOnInquiry": "adds, and takes nothing away",
    "pauseMirror": "sets a switch, whatever it was",
    "receiveMessage": "adds, and takes nothing away",
    "releaseFile": "sets a switch, whatever it was",
    "resolveMirrorConflict": "is about one conflict, which is settled once",
    "resumeMirror": "sets a switch, whatever it was",
    "retryEnforcement": "is refused unless it has failed",
    "retryMirrorOperation": "is refused unless it has failed",
    "revokeToken": "ends it, whatever it was",
    "rotateToken": "makes another, and leaves this one",
    "saveDraft": "is fenced by the lease",
    "skipMirrorOperation": "is refused unless it has failed",
    "undoBulk": "is about one batch, undone once",
    "unlinkInquiry": "takes away one link, which is named",
    "verifyContactMethod": "is fenced by the code",
    "waiveEnforcement": "is refused unless it is open",
    "withdrawOverride": "ends it, whatever it was",
}
"""Mutations of one thing that exists that know no version, and why none is needed."""


def updates() -> dict[str, GraphQLInputObjectType]:
    """Mutations whose input names, by `id`, the thing they change."""
    mutations = build_schema(contract.sdl()).mutation_type
    assert mutations is not None
    inputs = {name: field.args["input"].type.of_type for name, field in mutations.fields.items()}
    return {name: given for name, given in inputs.items() if "id" in given.fields}


def test_every_update_takes_the_version_its_client_read_and_null_overwrites() -> None:
    lacking = {name for name, given in updates().items() if "expectedVersion" not in given.fields}

    assert lacking == set(UNVERSIONED)
    for name, given in updates().items():
        if name not in UNVERSIONED:
            assert not isinstance(given.fields["expectedVersion"].type, GraphQLNonNull), name


def kinds(type_name: str) -> list[type[Event]]:
    if type_name in {"Case", "Page"}:
        parts = [part_of(member) for member in (CASE_EVENTS if type_name == "Case" else PAGE_EVENTS)]
        return [KINDS[part.kind] for part in parts if part is not None and part.kind is not None]
    module = inquiry_events if type_name == "Inquiry" else view_events
    return [kind for kind in KINDS.values() if kind.__module__ == module.__name__]


@pytest.mark.parametrize("type_name", ["Case", "Page", "Inquiry", "SavedView"])
def test_what_a_conflict_names_as_changed_is_a_field_of_the_thing(type_name: str) -> None:
    own = set(build_schema(contract.sdl()).type_map[type_name].fields) | {"details"}  # type: ignore[attr-defined]

    for kind in set(kinds(type_name)) - {CaseOpened, PageRaised, InquiryFiled}:
        payload: dict[str, Any] = dict.fromkeys(kind.model_fields)
        if kind is CaseRestored:
            payload |= {"restored": RESTORED, "withdrawn_comments": ["one"]}
        named = fields_of(kind.kind, payload)
        assert set(named) <= own, kind.kind


@pytest.fixture
async def ada(url: str) -> Actor:
    assert url
    await a_queue(team=(await a_team()).id)
    return await a_person("Ada", Role.REVIEWER, Role.LEAD)


async def a_case(sensitivity: Sensitivity = Sensitivity.STANDARD) -> Case:
    made = await cases.open_case("Refund", by=SYSTEM, kind=CaseKind.SERVICE, sensitivity=sensitivity)
    return await Case.get(id=made.id)


async def test_a_stale_update_is_told_which_fields_changed_by_whom_and_when(ada: Actor, login: Login) -> None:
    bo = await a_person("Bo", Role.LEAD)
    case = await a_case()
    await cases.prioritize(case.id, by=bo, severity=Severity.SEV1)
    await cases.comment(case.id, by=ada, text="Look again.")

    client = await login(ada)
    given = {"id": f"CASE-{case.number}", "severity": "SEV2", "expectedVersion": case.version}
    found = (await client(PRIORITIZE, input=given))["prioritizeCase"]

    assert (found["__typename"], found["expected"], found["actual"]) == (
        "VersionConflict", case.version, case.version + 2,
    )  # fmt: skip
    assert [(each["kind"], each["fields"], each["actor"]["name"], each["version"]) for each in found["changes"]] == [
        ("CasePrioritized", ["priority", "severity"], "Bo", case.version + 1),
        ("CaseCommented", ["comments"], "Ada", case.version + 2),
    ]
    assert all(each["at"] for each in found["changes"])


async def test_only_what_is_another_by_it_is_named(ada: Actor, login: Login) -> None:
    case = await a_case()
    before = case.version
    (queue,) = await Queue.all()
    other = await a_queue("other", team=queue.team_id, position=2)
    await cases.queue(case.id, by=SYSTEM, queue_id=other.id)
    await cases.prioritize(case.id, by=ada, priority=Priority.P1)
    await cases.prioritize(case.id, by=ada, severity=Severity.SEV1, priority=Priority.P1)
    await cases.assign(case.id, by=SYSTEM, assignee_id=ada.person_id)
    await cases.claim(case.id, by=ada)
    await cases.hold(case.id, by=ada, reason="WAIT")

    client = await login(ada)
    given = {"id": f"CASE-{case.number}", "severity": "SEV2", "expectedVersion": before}
    found = (await client(PRIORITIZE, input=given))["prioritizeCase"]

    assert [(each["kind"], each["fields"]) for each in found["changes"]][-6:] == [
        ("CaseQueued", ["queue"]),
        ("CasePrioritized", ["priority"]),
        ("CasePrioritized", ["severity"]),
        ("CaseAssigned", ["assignee"]),
        ("CaseClaimed", ["lease", "state"]),
        ("CaseHeld", ["holdReason", "state"]),
    ]


def test_a_move_that_says_nothing_of_a_field_does_not_name_it() -> None:
    moved = {"from_state": "QUEUED", "to_state": "QUEUED", "assignee_id": None, "details": None, "resolution": "DONE"}

    assert fields_of("CaseMoved", moved) == ["resolution"]


async def test_null_overwrites_whatever_happened(ada: Actor, login: Login) -> None:
    case = await a_case()
    await cases.prioritize(case.id, by=ada, severity=Severity.SEV1)

    client = await login(ada)
    given = {"id": f"CASE-{case.number}", "severity": "SEV2", "expectedVersion": None}
    found = (await client(PRIORITIZE, input=given))["prioritizeCase"]

    assert found == {"__typename": "PrioritizeCaseSuccess"}


async def test_who_may_work_on_inquiries_is_told_what_happened_to_one(ada: Actor, login: Login) -> None:
    filed = await inquiries.file(
        "Help", by=SYSTEM, kind=InquiryKind.QUESTION, channel="email", external_id="m1", text="Where is my money?"
    )
    await inquiries.note(filed.inquiry.id, by=SYSTEM, text="A regular.")

    client = await login(await a_person("Ines", Role.REVIEWER))
    given = {"id": f"INQ-{filed.inquiry.number}", "expectedVersion": 1}
    found = (await client(CLOSE, input=given))["closeInquiry"]

    assert [(each["kind"], each["fields"], each["actor"]["kind"]) for each in found["changes"]] == [
        ("InquiryNoted", ["messages"], "SYSTEM")
    ]


async def test_what_happened_to_a_case_that_not_everybody_may_see_is_written_down_as_shown(
    login: Login, ada: Actor
) -> None:
    secret = await a_case(Sensitivity.SENSITIVE)
    cleo = await a_person("Cleo", Role.ADMIN)
    await cases.prioritize(secret.id, by=cleo, severity=Severity.SEV1)
    only = PRIORITIZE.replace("current { id }", "")
    given = {"id": f"CASE-{secret.number}", "severity": "SEV2", "expectedVersion": 1}

    hidden = (await (await login(ada))(only, input=given))["prioritizeCase"]
    shown = (await (await login(cleo))(only, input=given))["prioritizeCase"]

    assert hidden["code"] == "NOT_FOUND"
    assert [each["kind"] for each in shown["changes"]][-1] == "CasePrioritized"
    assert await SensitiveRead.all().values_list("reader_id", "subject_id") == [(cleo.id, secret.id)]
