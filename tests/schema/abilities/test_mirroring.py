"""What may be done to what is stuck in the mirror is told as the mutations answer."""

from uuid import UUID

import pytest

from domain.core import clock
from domain.core.ids import new_id
from domain.core.transaction import Ref, transaction
from domain.mirror import actions as mirror
from domain.mirror import projection
from domain.mirror.models import MirrorConflict, MirrorConnection, MirrorLink, MirrorOperation
from domain.mirror.remote import Field
from domain.mirror.states import MirrorConflictState, MirrorOperationKind, MirrorOperationState
from domain.people.roles import Role
from integrations.jira.emulator.mapping import emulator_mapping
from integrations.jira.trackers import mirror_mapping
from tests.builders import SYSTEM, a_person, a_signal, an_account
from tests.schema.abilities.agreeing import Login, agreed

FREEING = {
    "RETRY": "retryMirrorOperation(input: {id: $id})",
    "SKIP": "skipMirrorOperation(input: {id: $id})",
}
RESOLVING = {"RESOLVE": "resolveMirrorConflict(input: {id: $id, keep: CASE})"}
TENDING = {"PAUSE": "pauseMirror(input: {id: $id})", "RESUME": "resumeMirror(input: {id: $id})"}
NOT_STUCK = dict.fromkeys(FREEING, "OPERATION_NOT_STUCK")


@pytest.fixture
async def link(url: str) -> UUID:
    """The link of a case that is to have an issue."""
    assert url
    await mirror.connect("jira", by=SYSTEM, kind="jira", base_url="https://example.atlassian.net")
    body = mirror_mapping(emulator_mapping()).model_dump(mode="json")
    await mirror.publish_mapping("jira", body=body, by=SYSTEM)
    case = (await a_signal(await an_account())).case
    async with transaction():
        await projection.recompute(Ref("case", case.id))
    return (await MirrorLink.get()).id


@pytest.mark.parametrize("state", MirrorOperationState)
async def test_what_has_stopped_is_told_to_be_freed_by_who_may(
    link: UUID, login: Login, state: MirrorOperationState
) -> None:
    async def an_operation() -> str:
        operation = await MirrorOperation.get(link_id=link, kind=MirrorOperationKind.CREATE)
        await MirrorOperation.filter(id=operation.id).update(state=state)
        return f"mirrorop_{operation.id.hex}"

    lead, reviewer = await login(await a_person("Lee", Role.LEAD)), await login(await a_person("Rae"))
    stuck = state in {MirrorOperationState.BLOCKED, MirrorOperationState.DEAD}

    allowed = await agreed(lead, an_operation, FREEING, entity="MirrorOperation")
    denied = await agreed(reviewer, an_operation, FREEING, entity="MirrorOperation")

    assert allowed == (dict.fromkeys(FREEING) if stuck else NOT_STUCK)
    assert denied == dict.fromkeys(FREEING, "FORBIDDEN")


@pytest.mark.parametrize("state", MirrorConflictState)
async def test_an_open_conflict_is_told_to_be_decided_by_who_may(
    link: UUID, login: Login, state: MirrorConflictState
) -> None:
    async def a_conflict() -> str:
        now = await clock.now()
        conflict = await MirrorConflict.create(
            id=new_id(), link_id=link, field=Field.PRIORITY, before="High", ours="Highest", theirs="Low", state=state,
            reason="BOTH_CHANGED", created_at=now, last_at=now,
        )  # fmt: skip
        return f"conflict_{conflict.id.hex}"

    lead, reviewer = await login(await a_person("Lee", Role.LEAD)), await login(await a_person("Rae"))

    allowed = await agreed(lead, a_conflict, RESOLVING, entity="MirrorConflict")
    denied = await agreed(reviewer, a_conflict, RESOLVING, entity="MirrorConflict")

    assert allowed == {"RESOLVE": None if state is MirrorConflictState.OPEN else "CONFLICT_NOT_OPEN"}
    assert denied == {"RESOLVE": "FORBIDDEN"}


@pytest.mark.parametrize("paused", [True, False])
async def test_a_connection_is_told_to_be_paused_always_and_resumed_where_it_is_paused(
    link: UUID, login: Login, *, paused: bool
) -> None:
    assert link

    async def a_connection() -> str:
        await MirrorConnection.all().update(paused_at=None)
        connection = await MirrorConnection.get()
        if paused:
            await mirror.pause(connection.id, by=SYSTEM)
        return f"tracker_{connection.id.hex}"

    lead, reviewer = await login(await a_person("Lee", Role.LEAD)), await login(await a_person("Rae"))

    allowed = await agreed(lead, a_connection, TENDING, entity="MirrorConnection")
    denied = await agreed(reviewer, a_connection, TENDING, entity="MirrorConnection")

    assert allowed == {"PAUSE": None, "RESUME": None if paused else "MIRROR_NOT_PAUSED"}
    assert denied == dict.fromkeys(TENDING, "FORBIDDEN")
