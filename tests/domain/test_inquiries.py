"""Inquiries: taken in once, answered, linked to cases, closed and opened again."""

import asyncio

import pytest

from domain.cases import actions as cases
from domain.cases.errors import DedupeKeyReused
from domain.cases.models import Case
from domain.cases.states import CaseKind, Sensitivity
from domain.core.actor import Actor, ActorKind
from domain.core.errors import Forbidden, NotFound, Refusal, ValidationFailed, VersionConflict
from domain.core.models import Content, Event
from domain.inquiries import actions as inquiries
from domain.inquiries.actions import Filed, From
from domain.inquiries.errors import InquiryIsClosed
from domain.inquiries.models import Inquiry, InquiryCase, InquiryMessage
from domain.inquiries.states import CaseRelation, InquiryKind, InquiryState, MessageDirection
from domain.people.models import Requester
from domain.people.roles import Role
from tests.builders import a_person, an_account

pytestmark = pytest.mark.usefixtures("database")


async def an_inquiry(by: Actor, external_id: str = "mail-1", address: str = "mia@example.org") -> Filed:
    return await inquiries.file(
        "My stream was ended",
        by=by,
        kind=InquiryKind.COMPLAINT,
        channel="email",
        external_id=external_id,
        text="I did nothing wrong.",
        requester=From(address=address, name="Mia"),
        language="en",
    )


async def kinds_of(inquiry: Inquiry) -> list[str]:
    return [event.kind for event in await Event.filter(subject_id=inquiry.id).order_by("seq")]


async def test_an_inquiry_sent_eight_times_at_once_comes_in_once() -> None:
    intake = await an_account()

    filed = await asyncio.gather(*(an_inquiry(intake) for _ in range(8)))

    assert len({one.inquiry.id for one in filed}) == 1
    assert sum(not one.repeated for one in filed) == 1
    assert await Inquiry.all().count() == await InquiryMessage.all().count() == await Requester.all().count() == 1


async def test_who_writes_again_is_known_again_and_stays_out_of_the_log() -> None:
    intake = await an_account()

    first = await an_inquiry(intake)
    second = await an_inquiry(intake, "mail-2", " MIA@example.org ")

    assert first.inquiry.requester_id == second.inquiry.requester_id
    assert second.inquiry.number > first.inquiry.number
    payloads = str([event.payload for event in await Event.all()])
    assert "mia@example.org" not in payloads.lower()
    assert "did nothing wrong" not in payloads
    requester = await Requester.get().prefetch_related("address")
    assert requester.address is not None
    assert requester.address.body == "mia@example.org"


async def test_what_is_wrong_with_an_inquiry_is_said_all_at_once_and_nothing_is_kept() -> None:
    intake, viewer = await an_account(), await a_person("Cy", Role.VIEWER)
    before = await Content.all().count(), await Event.all().count()

    with pytest.raises(ValidationFailed) as refused:
        await inquiries.file(
            "Help", by=intake, kind=InquiryKind.QUESTION, channel="E Mail", external_id=" ", text="?", language="x"
        )
    with pytest.raises(Forbidden, match=r"inquiry\.file"):
        await an_inquiry(viewer)

    assert [problem.path for problem in refused.value.problems] == [("channel",), ("externalId",), ("language",)]
    assert (await Content.all().count(), await Event.all().count()) == before


async def test_a_persons_reply_answers_and_a_machines_does_not() -> None:
    inquiry = (await an_inquiry(await an_account())).inquiry
    bot, ada = await an_account("bot", Role.AUTOMATION), await a_person("Ada")

    await inquiries.reply(inquiry.id, by=bot, text="We have your message.")
    after_bot = await Inquiry.get(id=inquiry.id)
    await inquiries.reply(inquiry.id, by=ada, text="I will look at it.")
    await inquiries.reply(inquiry.id, by=ada, text="It was a mistake.")

    after_ada = await Inquiry.get(id=inquiry.id)
    assert (after_bot.state, after_bot.first_replied_at) == (InquiryState.OPEN, None)
    assert after_ada.state is InquiryState.ANSWERED
    assert after_ada.first_replied_at is not None
    replies = await Event.filter(kind="InquiryReplied").order_by("seq")
    assert [(r.payload["by_kind"], r.payload["first"]) for r in replies] == [
        ("SERVICE", False), ("HUMAN", True), ("HUMAN", False),
    ]  # fmt: skip
    kinds = [message.author_kind for message in await InquiryMessage.filter(direction=MessageDirection.OUTBOUND)]
    assert sorted(kinds) == [ActorKind.HUMAN, ActorKind.HUMAN, ActorKind.SERVICE]


