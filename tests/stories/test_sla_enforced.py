"""A promise at the desk: warned about, broken, paged for, and answered; each of it once, whoever was asleep."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tortoise import connections

from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.states import CaseState
from domain.core.actor import Actor, Origin
from domain.core.events import Source
from domain.core.models import Event, Timer
from domain.core.transaction import Ref
from domain.escalation import actions as pages
from domain.escalation.models import Page
from domain.escalation.states import PageStatus
from domain.inquiries import actions as inquiries
from domain.inquiries.states import InquiryKind
from domain.notify import actions as notify
from domain.notify.ports import Abilities, Accepted, Message, Outcome
from domain.notify.states import ContactKind, Urgency
from domain.people.roles import Role
from domain.sla import enforcing
from domain.sla.clocks import ClockState
from domain.sla.models import SlaClock, SlaFiring
from integrations import Adapters, connect
from integrations.settings import Settings
from tests.builders import SYSTEM, a_person, an_account
from tests.desk import forward, movable_clock, settle
from tests.domain.promises import LONG_AGO, a_case, a_desk, a_policy, promise, the_clock
from workers.ticker import Ticker

pytestmark = pytest.mark.usefixtures("database")

ALARMS = ["SlaWarned", "SlaBreached", "SlaOverran", "SlaVoided", "SlaStopped"]
PAGE_LOW = {"page": "live-desk", "urgency": "LOW"}
PAGE = {"page": "live-desk", "urgency": "HIGH"}
THRESHOLDS: list[dict[str, Any]] = [
    {"percent": 50, "actions": [PAGE_LOW]},
    {"overdue": 0, "actions": [PAGE]},
]


class Pager:
    """A notifier that remembers what it said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    @property
    def abilities(self) -> Abilities:
        return Abilities(frozenset(ContactKind))

    async def send(self, message: Message) -> Outcome:
        self.said.append(message.title)
        return Accepted(message.key)


async def a_watched_desk(**more: Any) -> tuple[Actor, Pager, Adapters]:
    """Ada works, Rae is on call for `live-desk`; a case is to be resolved within ten minutes."""
    await movable_clock()
    ada = await a_desk()
    rae = await a_person("Rae", Role.RESPONDER)
    assert rae.person_id is not None
    await notify.add_contact(rae.person_id, by=rae, kind=ContactKind.CONSOLE, address="Rae")
    who = {"kind": "PERSON", "key": "rae@example.org"}
    spec = {"steps": [{"delay_s": 86_400, "targets": [who]}], "fallback": ["rae@example.org"]}
    await pages.publish_policy("live-desk", by=SYSTEM, spec=spec, note="Rae")
    await a_policy(promise(thresholds=THRESHOLDS, **more), effective_from=LONG_AGO)
    pager = Pager()
    return ada, pager, replace(connect(Settings()), notifier=pager)


async def alarms(case: Case) -> list[tuple[str, Any]]:
    """What was said of the case's clocks, in order, with when it became true."""
    found = await Event.filter(kind__in=ALARMS).order_by("id")
    return [(event.kind, event.occurred_at) for event in found if event.payload["subject_id"] == str(case.id)]


async def due_of(case: Case) -> Any:
    clock = await the_clock(case.id)
    assert clock.due_at is not None
    return clock.due_at


async def test_a_case_is_warned_about_then_late_then_paged_for_until_it_is_resolved() -> None:
    ada, pager, adapters = await a_watched_desk()
    case = await a_case()
    due = await due_of(case)

    await forward(adapters, minutes=4)
    assert (await alarms(case), pager.said) == ([], [])
    await forward(adapters, minutes=2)
    assert await alarms(case) == [("SlaWarned", due - timedelta(minutes=5))]
    page = await Page.get()
    assert (page.urgency, page.subject_id, page.occurrences) == (Urgency.LOW, case.id, 1)
    await forward(adapters, minutes=5)

    assert [kind for kind, _ in await alarms(case)] == ["SlaWarned", "SlaBreached"]
    clock = await the_clock(case.id)
    assert (clock.state, clock.breached_at) == (ClockState.BREACHING, due)
    assert ((await Page.get()).urgency, (await Page.get()).occurrences) == (Urgency.HIGH, 2)
    assert not await Timer.filter(kind="SLA").exists()
    lease = await cases.claim(case.id, by=ada)
    await cases.resolve(case.id, by=ada, resolution="ANSWERED", token=lease.token)
    await settle(adapters)
    assert (await the_clock(case.id)).state is ClockState.BREACHED
    assert [kind for kind, _ in await alarms(case)] == ["SlaWarned", "SlaBreached", "SlaStopped"]
    assert (await Page.get()).status is PageStatus.RESOLVED


