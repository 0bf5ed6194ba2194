"""A person can be erased: the text goes for good, and the log stays whole and says so."""

from uuid import UUID

import pytest

from domain.cases import actions as cases
from domain.cases.models import Case, CaseComment
from domain.core import content
from domain.core.actor import Actor
from domain.core.erasure import UnderLegalHold, erase
from domain.core.errors import Forbidden, NotFound, ValidationFailed
from domain.core.ids import new_id
from domain.core.models import Content, Event
from domain.core.transaction import Ref, transaction
from domain.core.verification import verify
from domain.people.roles import Role
from tests.builders import SYSTEM, a_person, a_queue, a_room, a_signal, a_team, an_account
from workers import sequencer

pytestmark = pytest.mark.usefixtures("database")


async def a_commented_case() -> tuple[Case, CaseComment, Actor]:
    team = await a_team()
    await a_queue(team=team.id)
    ada = await a_person("Ada", team=team.id)
    case = (await a_signal(await an_account(), room=a_room("room-of-jane"))).case
    await cases.claim(case.id, by=ada)
    comment = await cases.comment(case.id, by=ada, text="Jane Doe of 5 High Street called.")
    return case, comment, await a_person("Lex", Role.LEGAL)


async def body_of(content_id: UUID) -> str | None:
    return (await Content.get(id=content_id)).body


async def test_erased_texts_leave_the_chain_true_and_a_tombstone() -> None:
    case, comment, lex = await a_commented_case()
    before = await Case.get(id=case.id)
    body_id = (await CaseComment.get(id=comment.id).values("body_id"))["body_id"]

    erased = await erase([body_id, case.title_id], by=lex, reason="Request 17 of the data subject")
    await sequencer.sequence()

    assert set(erased.content_ids) == {body_id, case.title_id}
    assert erased.subjects == (Ref("case", case.id),)
    for gone in erased.content_ids:
        tombstone = await Content.get(id=gone)
        assert tombstone.body is None
        assert tombstone.erased_at is not None
        assert tombstone.digest
    said = await Event.get(subject_id=case.id, kind="ContentErased")
    assert said.actor_id == lex.id
    assert said.payload["content_ids"] == sorted(map(str, (body_id, case.title_id)))
    assert (await verify(by=SYSTEM)).sound
    after = await Case.get(id=case.id)
    assert (after.version, after.state) == (before.version, before.state)


async def test_a_case_goes_on_after_its_texts_are_gone() -> None:
    case, _, lex = await a_commented_case()
    await erase([case.title_id], by=lex, reason="Request 17")

    await cases.comment(case.id, by=SYSTEM, text="Went on.")

    assert (await verify(by=SYSTEM)).sound
    assert await Event.filter(subject_id=case.id).count() == (await Case.get(id=case.id)).version


async def test_erasing_again_changes_nothing() -> None:
    case, _, lex = await a_commented_case()
    await erase([case.title_id], by=lex, reason="Request 17")
    events, when = await Event.all().count(), (await Content.get(id=case.title_id)).erased_at

    again = await erase([case.title_id], by=lex, reason="Request 17")

    assert (again.content_ids, again.subjects) == ((), ())
    assert await Event.all().count() == events
    assert (await Content.get(id=case.title_id)).erased_at == when


async def test_a_legal_hold_keeps_all_that_was_named() -> None:
    case, comment, lex = await a_commented_case()
    body_id = (await CaseComment.get(id=comment.id).values("body_id"))["body_id"]
    await Content.filter(id=body_id).update(legal_hold=True)

    with pytest.raises(UnderLegalHold, match="1 of the texts or files"):
        await erase([body_id, case.title_id], by=lex, reason="Request 17")

    assert await body_of(body_id) is not None
    assert await body_of(case.title_id) is not None
    assert not await Event.filter(kind="ContentErased").exists()


async def test_what_is_refused_erases_nothing() -> None:
    case, _, lex = await a_commented_case()

    with pytest.raises(Forbidden, match=r"content\.erase"):
        await erase([case.title_id], by=await a_person("Bo", Role.MANAGER), reason="Tidy")
    with pytest.raises(NotFound):
        await erase([case.title_id, new_id()], by=lex, reason="Request 17")
    with pytest.raises(ValidationFailed):
        await erase([], by=lex, reason="Request 17")
    with pytest.raises(ValidationFailed):
        await erase([case.title_id], by=lex, reason=" ")

    assert await body_of(case.title_id) is not None
    assert not await Event.filter(kind="ContentErased").exists()


async def test_a_text_no_event_refers_to_is_a_subject_of_its_own() -> None:
    lex = await a_person("Lex", Role.LEGAL)
    async with transaction():
        kept = await content.store("A draft about Jane.", path="text")

    erased = await erase([kept.id], by=lex, reason="Request 17")

    assert erased.subjects == (Ref("content", kept.id),)
    assert (await verify(by=SYSTEM)).sound