async def test_a_new_message_opens_a_closed_inquiry_and_comes_in_once() -> None:
    intake, ada = await an_account(), await a_person("Ada")
    inquiry = (await an_inquiry(intake)).inquiry
    await inquiries.reply(inquiry.id, by=ada, text="Done.")
    await inquiries.close(inquiry.id, by=ada)
    await inquiries.close(inquiry.id, by=ada)

    first = await inquiries.receive_message(inquiry.id, by=intake, text="Not done!", external_id="mail-9")
    again = await inquiries.receive_message(inquiry.id, by=intake, text="Not done!", external_id="mail-9")

    opened = await Inquiry.get(id=inquiry.id)
    assert first == again
    assert (opened.state, opened.closed_at, opened.resolution) == (InquiryState.OPEN, None, None)
    assert await kinds_of(inquiry) == ["InquiryFiled", "InquiryReplied", "InquiryClosed", "MessageReceived"]
    assert opened.version == 4


async def test_a_message_sent_again_with_other_words_is_refused_and_changes_nothing() -> None:
    intake = await an_account()
    inquiry = (await an_inquiry(intake)).inquiry
    await inquiries.receive_message(inquiry.id, by=intake, text="Not done!", external_id="mail-9")
    before = await Content.all().count(), await Event.all().count()

    with pytest.raises(DedupeKeyReused, match="text"):
        await inquiries.receive_message(inquiry.id, by=intake, text="Done after all.", external_id="mail-9")

    assert (await Content.all().count(), await Event.all().count()) == before


async def test_nobody_answers_a_closed_inquiry_or_a_stale_one_or_without_the_right() -> None:
    intake, ada = await an_account(), await a_person("Ada")
    inquiry = (await an_inquiry(intake)).inquiry
    stranger = await a_person("Cy", Role.VIEWER)
    attempts: list[tuple[type[Refusal], Actor, int | None]] = [
        (Forbidden, stranger, None),
        (VersionConflict, ada, 7),
    ]

    for refusal, by, version in attempts:
        with pytest.raises(refusal):
            await inquiries.reply(inquiry.id, by=by, text="Hello.", expected_version=version)
    assert await kinds_of(inquiry) == ["InquiryFiled"]

    await inquiries.close(inquiry.id, by=ada, resolution="SPAM")
    with pytest.raises(InquiryIsClosed):
        await inquiries.reply(inquiry.id, by=ada, text="Hello.")
    assert await InquiryMessage.all().count() == 1


async def test_an_inquiry_becomes_a_case_once_and_may_stand_beside_others() -> None:
    ada = await a_person("Ada")
    inquiry = (await an_inquiry(await an_account())).inquiry
    other = await cases.open_case("Another", by=ada, kind=CaseKind.SERVICE)

    case = await inquiries.convert(inquiry.id, by=ada)
    assert await inquiries.convert(inquiry.id, by=ada) == case
    await inquiries.link(inquiry.id, by=ada, case_id=other.id)
    await inquiries.link(inquiry.id, by=ada, case_id=other.id)

    assert case.kind is CaseKind.INQUIRY
    assert (await Content.get(id=case.title_id)).body == "My stream was ended"
    links = {link.case_id: link.relation for link in await InquiryCase.filter(inquiry_id=inquiry.id)}
    assert links == {case.id: CaseRelation.CONVERTED, other.id: CaseRelation.LINKED}
    assert await inquiries.unlink(inquiry.id, by=ada, case_id=other.id)
    assert not await inquiries.unlink(inquiry.id, by=ada, case_id=other.id)
    assert (await inquiries.link(inquiry.id, by=ada, case_id=other.id)).unlinked_at is None


async def test_a_case_one_may_not_see_cannot_be_linked_to() -> None:
    ada, cleared = await a_person("Ada"), await a_person("Bo", clearances=["SENSITIVE"])
    inquiry = (await an_inquiry(await an_account())).inquiry
    hidden = await cases.open_case("Hidden", by=cleared, kind=CaseKind.SERVICE, sensitivity=Sensitivity.SENSITIVE)

    with pytest.raises(NotFound):
        await inquiries.link(inquiry.id, by=ada, case_id=hidden.id)
    viewer = await a_person("Cy", Role.VIEWER)
    with pytest.raises(Forbidden):
        await inquiries.convert(inquiry.id, by=viewer)

    assert await kinds_of(inquiry) == ["InquiryFiled"]
    assert await Case.all().count() == 1


async def test_notes_stay_inside_and_change_no_state() -> None:
    ada = await a_person("Ada")
    inquiry = (await an_inquiry(await an_account())).inquiry

    noted = await inquiries.note(inquiry.id, by=ada, text="Check her history first.")
    await inquiries.assign(inquiry.id, by=ada, assignee_id=ada.person_id)
    await inquiries.assign(inquiry.id, by=ada, assignee_id=ada.person_id)

    assert noted.direction is MessageDirection.NOTE
    assert (await Inquiry.get(id=inquiry.id)).state is InquiryState.OPEN
    assert await kinds_of(inquiry) == ["InquiryFiled", "InquiryNoted", "InquiryAssigned"]
