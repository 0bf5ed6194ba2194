"""Who is on call, as published, overridden and away."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from domain.core import clock
from domain.core.actor import Actor
from domain.core.errors import Forbidden, NotFound, ValidationFailed
from domain.core.ids import new_id, public_id
from domain.core.models import Event
from domain.oncall import actions as oncall
from domain.oncall import queries
from domain.oncall.errors import OverrideConflict, OverrideLeavesGap
from domain.oncall.models import Override
from domain.oncall.references import written
from domain.oncall.states import AbsenceKind, OverrideKind
from domain.people.roles import Role
from tests.builders import SYSTEM, a_person

pytestmark = pytest.mark.usefixtures("database")

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def weekly(*people: str) -> Mapping[str, Any]:
    """A week each in turn, from Monday 09:00 UTC."""
    return {
        "tz": "UTC",
        "layers": [{"key": "primary", "period": "WEEK", "anchor": "2026-03-02T09:00:00", "participants": list(people)}],
    }


async def a_schedule(*people: Actor, key: str = "live") -> None:
    spec = weekly(*(f"{person.name.lower()}@example.org" for person in people))
    await oncall.publish_schedule(
        key, by=SYSTEM, spec=spec, note="first", effective_from=MONDAY - timedelta(days=30)
    )  # fmt: skip


async def names(at: datetime, *people: Actor) -> list[str]:
    """The names of who is on call, of these people."""
    by_id = {written(person.person_id): person.name for person in people if person.person_id}
    return [by_id[one.user] for one in await queries.on_call("live", at)]


def own_id(person: Actor) -> Any:
    assert person.person_id is not None
    return person.person_id


async def test_at_the_instant_of_a_handoff_only_the_incoming_person_is_on_call() -> None:
    ada, bo = await a_person("Ada"), await a_person("Bo")
    await a_schedule(ada, bo)
    handoff = MONDAY + timedelta(days=7, hours=9)

    assert await names(handoff - timedelta(microseconds=1), ada, bo) == ["Ada"]
    assert await names(handoff, ada, bo) == ["Bo"]
    first, second = await queries.shifts("live", handoff - HOUR, handoff + HOUR)
    assert (first.end, second.start) == (handoff, handoff)


async def test_people_are_kept_by_id_so_that_a_changed_address_changes_nothing() -> None:
    ada = await a_person("Ada")

    await a_schedule(ada)

    (version,) = await queries.versions("live")
    assert version.body["layers"][0]["participants"] == [[written(own_id(ada))]]


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"tz": "Mars/Base"}, ("spec", "tz")),
        (weekly("nobody@example.org"), ("spec",)),
        ({"tz": "UTC", "layers": [{"key": "primary"}]}, ("spec", "layers", 0, "period")),
    ],
)
async def test_a_schedule_that_makes_no_sense_is_refused_by_its_path(spec: dict[str, Any], path: tuple[Any]) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        await oncall.publish_schedule("live", by=SYSTEM, spec=spec, note="x")

    assert path in [problem.path for problem in refusal.value.problems]
    assert not await Event.filter(kind="SchedulePublished").exists()


async def test_a_later_version_takes_effect_at_its_date_and_the_past_stays() -> None:
    ada, bo = await a_person("Ada"), await a_person("Bo")
    await a_schedule(ada)
    now = await clock.now()

    await oncall.publish_schedule(
        "live", by=SYSTEM, spec=weekly("bo@example.org"), note="Bo alone", effective_from=now + HOUR
    )

    assert await names(now, ada, bo) == ["Ada"]
    assert await names(now + HOUR, ada, bo) == ["Bo"]
    assert [shift.end for shift in await queries.shifts("live", now, now + 2 * HOUR)] == [now + HOUR, now + 2 * HOUR]


async def test_a_later_version_cannot_change_the_past() -> None:
    await a_schedule(await a_person("Ada"))

    with pytest.raises(ValidationFailed, match="past shifts"):
        await a_schedule(await a_person("Bo"))

    assert len(await queries.versions("live")) == 1


async def test_a_replacement_of_a_replacement_holds_in_its_hour_only() -> None:
    ada, bo, cy = await a_person("Ada"), await a_person("Bo"), await a_person("Cy")
    await a_schedule(ada)
    start = MONDAY + timedelta(days=1)
    replace = {"by": SYSTEM, "kind": OverrideKind.REPLACE}
    await oncall.add_override(
        "live", **replace, starts_at=start, ends_at=start + 5 * HOUR, removed_id=own_id(ada), added_id=own_id(bo)
    )

    await oncall.add_override(
        "live", **replace, starts_at=start + HOUR, ends_at=start + 2 * HOUR, removed_id=own_id(bo), added_id=own_id(cy)
    )

    assert [await names(start + n * HOUR, ada, bo, cy) for n in range(3)] == [["Bo"], ["Cy"], ["Bo"]]


async def test_the_same_person_added_twice_is_refused_naming_the_first() -> None:
    ada, bo = await a_person("Ada"), await a_person("Bo")
    await a_schedule(ada)
    add = {"by": SYSTEM, "kind": OverrideKind.ADD, "added_id": own_id(bo)}
    first = await oncall.add_override("live", **add, starts_at=MONDAY, ends_at=MONDAY + 2 * HOUR)

    with pytest.raises(OverrideConflict, match=public_id("override", first.id)):
        await oncall.add_override("live", **add, starts_at=MONDAY + HOUR, ends_at=MONDAY + 3 * HOUR)
    await oncall.add_override("live", **add, starts_at=MONDAY + 2 * HOUR, ends_at=MONDAY + 3 * HOUR)

    assert await Override.all().count() == 2


async def test_of_two_conflicting_overrides_at_once_one_is_refused() -> None:
    ada, bo = await a_person("Ada"), await a_person("Bo")
    await a_schedule(ada)
    add = {"by": SYSTEM, "kind": OverrideKind.ADD, "added_id": own_id(bo)}

    answers = await asyncio.gather(
        *(oncall.add_override("live", **add, starts_at=MONDAY, ends_at=MONDAY + HOUR) for _ in range(4)),
        return_exceptions=True,
    )

    assert sum(isinstance(answer, Override) for answer in answers) == 1
    assert sum(isinstance(answer, OverrideConflict) for answer in answers) == 3


async def test_the_database_itself_excludes_what_slips_past_the_rule() -> None:
    ada = await a_person("Ada")
    await a_schedule(ada)
    row = {
        "schedule_key": "live", "kind": OverrideKind.ADD, "added_id": own_id(ada), "created_at": MONDAY,
        "created_seq": 1,
    }  # fmt: skip
    await Override.create(**row, starts_at=MONDAY, ends_at=MONDAY + 2 * HOUR)
    await Override.create(**{**row, "schedule_key": "other"}, starts_at=MONDAY, ends_at=MONDAY + HOUR)

    with pytest.raises(IntegrityError, match="override_adds_once"):
        await Override.create(**row, starts_at=MONDAY + HOUR, ends_at=MONDAY + 3 * HOUR)
    with pytest.raises(IntegrityError, match="override_interval"):
        await Override.create(**row, starts_at=MONDAY + 9 * HOUR, ends_at=MONDAY + 9 * HOUR)


async def test_taking_the_last_person_off_needs_a_reason() -> None:
    ada = await a_person("Ada")
    await a_schedule(ada)
    start = MONDAY + timedelta(days=1)
    remove = {"by": SYSTEM, "kind": OverrideKind.REMOVE, "removed_id": own_id(ada), "starts_at": start}

    with pytest.raises(OverrideLeavesGap):
        await oncall.add_override("live", **remove, ends_at=start + HOUR)
    assert await names(start, ada) == ["Ada"]
    await oncall.add_override("live", **remove, ends_at=start + HOUR, reason="The platform is closed.")

    assert await names(start, ada) == []
    assert await names(start + HOUR, ada) == ["Ada"]


async def test_a_withdrawn_override_counts_until_it_was_withdrawn() -> None:
    ada, bo = await a_person("Ada"), await a_person("Bo")
    await a_schedule(ada)
    now = await clock.now()
    add = {"by": SYSTEM, "kind": OverrideKind.ADD, "added_id": own_id(bo)}
    override = await oncall.add_override("live", **add, starts_at=now - HOUR, ends_at=now + HOUR)

    await oncall.withdraw_override(override.id, by=SYSTEM)

    assert await names(now - timedelta(minutes=1), ada, bo) == ["Ada", "Bo"]
    assert await names(now + timedelta(minutes=1), ada, bo) == ["Ada"]
    await oncall.add_override("live", **add, starts_at=now + HOUR / 2, ends_at=now + HOUR)


async def test_a_person_who_is_away_is_not_on_call_and_tells_so_herself() -> None:
    ada, bo = await a_person("Ada"), await a_person("Bo")
    await a_schedule(ada)
    start = MONDAY + timedelta(days=1)

    with pytest.raises(Forbidden):
        await oncall.add_absence(
            own_id(ada), by=bo, kind=AbsenceKind.SICK, starts_at=start, ends_at=start + HOUR
        )  # fmt: skip
    absence = await oncall.add_absence(
        own_id(ada), by=ada, kind=AbsenceKind.SICK, starts_at=start, ends_at=start + HOUR
    )  # fmt: skip
    assert await names(start, ada) == []

    await oncall.withdraw_absence(absence.id, by=ada)
    assert await names(await clock.now() + HOUR, ada) == ["Ada"]


async def test_overrides_need_the_right_a_known_schedule_and_known_people() -> None:
    ada = await a_person("Ada", Role.REVIEWER)
    await a_schedule(ada)
    add = {"kind": OverrideKind.ADD, "starts_at": MONDAY, "ends_at": MONDAY + HOUR}

    with pytest.raises(Forbidden):
        await oncall.add_override("live", by=ada, added_id=own_id(ada), **add)
    with pytest.raises(NotFound):
        await oncall.add_override("unknown", by=SYSTEM, added_id=own_id(ada), **add)
    with pytest.raises(NotFound):
        await oncall.add_override("live", by=SYSTEM, added_id=new_id(), **add)
    with pytest.raises(ValidationFailed):
        await oncall.add_override("live", by=SYSTEM, **add)

    assert not await Override.exists()
