"""What queues tell of the cases in them."""

from collections.abc import Awaitable, Callable

from domain.cases import actions as cases
from domain.cases.states import CaseKind, Sensitivity, Severity
from domain.core.actor import Actor
from domain.people.roles import Role
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_queue, a_signal, a_team, an_account

Login = Callable[[Actor], Awaitable[Client]]
QUEUES = """{ queues { nodes { waiting oldestWaiting waitingBySeverity { value count } openByState { value count }
  waitingAge { count minimum p50 p90 maximum } } } }"""


async def test_a_queue_tells_of_what_waits_in_it_and_of_nothing_a_viewer_may_not_see(login: Login) -> None:
    team = await a_team()
    await a_queue(team=team.id)
    ada = await a_person("Ada", team=team.id)
    intake = await an_account()
    filed = [(await a_signal(intake)).case for _ in range(3)]
    await cases.prioritize(filed[0].id, by=SYSTEM, severity=Severity.SEV1)
    await cases.claim(filed[1].id, by=ada)
    secret = await cases.open_case(
        "Secret", by=SYSTEM, kind=CaseKind.SERVICE, severity=Severity.SEV0, sensitivity=Sensitivity.RESTRICTED
    )

    (seen,) = (await (await login(ada))(QUEUES))["queues"]["nodes"]
    (whole,) = (await (await login(await a_person("Cleo", Role.ADMIN)))(QUEUES))["queues"]["nodes"]

    assert secret.queue_id is not None
    assert seen["waiting"] == seen["waitingAge"]["count"] == 2
    assert seen["openByState"] == [{"value": "QUEUED", "count": 2}, {"value": "IN_REVIEW", "count": 1}]
    assert {each["value"] for each in seen["waitingBySeverity"]} == {"SEV1", filed[2].severity}
    assert seen["oldestWaiting"] == f"{filed[0].opened_at:%Y-%m-%dT%H:%M:%S.%fZ}"
    assert whole["waiting"] == whole["waitingAge"]["count"] == 3
    assert {"value": "SEV0", "count": 1} in whole["waitingBySeverity"]


async def test_an_empty_queue_tells_nothing(login: Login) -> None:
    await a_queue(team=(await a_team()).id)

    (empty,) = (await (await login(await a_person("Ada")))(QUEUES))["queues"]["nodes"]

    nothing = {"count": 0, "minimum": None, "p50": None, "p90": None, "maximum": None}
    assert empty["waitingAge"] == nothing
    assert (empty["oldestWaiting"], empty["waitingBySeverity"], empty["openByState"]) == (None, [], [])
