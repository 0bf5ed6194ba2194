"""Events appended many at a time are what they would be one by one: each subject's order, chain, dates and sources."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.exceptions import IntegrityError

from domain.core import clock
from domain.core.actor import Actor, Origin
from domain.core.events import Entry, Event, Recorded, Source, append_entries
from domain.core.ids import new_id
from domain.core.models import Event as Row
from domain.core.together import MANY as TOGETHER
from domain.core.together import append_together
from domain.core.transaction import Ref, transaction
from domain.core.verification import verify
from tests.builders import SYSTEM
from workers import sequencer

pytestmark = pytest.mark.usefixtures("database")

MANY = 12


class TestGrainFell(Event):
    __test__ = False
    n: int


async def append(*entries: Entry, by: Actor = SYSTEM) -> list[Recorded]:
    async with transaction():
        return await append_entries(entries, by=by)


def grains(refs: list[Ref]) -> list[Entry]:
    return [Entry(ref, TestGrainFell(n=n)) for n, ref in enumerate(refs)]


async def is_sound() -> bool:
    while await sequencer.sequence():
        pass
    return (await verify(by=SYSTEM)).sound


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=MANY), max_size=5))
async def test_batches_of_any_size_over_any_subjects_leave_each_subject_one_chain_in_order(
    batches: list[list[int]],
) -> None:
    refs = [Ref("thing", new_id()) for _ in range(4)]
    versions = dict.fromkeys(refs, 0)

    for batch in batches:
        recorded = await append(*grains([refs[number] for number in batch]))

        assert [entry.id for entry in recorded] == sorted(entry.id for entry in recorded)
        assert [entry.payload["n"] for entry in recorded] == list(range(len(batch)))
        for entry in recorded:
            versions[entry.ref] += 1
            assert entry.seq == versions[entry.ref]
            assert (await Row.get(id=entry.id)).payload == entry.payload

    assert await is_sound()


@pytest.mark.parametrize("number", [1, TOGETHER - 1, TOGETHER, 40])
async def test_a_fact_told_once_is_in_the_chain_of_each_subject_as_if_told_to_each(number: int) -> None:
    ids = [new_id() for _ in range(number)]
    await append(*grains([Ref("thing", id) for id in ids[::2] * 2 + ids[1::2]]))  # noqa: A001
    fact = TestGrainFell(n=7)

    async with transaction() as unit:
        (parts,) = await append_together("thing", [(fact, ids)], by=SYSTEM)
        touched = dict(unit.touched)

    versions = {id: seq for part in parts for id, seq in zip(part.ids, part.seqs, strict=True)}  # noqa: A001
    assert versions == {id: 3 if place % 2 == 0 else 2 for place, id in enumerate(ids)}  # noqa: A001
    assert touched == {Ref("thing", id): seq for id, seq in versions.items()}  # noqa: A001
    for part in parts:
        row = await Row.get(id=part.first.id)
        assert (row.subject_id, row.seq, row.recorded_at) == (part.ids[0], part.seqs[0], part.first.recorded_at)
    for row in await Row.filter(subject_id__in=ids, payload__contains={"n": 7}):
        assert (row.kind, row.payload, row.occurred_at) == ("TestGrainFell", {"n": 7}, row.recorded_at)
    assert await is_sound()


async def test_a_fact_told_once_is_refused_whole_where_a_subject_has_no_events_or_is_named_twice() -> None:
    ids = [new_id() for _ in range(TOGETHER)]
    await append(*grains([Ref("thing", id) for id in ids]))  # noqa: A001

    for wrong in ([*ids, new_id()], [*ids, ids[0]]):
        with pytest.raises(RuntimeError, match="no events yet, or was named twice"):
            async with transaction():
                await append_together("thing", [(TestGrainFell(n=7), wrong)], by=SYSTEM)

    assert await Row.filter(subject_id__in=ids).count() == len(ids)
    assert await is_sound()


async def test_writers_of_one_fact_at_once_leave_whole_chains() -> None:
    ids = [new_id() for _ in range(40)]
    await append(*grains([Ref("thing", id) for id in ids]))  # noqa: A001

    async def tell(some: list[UUID]) -> None:
        async with transaction():
            await append_together("thing", [(TestGrainFell(n=7), some)], by=SYSTEM)

    await asyncio.gather(*(tell(ids[first:]) for first in (0, 5, 0, 11, 20)))

    assert await Row.filter(subject_id=ids[-1]).count() == 6
    assert await is_sound()


async def test_writers_of_many_subjects_at_once_neither_wait_for_each_other_nor_break_a_chain() -> None:
    refs = [Ref("thing", new_id()) for _ in range(MANY)]

    for _ in range(8):
        await asyncio.gather(append(*grains(refs)), append(*grains(refs[::-1])), append(*grains(refs[::2] * 2)))

    assert await is_sound()
    assert await Row.filter(subject_id=refs[0].id).count() == 8 * 4


@pytest.mark.parametrize("number", [1, MANY], ids=["one", "many"])
async def test_a_date_to_come_is_the_recordings_and_an_imports_stays(number: int) -> None:
    ahead = await clock.now() + timedelta(days=3)
    imported = Actor(**{**{name: getattr(SYSTEM, name) for name in SYSTEM.__slots__}, "origin": Origin.IMPORT})
    entries = [Entry(Ref("thing", new_id()), TestGrainFell(n=n), ahead) for n in range(number)]

    live, brought = await append(*entries), await append(*entries, by=imported)

    assert all(entry.occurred_at == entry.recorded_at < ahead for entry in live)
    assert all(entry.occurred_at == ahead > entry.recorded_at for entry in brought)
    assert await is_sound()


@pytest.mark.parametrize("number", [1, MANY], ids=["one", "many"])
async def test_a_batch_with_a_fact_that_came_before_is_refused_whole(number: int) -> None:
    ref, known = Ref("thing", new_id()), Source(system="till", event_id="7")
    await append(Entry(ref, TestGrainFell(n=0), source=known))
    news = [Entry(Ref("thing", new_id()), TestGrainFell(n=n)) for n in range(number - 1)]

    with pytest.raises(IntegrityError):
        await append(*news, Entry(ref, TestGrainFell(n=1), source=known))

    assert await Row.all().count() == 1
    assert await is_sound()