async def test_a_case_resolved_in_time_pages_nobody() -> None:
    ada, pager, adapters = await a_watched_desk()
    case = await a_case()
    await forward(adapters, minutes=4)

    lease = await cases.claim(case.id, by=ada)
    await cases.resolve(case.id, by=ada, resolution="ANSWERED", token=lease.token)
    await forward(adapters, minutes=60)

    assert (await the_clock(case.id)).state is ClockState.MET
    assert (await alarms(case), pager.said) == ([], [])


async def test_after_a_night_without_workers_the_verdict_is_of_the_due_and_only_the_last_step_pages() -> None:
    _, pager, adapters = await a_watched_desk()
    case = await a_case()
    due = await due_of(case)
    await connections.get("default").execute_query("UPDATE test_clock SET shift = shift + interval '6 hours'")

    await settle(adapters)
    await settle(adapters)

    assert await alarms(case) == [("SlaWarned", due - timedelta(minutes=5)), ("SlaBreached", due)]
    assert (await the_clock(case.id)).breached_at == due
    page = await Page.get()
    assert (page.urgency, page.occurrences) == (Urgency.HIGH, 1)
    assert len(pager.said) == 1


async def test_two_tickers_act_on_a_due_once() -> None:
    await a_watched_desk()
    found = [await a_case() for _ in range(5)]
    await connections.get("default").execute_query("UPDATE test_clock SET shift = shift + interval '11 minutes'")

    async def unheard(_drain: str) -> bool:
        return False

    await asyncio.gather(*(Ticker(drains={}, ring=unheard).fire() for _ in range(3)))
    await asyncio.gather(*(enforcing.enforce(Ref("case", case.id), by=SYSTEM) for case in found))

    for case in found:
        assert [kind for kind, _ in await alarms(case)] == ["SlaWarned", "SlaBreached"]
    assert await SlaFiring.all().count() == 10


async def test_a_case_on_hold_past_its_old_due_is_neither_late_nor_told_of() -> None:
    ada, _, adapters = await a_watched_desk()
    case = await a_case()
    lease = await cases.claim(case.id, by=ada)
    await forward(adapters, minutes=2)
    await cases.hold(case.id, by=ada, reason="WAITING", token=lease.token)

    await forward(adapters, minutes=30)
    assert (await alarms(case), (await the_clock(case.id)).state) == ([], ClockState.PAUSED)
    await cases.resume(case.id, by=ada)
    await forward(adapters, minutes=4)

    assert [kind for kind, _ in await alarms(case)] == ["SlaWarned"]


async def test_news_of_an_earlier_hold_takes_the_breach_back_and_keeps_it_on_record() -> None:
    _, _, adapters = await a_watched_desk()
    case = await a_case()
    opened = (await the_clock(case.id)).started_at
    await forward(adapters, minutes=11)
    importer = replace(SYSTEM, origin=Origin.IMPORT)

    await cases.move(
        case.id,
        by=importer,
        to=CaseState.ON_HOLD,
        occurred_at=opened + timedelta(minutes=2),
        source=Source(system="tracker", event_id="1"),
    )
    await settle(adapters)

    assert [kind for kind, _ in await alarms(case)] == ["SlaWarned", "SlaBreached", "SlaVoided"]
    assert (await the_clock(case.id)).state is ClockState.PAUSED
    assert (await Page.get()).status is PageStatus.RESOLVED
    assert await SlaFiring.filter(voided_at__isnull=False).count() == 1


async def test_an_inquiry_has_clocks_of_its_own_which_only_a_person_stops() -> None:
    ada, pager, adapters = await a_watched_desk()
    answered = promise(
        "FIRST_RESPONSE",
        start={"kind": "InquiryFiled"},
        stop={"kind": "InquiryReplied", "by_kind": ["HUMAN"]},
        pause=(),
        cancel=(),
        thresholds=THRESHOLDS,
    )
    await a_policy(answered, key="inquiries", scope={"inquiry_kind": ["QUESTION"]})
    found = [
        await inquiries.file(
            "Payout?", by=SYSTEM, kind=InquiryKind.QUESTION, channel="email", external_id=name, text="Where is it?"
        )
        for name in ("a", "b")
    ]
    robot = await an_account("robot", Role.AUTOMATION)

    await inquiries.reply(found[0].inquiry.id, by=ada, text="On its way.")
    await inquiries.reply(found[1].inquiry.id, by=robot, text="We got it.")
    await forward(adapters, minutes=11)

    states = [(await SlaClock.get(subject_id=one.inquiry.id)).state for one in found]
    assert states == [ClockState.MET, ClockState.BREACHING]
    assert (await Page.get()).subject_id == found[1].inquiry.id
    assert f"INQ-{found[1].inquiry.number} FIRST_RESPONSE" in pager.said[0]
