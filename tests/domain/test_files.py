"""What becomes of files: unused ones go, erased ones go, held ones stay, and bytes go with the last that has them."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.states import CaseKind, EvidenceKind, Sensitivity
from domain.core import clock
from domain.core.actor import Actor
from domain.core.erasure import UnderLegalHold, erase
from domain.core.errors import Forbidden, NotFound
from domain.core.models import Content, Event
from domain.core.verification import verify
from domain.files import actions as files
from domain.files import queries, receiving
from domain.files.errors import FileAttachedAlready, FileErased, RemarkNotYours, TooManyUploads
from domain.files.models import Blob, Evidence, File
from domain.files.ports import BlobStore, StoreAway, key_of
from domain.files.rules import MOST_UNUSED, Limits
from domain.inquiries import actions as inquiries
from domain.inquiries.states import InquiryKind
from domain.people.roles import Role
from integrations import Adapters, connect
from integrations.postgres import pool
from integrations.settings import Settings
from tests.builders import SYSTEM, a_person, a_queue, a_team, an_account
from tests.desk import forward, movable_clock, settle
from tests.domain.locks import in_circles, wait_for_a_lock
from tests.files import PNG, a_file, announced, in_pieces, kept
from workers import rebuilding, sequencer

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def adapters(folder: Path) -> Adapters:
    return connect(Settings(blobs_url=f"file://{folder}"))


@pytest.fixture
async def ada() -> Actor:
    await movable_clock()
    await a_queue(team=(await a_team()).id)
    return await a_person("Ada", Role.REVIEWER)


async def announce(by: Actor, content: bytes = PNG, name: str = "room.png") -> File:
    about = announced(content)
    return await files.announce(
        name, by=by, media_type="image/png", size=about["size"], digest=about["sha256"], limits=Limits()
    )


async def bring(by: Actor, store: BlobStore, content: bytes = PNG) -> File:
    file = await announce(by, content)
    received = await receiving.receive(file.id, in_pieces(content), media_type="image/png", length=None, store=store)
    return received.file


async def a_case(sensitivity: Sensitivity = Sensitivity.STANDARD) -> Case:
    return await cases.open_case("Some words", by=SYSTEM, kind=CaseKind.SERVICE, sensitivity=sensitivity)


async def evidence(case_id: UUID, by: Actor, *found: File, note: str | None = None) -> Evidence:
    made = await files.add_evidence(
        case_id,
        by=by,
        file_ids=[file.id for file in found],
        kind=EvidenceKind.SCREENSHOT,
        captured_at=await clock.now(),
        note=note,
    )
    return made[0]


async def test_what_belongs_to_nothing_after_a_day_is_gone_and_what_does_stays(
    ada: Actor, adapters: Adapters, folder: Path
) -> None:
    unused, never_sent = await bring(ada, adapters.blobs), await announce(ada)
    used = await bring(ada, adapters.blobs, PNG + b"!")
    await evidence((await a_case()).id, ada, used)

    await forward(adapters, hours=23)
    assert await File.all().count() == 3
    await forward(adapters, hours=2)

    assert [row.id for row in await File.all()] == [used.id]
    assert len(list(kept(folder))) == 1
    assert await Content.filter(id__in=[unused.name_id, never_sent.name_id]).count() == 0
    assert (await verify(by=SYSTEM)).sound


async def test_bytes_stay_as_long_as_any_file_has_them(ada: Actor, adapters: Adapters, folder: Path) -> None:
    lex = await a_person("Lex", Role.LEGAL)
    one, other = await bring(ada, adapters.blobs), await bring(ada, adapters.blobs)
    for file in (one, other):
        await evidence((await a_case()).id, ada, file)

    await files.erase(one.id, by=lex, reason="Request 17")
    await settle(adapters)
    assert len(list(kept(folder))) == 1
    assert (await queries.stored(other.id, by=ada)).size == len(PNG)
    await files.erase(other.id, by=lex, reason="Request 18")
    await settle(adapters)

    assert list(kept(folder)) == []
    assert await Blob.all().count() == 0


async def test_an_erased_file_leaves_its_digest_and_a_tombstone(ada: Actor, adapters: Adapters) -> None:
    lex = await a_person("Lex", Role.LEGAL)
    case = await a_case()
    file = await bring(ada, adapters.blobs)
    made = await evidence(case.id, ada, file, note="Jane's own words.")

    await files.erase(file.id, by=lex, reason="Request 17")
    await files.erase(file.id, by=lex, reason="Request 17")
    await sequencer.sequence()

    assert (await Content.get(id=file.name_id)).body is None
    assert (await Content.get(id=made.note_id)).body is None
    assert (await File.get(id=file.id)).digest == file.digest
    assert await Event.filter(subject_id=case.id, kind="ContentErased").count() == 1
    with pytest.raises(FileErased):
        await queries.stored(file.id, by=ada)
    assert (await verify(by=SYSTEM)).sound


async def test_erasing_the_name_of_a_file_by_any_way_erases_its_bytes(
    ada: Actor, adapters: Adapters, folder: Path
) -> None:
    file = await bring(ada, adapters.blobs)
    await evidence((await a_case()).id, ada, file)

    await erase([file.name_id], by=await a_person("Lex", Role.LEGAL), reason="Request 17")
    with pytest.raises(FileErased):
        await queries.stored(file.id, by=ada)
    await settle(adapters)

    assert list(kept(folder)) == []
    assert (await File.get(id=file.id)).erased_at is not None


async def test_a_held_file_is_erased_by_nobody_until_it_is_released(
    ada: Actor, adapters: Adapters, folder: Path
) -> None:
    lex = await a_person("Lex", Role.LEGAL)
    file = await bring(ada, adapters.blobs)
    await evidence((await a_case()).id, ada, file, note="Seen.")
    for _ in range(2):
        await files.hold(file.id, by=lex, reason="Docket 4")

    with pytest.raises(UnderLegalHold):
        await files.erase(file.id, by=lex, reason="Request 17")
    with pytest.raises(UnderLegalHold):
        await erase([file.name_id], by=lex, reason="Request 17")
    with pytest.raises(Forbidden):
        await files.release(file.id, by=ada, reason="Mine")
    await settle(adapters)
    assert len(list(kept(folder))) == 1
    await files.release(file.id, by=lex, reason="Closed")
    await files.erase(file.id, by=lex, reason="Request 17")
    await settle(adapters)

    assert list(kept(folder)) == []
    assert [row.kind for row in await Event.filter(subject_id=file.id).order_by("seq")] == ["FileHeld", "FileReleased"]


async def test_what_was_noted_of_two_files_goes_with_the_last_of_them(ada: Actor, adapters: Adapters) -> None:
    lex = await a_person("Lex", Role.LEGAL)
    one, other = await bring(ada, adapters.blobs), await bring(ada, adapters.blobs)
    made = await evidence((await a_case()).id, ada, one, other, note="Jane's own words.")

    await files.erase(one.id, by=lex, reason="Request 17")
    assert (await Content.get(id=made.note_id)).body == "Jane's own words."
    await files.erase(other.id, by=lex, reason="Request 18")

    assert (await Content.get(id=made.note_id)).body is None


async def test_what_was_noted_of_two_files_is_kept_while_either_is_held(ada: Actor, adapters: Adapters) -> None:
    lex = await a_person("Lex", Role.LEGAL)
    one, other = await bring(ada, adapters.blobs), await bring(ada, adapters.blobs)
    made = await evidence((await a_case()).id, ada, one, other, note="Jane's own words.")
    assert made.note_id is not None

    for file in (one, other):
        await files.hold(file.id, by=lex, reason="Docket 4")
        with pytest.raises(UnderLegalHold):
            await erase([made.note_id], by=lex, reason="Request 17")
    await files.release(one.id, by=lex, reason="Closed")
    with pytest.raises(UnderLegalHold):
        await erase([made.note_id], by=lex, reason="Request 17")
    await files.release(other.id, by=lex, reason="Closed")
    await erase([made.note_id], by=lex, reason="Request 17")

    assert (await Content.get(id=made.note_id)).body is None


async def test_what_is_noted_of_files_goes_with_the_name_of_the_last_but_not_where_legal_keeps_it(
    ada: Actor, adapters: Adapters, folder: Path
) -> None:
    lex = await a_person("Lex", Role.LEGAL)
    one, other, third = [await bring(ada, adapters.blobs) for _ in range(3)]
    both = await evidence((await a_case()).id, ada, one, other, note="Jane's own words.")
    alone = await evidence((await a_case()).id, ada, third, note="Jane's address.")
    await Content.filter(id=alone.note_id).update(legal_hold=True)

    await erase([one.name_id, third.name_id], by=lex, reason="Request 17")
    await settle(adapters)
    shared = await Content.get(id=both.note_id)
    await erase([other.name_id], by=lex, reason="Request 18")
    await settle(adapters)

    assert shared.body is not None
    assert (await Content.get(id=both.note_id)).body is None
    assert (await Content.get(id=alone.note_id)).body is not None
    assert list(kept(folder)) == []
    assert (await verify(by=SYSTEM)).sound


async def test_what_is_noted_of_a_file_that_is_held_already_is_held_with_it(adapters: Adapters) -> None:
    lex = await a_person("Lex", Role.LEGAL)
    file = await bring(lex, adapters.blobs)
    await files.hold(file.id, by=lex, reason="Docket 4")
    made = await evidence((await a_case()).id, lex, file, note="Seen.")
    assert made.note_id is not None

    with pytest.raises(UnderLegalHold):
        await erase([made.note_id], by=lex, reason="Request 17")
    await files.release(file.id, by=lex, reason="Closed")
    await erase([made.note_id], by=lex, reason="Request 17")

    assert (await Content.get(id=made.note_id)).body is None


async def test_a_file_that_was_held_and_belongs_to_nothing_is_gone_a_day_after_its_release(
    ada: Actor, adapters: Adapters, folder: Path
) -> None:
    lex = await a_person("Lex", Role.LEGAL)
    file = await bring(lex, adapters.blobs)

    await files.hold(file.id, by=lex, reason="Docket 4")
    await forward(adapters, hours=25)
    assert await File.exists(id=file.id)
    await files.release(file.id, by=lex, reason="Closed")
    await forward(adapters, hours=25)

    assert not await File.exists(id=file.id)
    assert list(kept(folder)) == []


async def test_bytes_of_a_process_that_died_are_found_and_removed(ada: Actor, adapters: Adapters, folder: Path) -> None:
    file = await announce(ada)
    _, begun = await receiving._begin(file.id, media_type="image/png", length=None)
    assert begun is not None
    await adapters.blobs.put(key_of(begun.id, begun.digest), in_pieces(PNG), size=len(PNG), digest=begun.digest)

    assert len(list(kept(folder))) == 1  # and there the process died
    await forward(adapters, minutes=31)

    assert list(kept(folder)) == []
    assert await Blob.all().count() == 0
    assert (await bring(ada, adapters.blobs)).blob_id is not None


def taken_away(folder: Path) -> Callable[[], None]:
    """The folder is no folder until the answer is called."""
    aside = folder.rename(folder.with_name("aside"))
    folder.write_text("no folder")

    def back() -> None:
        folder.unlink()
        aside.rename(folder)

    return back


async def test_a_store_that_is_away_holds_no_row_back_and_bytes_go_when_it_is_back(
    ada: Actor, adapters: Adapters, folder: Path
) -> None:
    lex = await a_person("Lex", Role.LEGAL)
    file = await bring(ada, adapters.blobs)
    await evidence((await a_case()).id, ada, file)
    back = taken_away(folder)

    with pytest.raises(StoreAway):
        await bring(ada, adapters.blobs, PNG + b"!")
    await files.erase(file.id, by=lex, reason="Request 17")
    await settle(adapters)
    back()
    await forward(adapters, minutes=5)

    assert list(kept(folder)) == []


async def test_evidence_is_rebuilt_from_the_log_and_never_changed(ada: Actor, adapters: Adapters) -> None:
    case = await a_case()
    made = await evidence(case.id, ada, await bring(ada, adapters.blobs), note="Seen.")
    await sequencer.sequence()

    checked = await rebuilding.rebuild(["case", "evidence"], by=SYSTEM, check=True)

    assert checked.totals == {"case": 0, "evidence": 0}
    with pytest.raises(Exception, match="append-only"):
        await Evidence.filter(id=made.id).update(kind=EvidenceKind.OTHER)


async def test_what_hangs_on_a_hidden_case_is_not_there(ada: Actor, adapters: Adapters) -> None:
    hidden = await a_case(Sensitivity.RESTRICTED)
    remark = await cases.comment(hidden.id, by=SYSTEM, text="Words")
    lex = await a_person("Lex", Role.LEGAL)
    boss = await a_person("Boss", Role.ADMIN)
    kept_file = await a_file(boss)
    await evidence(hidden.id, boss, kept_file)
    own = await bring(ada, adapters.blobs)

    with pytest.raises(NotFound):
        await evidence(hidden.id, ada, own)
    with pytest.raises(NotFound) as refused:
        await files.attach_to_comment(remark.id, by=ada, file_ids=[own.id])
    for act in (files.hold, files.release, files.erase):
        with pytest.raises(NotFound):
            await act(kept_file.id, by=lex, reason="Curious")

    assert refused.value.what == "comment"
    assert (await File.get(id=own.id)).subject_id is None


async def test_a_channel_adds_files_to_what_a_requester_wrote_and_nobody_to_what_others_said(
    ada: Actor, adapters: Adapters
) -> None:
    mail = await an_account("mail", Role.INTAKE)
    filed = await inquiries.file(
        "Why?", by=mail, text="See the picture", kind=InquiryKind.QUESTION, channel="email", external_id="m-1"
    )
    question = await inquiries.receive_message(filed.inquiry.id, by=mail, text="And this one")
    reply = await inquiries.reply(filed.inquiry.id, by=ada, text="Thanks")

    await files.attach_to_message(question.id, by=mail, file_ids=[(await bring(mail, adapters.blobs)).id])
    await files.attach_to_message(reply.id, by=ada, file_ids=[(await bring(ada, adapters.blobs)).id])
    with pytest.raises(RemarkNotYours):
        await files.attach_to_message(reply.id, by=mail, file_ids=[(await bring(mail, adapters.blobs)).id])

    assert await File.filter(subject_type="inquiry", subject_id=filed.inquiry.id).count() == 2
    assert (await rebuilding.rebuild(["inquiry"], by=SYSTEM, check=True)).totals == {"inquiry": 0}


async def test_a_file_of_an_inquiry_is_there_for_whom_its_message_is(ada: Actor, adapters: Adapters) -> None:
    mail, chat = await an_account("mail", Role.INTAKE), await an_account("chat", Role.INTAKE)
    lex = await a_person("Lex", Role.LEGAL)
    filed = await inquiries.file(
        "Why?", by=mail, text="See the picture", kind=InquiryKind.QUESTION, channel="email", external_id="m-1"
    )
    question = await inquiries.receive_message(filed.inquiry.id, by=mail, text="And this one")
    note = await inquiries.note(filed.inquiry.id, by=ada, text="For us")
    theirs, ours = await bring(mail, adapters.blobs), await bring(ada, adapters.blobs)
    await files.attach_to_message(question.id, by=mail, file_ids=[theirs.id])
    await files.attach_to_message(note.id, by=ada, file_ids=[ours.id])

    for viewer in (ada, mail):
        assert (await queries.stored(theirs.id, by=viewer)).name == "room.png"
    assert (await queries.stored(ours.id, by=ada)).name == "room.png"
    for hidden, viewer in ((theirs, chat), (ours, mail)):
        with pytest.raises(NotFound):
            await queries.stored(hidden.id, by=viewer)
    await files.hold(theirs.id, by=lex, reason="Docket 4")


async def test_who_announces_without_end_is_stopped(ada: Actor) -> None:
    for _ in range(MOST_UNUSED):
        await announce(ada)

    with pytest.raises(TooManyUploads):
        await announce(ada)

    assert await File.all().count() == MOST_UNUSED
    await announce(await a_person("Bo"))


async def test_a_file_wanted_for_a_remark_and_as_evidence_at_once_is_the_first_s_and_nobody_waits_in_a_circle(
    ada: Actor, adapters: Adapters
) -> None:
    case = await a_case()
    remark = await cases.comment(case.id, by=ada, text="See the picture")
    file = await bring(ada, adapters.blobs)

    async with pool().acquire() as holder, pool().acquire() as onlooker, asyncio.timeout(30):
        held = holder.transaction()
        await held.start()
        await holder.execute("SELECT 1 FROM file WHERE id = $1 FOR UPDATE", file.id)
        both = []
        for asked in (
            files.attach_to_comment(remark.id, by=ada, file_ids=[file.id]),
            evidence(case.id, ada, file),
        ):
            both.append(asyncio.ensure_future(asked))
            await wait_for_a_lock(onlooker, statements=len(both))
        await held.rollback()
        circles = 0
        while not all(task.done() for task in both):
            circles += await in_circles(onlooker)
        remarked, captured = await asyncio.gather(*both, return_exceptions=True)

    assert circles == 0
    assert not isinstance(remarked, BaseException)
    assert isinstance(captured, FileAttachedAlready)
    assert (await File.get(id=file.id)).part_id == remark.id
