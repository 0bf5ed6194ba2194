"""Pages: told in order until somebody answers, and nothing after that."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tortoise import connections
from tortoise.exceptions import IntegrityError

from domain.core import clock, effects, timers
from domain.core.actor import Actor
from domain.core.errors import Forbidden, NotFound, ValidationFailed, VersionConflict
from domain.core.ids import new_id
from domain.core.models import Event, Timer
from domain.core.transaction import Ref, atomic
from domain.escalation import actions as pages
from domain.escalation.errors import AlreadyEscalated, PageNotWaiting
from domain.escalation.models import Page, PageRun
from domain.escalation.states import PageStatus, RunState
from domain.notify import actions as notify
from domain.notify import sending
from domain.notify.models import ContactMethod, Notification
from domain.notify.ports import Abilities, Accepted, Message, Outcome, PermanentFailure
from domain.notify.states import ContactKind, NotificationState, Urgency
from domain.oncall import actions as oncall
from domain.oncall.states import OverrideKind
from domain.people import actions as people
from domain.people.roles import Role
from integrations import Adapters, connect
from integrations.settings import Settings
from tests.builders import SYSTEM, a_person, a_team
from tests.desk import forward, movable_clock, settle
from workers.firing import TIMERS

pytestmark = pytest.mark.usefixtures("database")

ROOM = Ref("sla_clock", new_id())


class Pager:
    """A notifier that remembers whom it reached; nobody at the addresses in ``broken`` can be."""

    def __init__(self, *broken: str) -> None:
        self.reached: list[str] = []
        self.broken = set(broken)

    @property
    def abilities(self) -> Abilities:
        return Abilities(frozenset(ContactKind))

    async def send(self, message: Message) -> Outcome:
        if message.recipient in self.broken:
            return PermanentFailure("nobody here")
        self.reached.append(message.recipient)
        return Accepted(message.key)

    def expects(self, *names: str) -> None:
        """Exactly these were reached since the last look, in whatever order."""
        assert sorted(self.reached) == sorted(names)
        self.reached.clear()


def with_(pager: Pager) -> Adapters:
    return replace(connect(Settings()), notifier=pager)


async def a_responder(name: str, *, reachable: bool = True) -> Actor:
    person = await a_person(name, Role.RESPONDER)
    assert person.person_id is not None
    if reachable:
        await notify.add_contact(person.person_id, by=person, kind=ContactKind.CONSOLE, address=name)
    return person


def step(*names: str, delay_s: int = 60, kind: str = "PERSON") -> Mapping[str, Any]:
    keys = [f"{name.lower()}@example.org" for name in names] if kind == "PERSON" else names
    return {"delay_s": delay_s, "targets": [{"kind": kind, "key": key} for key in keys]}


async def a_policy(*steps: Mapping[str, Any], fallback: str = "Flo", **more: Any) -> None:
    spec = {"steps": list(steps), "fallback": [f"{fallback.lower()}@example.org"], **more}
    await pages.publish_policy("live", by=SYSTEM, spec=spec, note="test")


async def raised(key: str = "clock-1", **more: Any) -> Page:
    return await pages.page("live", by=SYSTEM, subject=ROOM, dedup_key=key, title="CASE-1 is late", **more)


async def desk(*names: str) -> dict[str, Actor]:
    """A movable clock and people who can be reached, the fallback among them."""
    await movable_clock()
    return {name: await a_responder(name) for name in (*names, "Flo")}


async def status_of(page: Page) -> PageStatus:
    return (await Page.get(id=page.id)).status


async def kinds_of(page: Page) -> list[str]:
    return [event.kind for event in await Event.filter(subject_id=page.id).order_by("seq")]


async def fire_next() -> None:
    """Fires the most overdue timer the way the ticker does, or finds none."""

    @atomic
    async def fire() -> None:
        due = await timers.take_due()
        if due is not None:
            await TIMERS[due.kind](due)

    await fire()


async def time_passes(**shift: float) -> None:
    await connections.get("default").execute_query(
        "UPDATE test_clock SET shift = shift + $1::interval", [timedelta(**shift)]
    )


async def test_steps_are_told_in_order_until_the_page_is_exhausted_and_the_fallback_alarmed() -> None:
    await desk("Ada", "Bo")
    pager = Pager()
    await a_policy(step("Ada", delay_s=5), step("Bo", delay_s=10))
    page = await raised()
    await settle(with_(pager))
    pager.expects("Ada")

    await forward(with_(pager), seconds=6)
    pager.expects("Bo")
    await forward(with_(pager), seconds=11)

    pager.expects("Flo")
    assert await status_of(page) is PageStatus.EXHAUSTED
    assert await kinds_of(page) == ["PageRaised", "PageStepTold", "PageStepTold", "PageExhausted"]
    assert not await Timer.exists()


async def test_a_policy_repeats_as_often_as_it_says() -> None:
    await desk("Ada")
    pager = Pager()
    await a_policy(step("Ada", delay_s=60), repeat=2)
    page = await raised()

    await forward(with_(pager), seconds=181)

    pager.expects("Ada", "Ada", "Ada", "Flo")
    assert await status_of(page) is PageStatus.EXHAUSTED


async def test_after_an_acknowledgement_nothing_is_sent_and_no_timer_is_left() -> None:
    people = await desk("Ada", "Bo")
    pager = Pager()
    await a_policy(step("Ada"), step("Bo"))
    page = await raised()

    await pages.acknowledge(page.id, by=people["Bo"])
    await forward(with_(pager), minutes=10)

    pager.expects()
    page = await Page.get(id=page.id)
    assert (page.status, page.owner_id) == (PageStatus.ACKNOWLEDGED, people["Bo"].person_id)
    assert [n.state for n in await Notification.all()] == [NotificationState.CANCELLED]
    assert not await Timer.exists()
    assert (await PageRun.get()).state is RunState.STOPPED


async def test_an_acknowledgement_before_the_due_timer_makes_the_timer_do_nothing() -> None:
    people = await desk("Ada", "Bo")
    pager = Pager()
    await a_policy(step("Ada", delay_s=5), step("Bo"))
    page = await raised()
    await settle(with_(pager))
    await time_passes(seconds=6)

    await pages.acknowledge(page.id, by=people["Ada"])
    assert await pages.advance(page.id, by=SYSTEM) is False
    await settle(with_(pager))

    pager.expects("Ada")


async def test_an_acknowledgement_after_the_timer_calls_back_what_the_timer_asked_for() -> None:
    people = await desk("Ada", "Bo")
    pager = Pager()
    await a_policy(step("Ada", delay_s=5), step("Bo"))
    page = await raised()
    await settle(with_(pager))
    await time_passes(seconds=6)
    await fire_next()
    assert await Notification.filter(state=NotificationState.PENDING).count() == 1
    claimed = await effects.claim(10)

    await pages.acknowledge(page.id, by=people["Ada"])
    for effect in claimed:
        await sending.deliver(effect, notifier=pager)
    await settle(with_(pager))

    pager.expects("Ada")


async def test_acknowledging_and_firing_at_once_leave_one_outcome_and_send_nothing_after() -> None:
    people = await desk("Ada", "Bo")
    pager = Pager()
    await a_policy(step("Ada", delay_s=0), step("Bo", delay_s=3600))
    for n in range(6):
        page = await raised(f"race-{n}")

        await asyncio.gather(fire_next(), pages.acknowledge(page.id, by=people["Ada"]), fire_next())

        assert await status_of(page) is PageStatus.ACKNOWLEDGED
        assert not await Timer.filter(subject_id=page.id).exists()
    await settle(with_(pager))
    pager.expects()


async def test_of_two_sweepers_one_fires_the_timer_and_the_step_is_told_once() -> None:
    await desk("Ada", "Bo")
    pager = Pager()
    await a_policy(step("Ada", delay_s=5), step("Bo"))
    page = await raised()
    await time_passes(seconds=6)

    await asyncio.gather(*(fire_next() for _ in range(4)))
    await settle(with_(pager))

    pager.expects("Ada", "Bo")
    assert (await kinds_of(page)).count("PageStepTold") == 2


async def test_a_second_message_for_the_same_place_person_and_contact_is_impossible() -> None:
    await desk("Ada")
    await a_policy(step("Ada"))
    await raised()
    sent = await Notification.get()

    with pytest.raises(IntegrityError):
        await Notification.create(
            **{name: getattr(sent, name) for name in sent._meta.db_fields if name != "id"}, id=new_id()
        )


async def test_advancing_twice_moves_once() -> None:
    await desk("Ada", "Bo", "Cy")
    await a_policy(step("Ada", delay_s=5), step("Bo", delay_s=5), step("Cy"))
    page = await raised()
    await time_passes(seconds=6)

    answers = await asyncio.gather(*(pages.advance(page.id, by=SYSTEM) for _ in range(3)))

    assert sorted(answers) == [False, False, True]
    assert (await PageRun.get()).step == 1


async def test_an_escalation_by_somebody_who_saw_an_older_step_is_refused() -> None:
    people = await desk("Ada", "Bo", "Cy")
    pager = Pager()
    await a_policy(step("Ada"), step("Bo"), step("Cy"))
    page = await raised()

    await pages.escalate(page.id, by=people["Ada"], seen_step=0)
    with pytest.raises(AlreadyEscalated):
        await pages.escalate(page.id, by=people["Bo"], seen_step=0)
    await settle(with_(pager))
    pager.expects("Ada", "Bo")

    await pages.acknowledge(page.id, by=people["Bo"])
    with pytest.raises(PageNotWaiting):
        await pages.escalate(page.id, by=people["Cy"], seen_step=1)


async def test_a_step_with_nobody_on_call_is_skipped_at_once() -> None:
    await desk("Ada")
    pager = Pager()
    await oncall.publish_schedule("empty", by=SYSTEM, spec={"tz": "UTC"}, note="nobody yet")
    await a_policy(step("empty", kind="SCHEDULE"), step("Ada"))
    page = await raised()

    await settle(with_(pager))

    pager.expects("Ada")
    skipped = await Event.get(subject_id=page.id, kind="PageStepSkipped")
    assert skipped.payload["reason"] == "NO_ONE_ON_CALL"


async def test_a_person_nobody_can_reach_is_skipped_at_once() -> None:
    await desk("Ada")
    await a_responder("Bo", reachable=False)
    pager = Pager()
    await a_policy(step("Bo"), step("Ada", "Bo"))
    page = await raised()

    await settle(with_(pager))

    pager.expects("Ada")
    assert (await Event.get(subject_id=page.id, kind="PageStepSkipped")).payload["reason"] == "UNREACHABLE"
    assert len((await Event.get(subject_id=page.id, kind="PageStepTold")).payload["unreachable"]) == 1


async def test_when_nobody_of_the_policy_is_there_the_fallback_is_told_and_the_page_stays() -> None:
    await desk()
    await a_responder("Bo", reachable=False)
    pager = Pager()
    await a_policy(step("Bo"))
    page = await raised()

    await settle(with_(pager))

    pager.expects("Flo")
    assert await status_of(page) is PageStatus.TRIGGERED
    assert await Timer.filter(subject_id=page.id).count() == 1


async def test_when_even_the_fallback_is_gone_those_who_run_the_desk_are_told() -> None:
    await movable_clock()
    await a_responder("Flo", reachable=False)
    boss = await a_person("Boss", Role.ADMIN)
    assert boss.person_id is not None
    await notify.add_contact(boss.person_id, by=boss, kind=ContactKind.CONSOLE, address="boss")
    pager = Pager()
    await a_policy(step("Flo"))
    await raised()

    await settle(with_(pager))

    pager.expects("Boss")


async def test_a_page_that_reaches_nobody_at_all_tries_again_each_minute_and_is_never_dropped() -> None:
    await movable_clock()
    flo = await a_responder("Flo", reachable=False)
    pager = Pager()
    await a_policy(step("Flo"))
    page = await raised()
    await forward(with_(pager), minutes=5)
    pager.expects()
    assert await status_of(page) is PageStatus.TRIGGERED
    assert (await kinds_of(page)).count("PageReachedNobody") in range(5, 7)

    assert flo.person_id is not None
    await notify.add_contact(flo.person_id, by=flo, kind=ContactKind.CONSOLE, address="flo")
    await forward(with_(pager), seconds=61)

    pager.expects("Flo")


async def test_when_all_contacts_of_the_only_responder_fail_the_next_is_told_without_waiting() -> None:
    people = await desk("Ada", "Bo")
    ada = people["Ada"]
    assert ada.person_id is not None
    await notify.add_contact(ada.person_id, by=ada, kind=ContactKind.EMAIL, address="ada@example.org")
    pager = Pager("Ada")
    await a_policy(step("Ada", delay_s=3600), step("Bo", delay_s=3600))
    await raised()

    await settle(with_(pager))

    pager.expects("Bo")
    assert await ContactMethod.filter(last_failure="nobody here").count() == 2


async def test_while_one_of_a_step_can_still_be_reached_the_step_waits() -> None:
    await desk("Ada", "Bo", "Cy")
    pager = Pager("Ada")
    await a_policy(step("Ada", "Bo", delay_s=60), step("Cy"))
    await raised()

    await forward(with_(pager), seconds=59)

    pager.expects("Bo")


async def test_a_repeating_policy_whose_contacts_all_fail_does_not_spin() -> None:
    await desk("Ada")
    pager = Pager("Ada", "Flo")
    await a_policy(step("Ada", delay_s=60), repeat=9)
    page = await raised()

    await settle(with_(pager))
    loops = (await kinds_of(page)).count("PageLooped")

    pager.expects()
    assert loops == 1
    assert await status_of(page) is PageStatus.TRIGGERED


async def test_the_schedule_is_resolved_when_its_step_comes_though_the_policy_is_pinned() -> None:
    people = await desk("Ada", "Bo")
    pager = Pager()
    now = await clock.now()
    rotation = {
        "tz": "UTC",
        "layers": [
            {"key": "all", "period": "DAY", "anchor": "2026-01-01T00:00:00", "participants": ["ada@example.org"]}
        ],
    }
    await oncall.publish_schedule("live", by=SYSTEM, spec=rotation, note="Ada", effective_from=now - timedelta(days=9))
    await a_policy(step("Bo", delay_s=60), step("live", kind="SCHEDULE"))
    page = await raised()
    await a_policy(step("Flo"))
    ids = {"removed_id": people["Ada"].person_id, "added_id": people["Bo"].person_id}
    await oncall.add_override(
        "live", by=SYSTEM, kind=OverrideKind.REPLACE, starts_at=now, ends_at=now + timedelta(hours=1), **ids
    )  # fmt: skip

    await forward(with_(pager), seconds=61)

    pager.expects("Bo", "Bo")
    assert (await PageRun.get(page_id=page.id)).step == 1


async def test_who_comes_on_call_while_a_step_waits_is_told_as_well() -> None:
    await desk("Ada", "Bo")
    pager = Pager()
    now = await clock.now()
    handoff = now + timedelta(minutes=30)
    rotation = {
        "tz": "UTC",
        "layers": [
            {
                "key": "all",
                "period": "HOUR",
                "anchor": (handoff - timedelta(hours=48)).replace(tzinfo=None).isoformat(),
                "participants": ["bo@example.org", "ada@example.org"],
            }
        ],
    }
    await oncall.publish_schedule("live", by=SYSTEM, spec=rotation, note="x", effective_from=now - timedelta(days=9))
    await a_policy(step("live", kind="SCHEDULE", delay_s=3600))
    page = await raised()
    await settle(with_(pager))
    pager.expects("Ada")

    await forward(with_(pager), minutes=31)

    pager.expects("Bo")
    assert (await PageRun.get(page_id=page.id)).step == 0
    assert "PageHandedOver" in await kinds_of(page)
    await forward(with_(pager), minutes=30)
    pager.expects("Flo")


async def test_after_an_acknowledgement_a_change_of_shift_tells_nobody() -> None:
    people = await desk("Ada", "Bo")
    pager = Pager()
    now = await clock.now()
    await oncall.publish_schedule("live", by=SYSTEM, spec={"tz": "UTC"}, note="x", effective_from=now)
    ids = {"by": SYSTEM, "kind": OverrideKind.ADD}
    minute = timedelta(minutes=1)
    await oncall.add_override(
        "live", **ids, added_id=people["Ada"].person_id, starts_at=now - minute, ends_at=now + 5 * minute
    )
    await oncall.add_override(
        "live", **ids, added_id=people["Bo"].person_id, starts_at=now + 5 * minute, ends_at=now + 60 * minute
    )
    await a_policy(step("live", kind="SCHEDULE", delay_s=3600))
    page = await raised()
    assert await Timer.filter(subject_id=page.id).count() == 2

    await pages.acknowledge(page.id, by=people["Ada"])
    await forward(with_(pager), minutes=10)

    pager.expects()


async def test_everybody_of_a_team_is_told_at_once() -> None:
    known = await desk("Ada", "Bo")
    team = await a_team("night")
    for name in ("Ada", "Bo"):
        await join(team.id, known[name])
    pager = Pager()
    await a_policy(step("night", kind="TEAM"))
    await raised()

    await settle(with_(pager))

    assert sorted(pager.reached) == ["Ada", "Bo"]


async def join(team_id: UUID, person: Actor) -> None:
    assert person.person_id is not None
    await people.join(team_id, by=SYSTEM, person_id=person.person_id)


async def test_the_same_news_of_an_open_page_counts_and_after_resolving_pages_anew() -> None:
    people = await desk("Ada")
    pager = Pager()
    await a_policy(step("Ada"), urgency="LOW")
    page = await raised()

    again = await raised(urgency=Urgency.HIGH)
    assert (again.id, again.occurrences, again.urgency) == (page.id, 2, Urgency.HIGH)
    assert await PageRun.all().count() == 1
    await settle(with_(pager))
    pager.expects("Ada")

    await pages.resolve(page.id, by=people["Ada"])
    other = await raised()
    assert other.id != page.id
    assert other.number > page.number


async def test_when_what_raised_a_page_is_over_its_page_alone_is_resolved_by_its_key() -> None:
    await desk("Ada")
    await a_policy(step("Ada"))
    page, other = await raised("clock-1"), await raised("clock-2")

    await pages.resolve_open("clock-1", by=SYSTEM)

    assert await pages.resolve_open("clock-1", by=SYSTEM) is None
    assert await status_of(page) is PageStatus.RESOLVED
    assert await status_of(other) is PageStatus.TRIGGERED


async def test_of_racing_reports_of_one_thing_one_raises_the_page() -> None:
    await desk("Ada")
    await a_policy(step("Ada"))

    answers = await asyncio.gather(*(raised() for _ in range(5)))

    assert len({page.id for page in answers}) == 1
    assert (await Page.get()).occurrences == 5
    assert await PageRun.all().count() == 1
    assert await Notification.all().count() == 1


async def test_somebody_who_was_not_paged_may_acknowledge_and_the_first_stays_the_owner() -> None:
    people = await desk("Ada", "Bo")
    await a_policy(step("Ada"))
    page = await raised()

    await pages.acknowledge(page.id, by=people["Bo"])
    await pages.acknowledge(page.id, by=people["Ada"])
    await pages.acknowledge(page.id, by=people["Bo"])

    assert (await Page.get(id=page.id)).owner_id == people["Bo"].person_id
    assert (await kinds_of(page))[-2:] == ["PageAcknowledged", "PageAcknowledgedAgain"]
    first = await Event.get(subject_id=page.id, kind="PageAcknowledged")
    assert first.payload["was_told"] is False


async def test_an_acknowledged_page_that_is_not_resolved_in_time_starts_over_and_tells_its_owner() -> None:
    people = await desk("Ada", "Bo")
    pager = Pager()
    await a_policy(step("Ada"), ack_timeout_s=600)
    page = await raised()
    await settle(with_(pager))
    await pages.acknowledge(page.id, by=people["Bo"])
    pager.expects("Ada")

    await forward(with_(pager), seconds=601)

    pager.expects("Bo", "Ada")
    assert await status_of(page) is PageStatus.TRIGGERED
    assert await PageRun.filter(page_id=page.id, state=RunState.ACTIVE).count() == 1


async def test_a_resolved_page_sends_nothing_more_and_does_not_start_over() -> None:
    people = await desk("Ada")
    pager = Pager()
    await a_policy(step("Ada"), ack_timeout_s=600)
    page = await raised()
    await pages.acknowledge(page.id, by=people["Ada"])

    await pages.resolve(page.id, by=people["Ada"])
    await pages.resolve(page.id, by=people["Ada"])
    await forward(with_(pager), hours=1)

    pager.expects()
    assert (await kinds_of(page)).count("PageResolved") == 1


async def test_what_is_refused_changes_and_sends_nothing() -> None:
    people = await desk("Ada")
    pager = Pager()
    await a_policy(step("Ada"))
    page = await raised()
    before = await kinds_of(page)

    with pytest.raises(VersionConflict):
        await pages.acknowledge(page.id, by=people["Ada"], expected_version=1)
    with pytest.raises(Forbidden):
        await pages.acknowledge(page.id, by=await a_person("Vi", Role.VIEWER))
    with pytest.raises(NotFound):
        await pages.page("unknown", by=SYSTEM, subject=ROOM, dedup_key="x", title="x")
    with pytest.raises(Forbidden):
        await pages.page("live", by=await a_person("Re"), subject=ROOM, dedup_key="x", title="x")

    assert await kinds_of(page) == before
    assert await Timer.filter(subject_id=page.id).count() == 1
    await settle(with_(pager))
    pager.expects("Ada")


@pytest.mark.parametrize(
    "steps",
    [
        [step("nobody")],
        [step("nowhere", kind="SCHEDULE")],
        [step("nothing", kind="TEAM")],
        [],
        [step("Flo", delay_s=-1)],
    ],
)
async def test_a_policy_with_unknown_targets_or_senseless_delays_is_refused(steps: list[Mapping[str, Any]]) -> None:
    await a_responder("Flo")

    with pytest.raises(ValidationFailed):
        await a_policy(*steps)

    assert not await Event.filter(kind="EscalationPolicyPublished").exists()
