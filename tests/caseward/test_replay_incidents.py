"""Real incidents of two years, replayed, held against what the file alone says of them."""

from pathlib import Path

import pytest
from tortoise import connections

from tests.caseward.reckoning import reckoned, rows_of
from tests.caseward.replaying import MISSING, incidents_path, replayed

pytestmark = pytest.mark.skipif(incidents_path() is None, reason=MISSING)
SOME = 800


@pytest.fixture
def incidents() -> Path:
    path = incidents_path()
    assert path is not None
    return path


async def test_real_incidents_have_the_clocks_their_rows_say(incidents: Path, database: str) -> None:
    told = reckoned(rows_of(incidents, SOME))

    first = await replayed(incidents, database, limit=SOME, jobs=2)
    again = await replayed(incidents, database, limit=SOME, jobs=2)

    assert first.summary == again.summary == told
    assert (first.brought, again.brought, first.unplaced) == (SOME, 0, [])


async def test_every_event_of_a_replay_has_its_place_and_its_subject_one_chain(incidents: Path, database: str) -> None:
    await replayed(incidents, database, limit=100)

    (row,) = await connections.get("default").execute_query_dict(
        "SELECT (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM event_position) AS placed,"
        " (SELECT max(position) FROM event_position) AS last, (SELECT count(*) FROM event e JOIN event before"
        " ON before.subject_id = e.subject_id AND before.subject_type = e.subject_type AND before.seq = e.seq - 1"
        " WHERE before.hash <> e.prev_hash) AS torn"
    )

    assert row["events"] == row["placed"] == row["last"] > 1000
    assert row["torn"] == 0
