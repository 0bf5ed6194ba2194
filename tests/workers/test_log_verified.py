"""Whatever is done to the log behind its back is found and named."""

import pytest
from tortoise import connections

from domain.cases import actions as cases
from domain.cases.models import Case
from domain.core.errors import Forbidden
from domain.core.verification import Finding, verify
from tests.builders import SYSTEM, a_person, a_queue, a_signal, a_team, an_account
from workers import sequencer

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def case(database: str) -> Case:
    """A case with five events and a comment, all of them positioned."""
    team = await a_team()
    await a_queue(team=team.id)
    ada = await a_person(team=team.id)
    opened = (await a_signal(await an_account())).case
    await cases.claim(opened.id, by=ada)
    await cases.comment(opened.id, by=ada, text="Seen before.")
    await sequencer.sequence()
    return opened


REHASHED = (
    'UPDATE event SET payload = payload || \'{"to_state": "CLOSED"}\' WHERE {at};'
    " UPDATE event e SET hash = event_hash(e.prev_hash, e.subject_type, e.subject_id, e.seq, e.kind,"
    " e.schema_version, e.occurred_at, e.recorded_at, e.actor_id, e.actor_kind, e.origin, e.tool,"
    " e.causation_id, e.correlation_id, e.batch_id, e.source, e.source_event_id, e.payload) WHERE {at}"
)


async def tamper(script: str) -> None:
    await connections.get("default").execute_script(
        f"ALTER TABLE event DISABLE TRIGGER event_append_only; {script};"
        " ALTER TABLE event ENABLE TRIGGER event_append_only"
    )


async def found() -> list[Finding]:
    return (await verify(by=SYSTEM)).findings


def of_case(case: Case, seq: int) -> str:
    return f"subject_type = 'case' AND subject_id = '{case.id}' AND seq = {seq}"


async def test_a_log_nobody_touched_is_sound(case: Case) -> None:
    verified = await verify(by=SYSTEM)

    assert verified.sound
    assert verified.findings == []
    assert verified.counts["events"] == verified.counts["positions"] > 10
    assert verified.counts["unsequenced"] == 0


async def test_what_has_no_position_yet_is_sound(case: Case) -> None:
    await cases.comment(case.id, by=SYSTEM, text="More.")

    verified = await verify(by=SYSTEM)

    assert verified.sound
    assert verified.counts["unsequenced"] == 1


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ('UPDATE event SET payload = payload || \'{"to_state": "CLOSED"}\' WHERE {at}', {"EVENT_ALTERED"}),
        ("UPDATE event SET actor_id = uuidv7() WHERE {at}", {"EVENT_ALTERED"}),
        ("UPDATE event SET occurred_at = occurred_at - interval '1 s' WHERE {at}", {"EVENT_ALTERED"}),
        ("UPDATE event SET hash = sha256('x') WHERE {at}", {"EVENT_ALTERED", "CHAIN_BROKEN"}),
        ("UPDATE event SET prev_hash = sha256('x') WHERE {at}", {"EVENT_ALTERED"}),
        ("DELETE FROM event WHERE {at}", {"EVENT_MISSING", "POSITION_WITHOUT_EVENT"}),
        (
            REHASHED,
            {"CHAIN_BROKEN"},
        ),
    ],
    ids=["payload", "actor", "date", "hash", "link", "deleted", "payload and hash"],
)
async def test_a_change_in_the_middle_is_named_by_subject_and_place(case: Case, change: str, codes: set[str]) -> None:
    await tamper(change.replace("{at}", of_case(case, 3)))

    findings = await found()

    assert {finding.code for finding in findings} == codes
    assert all(finding.ref is not None and finding.ref.id == case.id for finding in findings)
    assert {finding.place for finding in findings if finding.check == "chain"} <= {3, 4}


async def test_a_last_event_that_was_taken_away_shows_by_the_head(case: Case) -> None:
    await tamper(f"DELETE FROM event WHERE {of_case(case, 5)}")

    assert {(finding.check, finding.code) for finding in await found()} == {
        ("heads", "LAST_EVENT_MISSING"),
        ("positions", "POSITION_WITHOUT_EVENT"),
    }


async def test_two_events_that_changed_places_are_named(case: Case) -> None:
    await tamper(f"UPDATE event SET seq = 7 - seq WHERE subject_id = '{case.id}' AND seq IN (3, 4)")

    findings = [finding for finding in await found() if finding.check == "chain"]

    assert {finding.place for finding in findings if finding.code == "ORDER_CHANGED"} == {3, 4}


async def test_an_event_slipped_in_is_named(case: Case) -> None:
    await tamper(
        "INSERT INTO event (subject_type, subject_id, seq, kind, schema_version, occurred_at, recorded_at, actor_id,"
        " actor_kind, origin, tool, payload, prev_hash, hash) SELECT subject_type, subject_id, seq, kind,"
        " schema_version, occurred_at, recorded_at, actor_id, actor_kind, origin, tool, payload, prev_hash, hash"
        f" FROM event WHERE {of_case(case, 3)}"
    )

    assert {finding.code for finding in await found()} == {"SEQ_REPEATED", "EVENT_UNPLACED"}


async def test_positions_that_changed_places_or_left_a_gap_are_named(case: Case) -> None:
    places = await connections.get("default").execute_query_dict(
        "SELECT position FROM event_position WHERE subject_id = $1 ORDER BY position", [case.id]
    )
    first, second = places[0]["position"], places[1]["position"]
    await tamper(
        f"UPDATE event_position SET position = -position WHERE position IN ({first}, {second});"
        f"UPDATE event_position SET position = {first} + {second} + position WHERE position < 0"
    )
    assert {finding.code for finding in await found()} == {"POSITIONS_SWAPPED"}

    await tamper(f"DELETE FROM event_position WHERE position = {first}")

    assert {finding.code for finding in await found()} == {"POSITION_GAP", "EVENT_UNPLACED"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE content SET body = 'Something else.' WHERE body = 'Seen before.'", "CONTENT_ALTERED"),
        ("UPDATE content SET body = NULL WHERE body = 'Seen before.'", "CONTENT_EMPTIED"),
        ("UPDATE content SET body = NULL, erased_at = now() WHERE body = 'Seen before.'", "ERASURE_UNRECORDED"),
    ],
)
async def test_a_text_changed_or_gone_behind_the_logs_back_is_named(case: Case, change: str, code: str) -> None:
    await tamper(change)

    (finding,) = await found()

    assert (finding.check, finding.code) == ("content", code)
    assert (finding.ref and finding.ref.id, finding.place) == (case.id, 5)


async def test_everything_is_counted_and_the_first_are_kept(case: Case) -> None:
    await tamper("UPDATE event SET payload = payload || '{\"x\": 1}'")

    verified = await verify(by=SYSTEM, limit=3)

    assert verified.totals["chain"] == verified.counts["events"]
    assert len(verified.findings) == 3


async def test_only_who_may_verify_the_log_does(case: Case) -> None:
    with pytest.raises(Forbidden, match=r"log\.verify"):
        await verify(by=await a_person("Bo"))
