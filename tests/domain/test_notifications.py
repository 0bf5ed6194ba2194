"""Reaching a person: claimed, sent once, recorded; called back while that is possible."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tortoise import connections

from domain.core import content, effects
from domain.core.actor import Actor
from domain.core.effects import MAX_ATTEMPTS, Effect, TryAgain
from domain.core.errors import Forbidden, ValidationFailed
from domain.core.ids import new_id
from domain.core.models import Event
from domain.core.transaction import Ref, atomic
from domain.notify import actions as notify
from domain.notify import queries, sending
from domain.notify.models import ContactMethod, Notification
from domain.notify.ports import Abilities, Accepted, Message, Outcome, PermanentFailure, TemporaryFailure
from domain.notify.states import ContactKind, NotificationState, Urgency
from domain.people.roles import Role
from tests.builders import SYSTEM, a_person
from tests.desk import movable_clock

pytestmark = pytest.mark.usefixtures("database")

CAUSE = Ref("page", new_id())


class Pager:
    """A notifier that keeps what it was given and answers as it is told."""

    def __init__(self, *answers: Outcome) -> None:
        self.sent: list[Message] = []
        self.answers = list(answers)

    @property
    def abilities(self) -> Abilities:
        return Abilities(frozenset(ContactKind))

    async def send(self, message: Message) -> Outcome:
        self.sent.append(message)
        return self.answers.pop(0) if self.answers else Accepted(message.key)


async def a_contact(person: Actor) -> ContactMethod:
    assert person.person_id is not None
    return await notify.add_contact(
        person.person_id, by=person, kind=ContactKind.EMAIL, address=f"{person.name.lower()}@example.org"
    )


async def a_notification(
    urgency: Urgency = Urgency.HIGH, *, contact: ContactMethod | None = None, batch: str = "run/0/0"
) -> Notification:
    to = contact or await a_contact(await a_person())

    @atomic
    async def plan() -> Notification | None:
        title = await content.store("Bets on the raffle stream", path="title")
        return await notify.tell(
            to, by=SYSTEM, cause=CAUSE, batch=batch, urgency=urgency, reference="PAGE-1", title_id=title.id
        )

    notification = await plan()
    assert notification is not None
    return notification


async def its_effect() -> Effect:
    (effect,) = await effects.claim(10)
    return effect


async def state_of(notification: Notification) -> NotificationState:
    return (await Notification.get(id=notification.id)).state


async def time_passes(**shift: float) -> None:
    await connections.get("default").execute_query(
        "UPDATE test_clock SET shift = shift + $1::interval", [timedelta(**shift)]
    )


async def test_a_notification_is_sent_once_with_its_own_key_and_its_receipt_is_kept() -> None:
    notification, pager = await a_notification(), Pager(Accepted("provider-7"))
    effect = await its_effect()

    await sending.deliver(effect, notifier=pager)
    await sending.deliver(effect, notifier=pager)

    (message,) = pager.sent
    assert (message.key, message.address, message.title) == (
        notification.key, "ada@example.org", "Bets on the raffle stream",
    )  # fmt: skip
    kept = await Notification.get(id=notification.id)
    assert (kept.state, kept.provider_id, kept.attempts) == (NotificationState.ACCEPTED, "provider-7", 1)
    assert await Event.filter(kind="NotificationAccepted").count() == 1


async def test_the_same_batch_tells_a_contact_once() -> None:
    contact = await a_contact(await a_person())
    await a_notification(contact=contact)

    again = await notify.tell(
        contact, by=SYSTEM, cause=CAUSE, batch="run/0/0", urgency=Urgency.HIGH, reference="PAGE-1", title_id=new_id()
    )

    assert again is None
    assert await Notification.all().count() == 1


async def test_what_is_cancelled_before_it_is_sent_is_never_sent() -> None:
    notification, pager = await a_notification(), Pager()
    effect = await its_effect()

    await notify.cancel(CAUSE, by=SYSTEM)
    await sending.deliver(effect, notifier=pager)

    assert pager.sent == []
    assert await state_of(notification) is NotificationState.CANCELLED


async def test_what_is_cancelled_while_it_is_sent_is_not_tried_again() -> None:
    notification, effect = await a_notification(), await its_effect()

    class Slow(Pager):
        async def send(self, message: Message) -> Outcome:
            await notify.cancel(CAUSE, by=SYSTEM)
            return await super().send(message)

    await sending.deliver(effect, notifier=Slow(TemporaryFailure("busy")))

    assert await state_of(notification) is NotificationState.CANCELLED


async def test_a_temporary_failure_is_tried_again_until_the_last_attempt_fails_it() -> None:
    notification, effect = await a_notification(), await its_effect()
    pager = Pager(TemporaryFailure("busy", after=timedelta(seconds=7)), TemporaryFailure("busy"))

    with pytest.raises(TryAgain) as again:
        await sending.deliver(effect, notifier=pager)
    assert again.value.after == timedelta(seconds=7)
    assert await state_of(notification) is NotificationState.PENDING

    await sending.deliver(replace(effect, attempt=MAX_ATTEMPTS), notifier=pager)
    assert await state_of(notification) is NotificationState.FAILED
    assert [message.key for message in pager.sent] == [notification.key] * 2


async def test_a_permanent_failure_is_written_on_the_contact_and_into_the_log() -> None:
    notification, effect = await a_notification(), await its_effect()

    await sending.deliver(effect, notifier=Pager(PermanentFailure("nobody here")))

    contact = await ContactMethod.get(id=notification.contact_id)
    assert contact.last_failure == "nobody here"
    assert await Event.filter(kind="NotificationFailed", subject_id=notification.id).count() == 1
    assert await queries.all_failed(CAUSE, batch="run/0")


@pytest.mark.parametrize(
    ("urgency", "sent", "ends"),
    [(Urgency.HIGH, 1, NotificationState.ACCEPTED), (Urgency.LOW, 0, NotificationState.UNKNOWN)],
)
async def test_when_a_sender_dies_high_is_sent_again_with_the_same_key_and_low_is_not(
    urgency: Urgency, sent: int, ends: NotificationState
) -> None:
    await movable_clock()
    notification, pager = await a_notification(urgency), Pager()
    effect = await its_effect()
    dead = await sending.claim(notification.id, by=SYSTEM)
    with pytest.raises(TryAgain):
        await sending.deliver(effect, notifier=pager)

    await time_passes(seconds=31)
    await sending.deliver(effect, notifier=pager)

    assert dead is not None
    assert [message.key for message in pager.sent] == [dead.key] * sent
    assert await state_of(notification) is ends


async def test_after_a_cancellation_even_a_high_one_whose_sender_died_is_not_sent_again() -> None:
    await movable_clock()
    notification, effect = await a_notification(), await its_effect()
    await sending.claim(notification.id, by=SYSTEM)
    await notify.cancel(CAUSE, by=SYSTEM)
    await time_passes(seconds=31)
    pager = Pager()

    await sending.deliver(effect, notifier=pager)

    assert pager.sent == []
    assert await state_of(notification) is NotificationState.UNKNOWN


async def test_a_disabled_contact_gets_nothing_and_its_message_fails() -> None:
    contact = await a_contact(await a_person())
    notification, effect, pager = await a_notification(contact=contact), await its_effect(), Pager()

    await notify.disable_contact(contact.id, by=SYSTEM)
    await sending.deliver(effect, notifier=pager)

    assert pager.sent == []
    assert await state_of(notification) is NotificationState.FAILED


async def test_only_verified_contacts_of_active_people_count_as_reachable() -> None:
    ada, manager = await a_person(), await a_person("Mo", Role.MANAGER)
    assert ada.person_id is not None
    own = await a_contact(ada)
    other = await notify.add_contact(ada.person_id, by=ada, kind=ContactKind.EMAIL, address="ada@home.example")
    assert [c.id for c in (await queries.reachable([ada.person_id]))[ada.person_id]] == [own.id]

    await notify.verify_contact(other.id, by=manager)
    await notify.disable_contact(own.id, by=ada)

    assert [c.id for c in (await queries.reachable([ada.person_id]))[ada.person_id]] == [other.id]


async def test_nobody_writes_addresses_for_others_and_a_bad_address_is_refused() -> None:
    ada, bo = await a_person(), await a_person("Bo")
    assert ada.person_id is not None

    with pytest.raises(Forbidden):
        await notify.add_contact(ada.person_id, by=bo, kind=ContactKind.CONSOLE, address="bo")
    with pytest.raises(ValidationFailed):
        await notify.add_contact(ada.person_id, by=ada, kind=ContactKind.EMAIL, address="ada at home")

    assert not await ContactMethod.exists()
