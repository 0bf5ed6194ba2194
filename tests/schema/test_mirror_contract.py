"""The mirror through GraphQL, as a lead meets it."""

from collections.abc import Awaitable, Callable

from domain.core.actor import Actor
from domain.core.transaction import Ref, transaction
from domain.mirror import actions as mirror
from domain.mirror import projection
from domain.mirror.models import MirrorOperation
from domain.mirror.states import MirrorOperationState
from domain.people.roles import Role
from integrations.jira.emulator.mapping import emulator_mapping
from integrations.jira.trackers import mirror_mapping
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_signal, an_account

Login = Callable[[Actor], Awaitable[Client]]
RETRY = """mutation($id: ID!) { retryMirrorOperation(input: {id: $id}) {
    ... on RetryMirrorOperationSuccess { operation { state error } } ... on Problem { __typename code } } }"""


async def a_stuck_case() -> tuple[str, MirrorOperation]:
    await mirror.connect("jira", by=SYSTEM, kind="jira", base_url="https://example.atlassian.net")
    body = mirror_mapping(emulator_mapping()).model_dump(mode="json")
    await mirror.publish_mapping("jira", body=body, by=SYSTEM)
    case = (await a_signal(await an_account())).case
    async with transaction():
        await projection.recompute(Ref("case", case.id))
    operation = await MirrorOperation.get()
    operation.state, operation.error = MirrorOperationState.DEAD, "INVALID: no such project"
    await operation.save()
    return f"CASE-{case.number}", operation


async def test_a_lead_sees_what_is_stuck_and_tries_it_again(login: Login) -> None:
    lead = await login(await a_person("Lee", Role.LEAD))
    key, operation = await a_stuck_case()

    read = await lead(
        """query($id: ID!) { case(id: $id) { mirrorLink { state key url conflicts { state }
        operations { id kind state error } } } mirrorHealth { key state waiting stuck openConflicts } }""",
        id=key,
    )
    (seen,) = read["case"]["mirrorLink"].pop("operations")
    retried = await lead(RETRY, id=seen.pop("id"))
    again = await lead(RETRY, id=f"mirrorop_{operation.id.hex}")

    assert read["case"]["mirrorLink"] == {"state": "PENDING", "key": None, "url": None, "conflicts": []}
    assert seen == {"kind": "CREATE", "state": "DEAD", "error": "INVALID: no such project"}
    assert read["mirrorHealth"] == [{"key": "jira", "state": "OK", "waiting": 0, "stuck": 1, "openConflicts": 0}]
    assert retried["retryMirrorOperation"] == {"operation": {"state": "PENDING", "error": None}}
    assert again["retryMirrorOperation"] == {"__typename": "Refused", "code": "OPERATION_NOT_STUCK"}


async def test_a_reviewer_may_look_and_not_touch(login: Login) -> None:
    reviewer = await login(await a_person("Rae"))
    _, operation = await a_stuck_case()

    answer = await reviewer(RETRY, id=f"mirrorop_{operation.id.hex}")

    assert answer["retryMirrorOperation"] == {"__typename": "Forbidden", "code": "FORBIDDEN"}
    assert (await MirrorOperation.get()).state is MirrorOperationState.DEAD
