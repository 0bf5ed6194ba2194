"""What a newer release wrote is parked, never skipped, and made up for once it can be read."""

import pytest

from caseward.wiring import wire
from domain.cases import actions as cases
from domain.cases.models import Case
from domain.core import consistency, events, projections
from domain.core.errors import Forbidden
from domain.core.events import KINDS, Event, Recorded
from domain.core.ids import new_id
from domain.core.models import DirtySubject
from domain.core.transaction import Ref, transaction
from tests.builders import SYSTEM, a_person, a_queue, a_signal, a_team, an_account
from workers import parking, reactions, sequencer
from workers import projections as following

pytestmark = pytest.mark.usefixtures("database")


class TestNoteTaken(Event):
    __test__ = False
    n: int


class TestNewsOfTomorrow(Event):
    __test__ = False
    n: int


def of_a_newer_release(n: int) -> Event:
    """The same kind as a newer release writes it."""

    class TestNoteTaken(Event):
        schema_version = 2
        n: int

    return TestNoteTaken(n=n)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Ref, int]]:
    """What was reacted to, in order. Subjects in ``poisoned`` fail."""
    found: list[tuple[Ref, int]] = []

    async def react(recorded: Recorded) -> None:
        if recorded.ref in POISONED:
            message = "poison"
            raise ValueError(message)
        found.append((recorded.ref, recorded.payload["n"]))

    monkeypatch.setitem(reactions.REACTIONS, "TestNoteTaken", [react])
    POISONED.clear()
    return found


POISONED: set[Ref] = set()


async def append(ref: Ref, event: Event) -> None:
    async with transaction():
        await events.append(ref, event, by=SYSTEM)


async def follow() -> None:
    await sequencer.sequence()
    await reactions.drain()


async def retry_all() -> list[parking.Retried]:
    return [await parking.retry(parked, by=SYSTEM) for parked in await projections.parked()]


async def test_what_a_parked_subject_missed_runs_once_and_in_order(seen: list[tuple[Ref, int]]) -> None:
    good, bad = Ref("thing", new_id()), Ref("thing", new_id())
    POISONED.add(bad)
    for n in range(3):
        await append(bad, TestNoteTaken(n=n))
        await append(good, TestNoteTaken(n=n))
    await follow()
    await append(bad, TestNoteTaken(n=3))
    await follow()
    assert seen == [(good, 0), (good, 1), (good, 2)]
    assert [(parked.ref, parked.position) for parked in await projections.parked("reactions")] == [(bad, 1)]

    POISONED.clear()
    (retried,) = await retry_all()
    await append(bad, TestNoteTaken(n=4))
    await follow()

    assert (retried.made_up, retried.error) == (4, None)
    assert [n for ref, n in seen if ref == bad] == [0, 1, 2, 3, 4]
    assert not await projections.parked()


async def test_a_retry_that_fails_again_leaves_the_subject_parked_where_it_fails(seen: list[tuple[Ref, int]]) -> None:
    bad = Ref("thing", new_id())
    POISONED.add(bad)
    for n in range(2):
        await append(bad, TestNoteTaken(n=n))
    await follow()

    (retried,) = await retry_all()

    assert (retried.made_up, retried.error) == (0, "ValueError: poison")
    assert [parked.position for parked in await projections.parked("reactions")] == [1]
    assert seen == []


async def test_reactions_park_the_subject_of_an_unknown_kind_and_make_up_for_it(
    seen: list[tuple[Ref, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead, other = Ref("thing", new_id()), Ref("thing", new_id())
    await append(ahead, TestNewsOfTomorrow(n=0))
    await append(ahead, TestNoteTaken(n=1))
    await append(other, TestNoteTaken(n=2))
    with monkeypatch.context() as older:
        older.delitem(KINDS, "TestNewsOfTomorrow")
        await follow()
    assert seen == [(other, 2)]
    (parked,) = await projections.parked("reactions")
    assert (parked.ref, parked.position) == (ahead, 1)
    assert "TestNewsOfTomorrow" in parked.error

    await retry_all()

    assert seen == [(other, 2), (ahead, 1)]


async def test_a_version_from_the_future_parks_like_an_unknown_kind(seen: list[tuple[Ref, int]]) -> None:
    ahead = Ref("thing", new_id())
    await append(ahead, of_a_newer_release(n=1))

    await follow()

    assert seen == []
    assert [parked.ref for parked in await projections.parked("reactions")] == [ahead]


async def test_clocks_of_a_case_with_an_unknown_kind_are_parked_and_the_case_can_be_worked_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire()
    team = await a_team()
    await a_queue(team=team.id)
    case = (await a_signal(await an_account())).case
    ref = Ref("case", case.id)
    await append(ref, TestNewsOfTomorrow(n=0))
    assert not await projections.parked()

    with monkeypatch.context() as older:
        older.delitem(KINDS, "TestNewsOfTomorrow")
        await cases.claim(case.id, by=await a_person(team=team.id))
        await following.drain()

    assert (await Case.get(id=case.id)).state == "IN_REVIEW"
    assert [(parked.consumer, parked.ref) for parked in await projections.parked()] == [("sla", ref)]
    assert not await consistency.is_folded([ref])

    await retry_all()
    await following.drain()

    assert not await projections.parked()
    assert not await DirtySubject.exists()
    assert await consistency.is_folded([ref])


async def test_only_who_operates_the_system_lets_go_of_what_is_parked(seen: list[tuple[Ref, int]]) -> None:
    bad = Ref("thing", new_id())
    POISONED.add(bad)
    await append(bad, TestNoteTaken(n=0))
    await follow()
    (parked,) = await projections.parked()

    with pytest.raises(Forbidden, match=r"system\.operate"):
        await parking.retry(parked, by=await a_person())

    assert await projections.is_parked("reactions", bad)
