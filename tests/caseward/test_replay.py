"""A foreign log becomes cases with clocks: once, whatever happens, and without waking anybody."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tortoise import connections

from caseward.replay.bringing import Errand
from domain.cases import actions as cases
from domain.cases.actions.imports import History, Step
from domain.cases.models import Case
from domain.cases.states import CaseKind, CaseState, Priority
from domain.core import clock
from domain.core.actor import Origin
from domain.core.errors import Forbidden
from domain.core.events import Source
from domain.core.models import Event, Timer
from domain.people.models import Person
from domain.sla.models import SlaClock
from tests.builders import SYSTEM
from tests.caseward.replaying import (
    CLOSED,
    DONE,
    QUEUED,
    UNMATCHED,
    WAITING,
    WORKED,
    a_log,
    a_row,
    begun,
    commanded,
    reasons,
    replayed,
)

# Wednesday and Thursday; 08:00 in the file is 09:00 in Stockholm.
DAY = [
    a_row("1-7", "05-02 08:00", QUEUED, owner=""),
    a_row("1-7", "05-02 10:00", WORKED),
    a_row("1-7", "05-02 11:00", WAITING),
    a_row("1-7", "05-03 08:00", WORKED, owner="owner-0002"),
    a_row("1-7", "05-03 09:00", DONE),
    a_row("1-7", "05-04 08:00", QUEUED, team="V30"),
    a_row("1-7", "05-04 09:00", CLOSED, owner=""),
    a_row("1-8", "05-02 08:00", WORKED, impact="Major"),
    a_row("1-8", "05-04 17:00", WAITING, impact="Major"),
]


async def everything() -> dict[str, list[Any]]:
    """What a replay may write."""
    found = {}
    for table in ("event", "case", "sla_clock", "sla_segment", "sla_transition", "person", "config_version", "timer"):
        rows = await connections.get("default").execute_query_dict(f'SELECT to_jsonb(t) AS row FROM "{table}" t')
        found[table] = sorted(json.dumps(row["row"], sort_keys=True) for row in rows)
    return found


async def test_the_numbers_of_a_small_log_are_as_reckoned_by_hand(tmp_path: Path, database: str) -> None:
    outcome = await replayed(a_log(tmp_path, *DAY), database)

    assert outcome.unplaced == []
    # 1-7: acknowledged after 2 h; works 9 to 12 on Wednesday, 9 to 10 on Thursday, 9 to 10 on Friday after reopening.
    # 1-8: acknowledged at once; 8 h on Wednesday, 9 h on Thursday and 9 h on Friday until it was put on hold at 18:00.
    assert outcome.summary == {
        "cases": 2,
        "rows": 9,
        "reopened_cases": 1,
        "reopens": 1,
        "as_of": "2012-05-04T16:00:00Z",
        "clocks": {
            "ACKNOWLEDGE": {"MET": 2},
            "FIRST_RESOLUTION": {"BREACHING": 1, "MET": 1},
            "TOTAL_RESOLUTION": {"BREACHING": 1, "MET": 1},
        },
        "elapsed_median_s": {"ACKNOWLEDGE": 3600, "FIRST_RESOLUTION": 15 * 3600, "TOTAL_RESOLUTION": 15.5 * 3600},
        "elapsed_sum_s": {"ACKNOWLEDGE": 7200, "FIRST_RESOLUTION": 30 * 3600, "TOTAL_RESOLUTION": 31 * 3600},
        "on_hold_wall_s": 21 * 3600,
        "final_states": {"ON_HOLD": 1, "RESOLVED": 1},
    }


async def test_a_case_carries_what_its_rows_say(tmp_path: Path, database: str) -> None:
    await replayed(a_log(tmp_path, *DAY), database)

    case = await Case.get(details__contains={"incident": "1-7"}).prefetch_related("title", "assignee")

    assert (case.title.body, case.kind, case.priority, case.origin) == (
        "Incident 1-7",
        CaseKind.SERVICE,
        Priority.P3,
        Origin.IMPORT,
    )
    assert case.assignee is not None
    assert case.assignee.email == "owner-0001@bpic2013.example"
    assert case.details == {
        "log": "bpic2013",
        "incident": "1-7",
        "team": "V5 3rd",
        "product": "PROD1",
        "country": "se",
    }
    told = await Event.filter(subject_id=case.id).order_by("seq")
    assert [event.kind for event in told] == ["CaseOpened", *["CaseMoved"] * 6]
    assert {event.origin for event in told} == {"IMPORT"}


async def test_a_second_run_changes_nothing(tmp_path: Path, database: str) -> None:
    log = a_log(tmp_path, *DAY)
    first = await replayed(log, database)
    before = await everything()

    second = await replayed(log, database)

    assert (first.brought, second.brought) == (2, 0)
    assert second.summary == first.summary
    assert await everything() == before


async def test_a_run_that_was_cut_short_is_gone_on_with(tmp_path: Path, database: str) -> None:
    cut = a_log(tmp_path, *DAY, name="cut.csv")
    await replayed(cut, database, limit=1)

    rest = await replayed(cut, database)

    assert rest.brought == 1
    assert rest.summary["cases"] == await Case.all().count() == 2


_HERE = """
SELECT (SELECT count(*) FROM "case") AS cases, (SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND client_port IS NOT NULL AND pid <> pg_backend_pid()) AS others
"""


async def here() -> dict[str, int]:
    """How many cases there are, and how many others are connected."""
    (row,) = await connections.get("default").execute_query_dict(_HERE)
    return dict(row)


async def until(met: Callable[[dict[str, int]], bool]) -> None:
    found = await here()
    while not met(found):
        await asyncio.sleep(0.01)
        found = await here()


async def test_a_run_that_is_killed_leaves_whole_cases_and_the_next_run_the_rest(
    tmp_path: Path, database: str, redis_url: str
) -> None:
    statuses = ((2, QUEUED), (3, WORKED), (4, DONE))
    rows = [a_row(f"1-{key}", f"05-{day:02} 09:00", status) for key in range(1500) for day, status in statuses]
    log = a_log(tmp_path, *rows)
    mine = (await here())["others"]

    process = await begun(str(log), "--mapping", "bpic2013", "--jobs", "2", home=tmp_path, urls=(database, redis_url))
    await until(lambda found: found["cases"] >= 100)
    process.kill()
    await process.communicate()
    await until(lambda found: found["others"] <= mine)
    left = (await here())["cases"]
    finished = await replayed(log, database, jobs=2)

    assert 100 <= left < 1500
    assert finished.brought == 1500 - left
    assert await Event.filter(subject_type="case").count() == 4500
    assert finished.summary["clocks"] == {
        "ACKNOWLEDGE": {"BREACHED": 1500},
        "FIRST_RESOLUTION": {"MET": 1500},
        "TOTAL_RESOLUTION": {"MET": 1500},
    }


async def test_rows_that_were_added_to_the_file_go_on_where_it_ended(tmp_path: Path, database: str) -> None:
    await replayed(a_log(tmp_path, *DAY[:4], DAY[7]), database)

    grown = await replayed(a_log(tmp_path, *DAY, name="grown.csv"), database)
    whole = await SlaClock.all().order_by("metric", "state").values("metric", "state", "elapsed_base", "due_at")

    assert grown.summary["final_states"] == {"ON_HOLD": 1, "RESOLVED": 1}
    assert grown.summary["elapsed_sum_s"] == {
        "ACKNOWLEDGE": 7200,
        "FIRST_RESOLUTION": 30 * 3600,
        "TOTAL_RESOLUTION": 31 * 3600,
    }
    assert len(whole) == 6


async def test_a_row_before_what_is_there_is_reported_and_left_out(tmp_path: Path, database: str) -> None:
    await replayed(a_log(tmp_path, DAY[0], DAY[4]), database)

    late = await replayed(a_log(tmp_path, *DAY[:5], name="late.csv"), database)

    assert [line for line, _ in reasons(late)] == [3, 4, 5]
    assert all("before what the case 1-7" in reason for _, reason in reasons(late))
    assert late.summary["final_states"] == {"RESOLVED": 1}


async def test_rows_that_mean_nothing_are_reported_with_their_line_and_stop_nothing(
    tmp_path: Path, database: str
) -> None:
    log = a_log(
        tmp_path,
        DAY[0],
        "1-7,yesterday,Accepted,In Progress,L3,V5,Org A,Medium,PROD1,se,owner-0001",
        a_row("1-7", "05-02 09:00", ("Vanished", "Entirely")),
        "1-7,2012-05-02T09:00:00+01:00,Accepted",
        a_row("", "05-02 09:00", WORKED),
        a_row("1-7", "05-02 09:00", WORKED, impact="Huge"),
        a_row("1-7", "05-02 09:30", UNMATCHED),
        DAY[1],
    )

    outcome = await replayed(log, database)

    assert [line for line, _ in reasons(outcome)] == [3, 4, 5, 6, 7]
    assert [word in reason for word, (_, reason) in zip(
        ("no instant", "does not know", "columns", "1 to 200", "Huge"), reasons(outcome), strict=True
    )] == [True] * 5  # fmt: skip
    assert outcome.summary["rows"] == 8
    assert outcome.summary["final_states"] == {"IN_REVIEW": 1}


async def test_an_import_wakes_nobody(tmp_path: Path, database: str) -> None:
    await replayed(a_log(tmp_path, *DAY), database)

    assert not await Timer.all().exists()
    assert await Person.all().count() == 2


async def test_a_live_replay_arms_what_is_still_due(tmp_path: Path, database: str) -> None:
    outcome = await replayed(a_log(tmp_path, *DAY), database, live=True)

    overdue = await Case.get(details__contains={"incident": "1-8"})
    assert [timer.subject_id for timer in await Timer.filter(kind="SLA")] == [overdue.id]
    assert outcome.summary["clocks"]["FIRST_RESOLUTION"] == {"BREACHING": 1, "MET": 1}


async def test_several_processes_write_what_one_writes(tmp_path: Path, database: str) -> None:
    rows = [a_row(f"1-{key}", f"05-{day:02} 09:00", status) for key in range(400)
            for day, status in ((2, QUEUED), (3, WORKED), (4, DONE))]  # fmt: skip

    outcome = await replayed(a_log(tmp_path, *rows), database, jobs=2)

    assert outcome.brought == outcome.summary["cases"] == 400
    assert outcome.summary["elapsed_median_s"] == {
        "ACKNOWLEDGE": 24 * 3600,
        "FIRST_RESOLUTION": 18 * 3600,
        "TOTAL_RESOLUTION": 18 * 3600,
    }
    assert await connections.get("default").execute_query_dict("SELECT 1 FROM event_unsequenced") == []


async def test_only_an_import_writes_a_history(database: str) -> None:
    opened = Step(occurred_at=await clock.now(), source=Source(system="x", event_id="1"), to=CaseState.RESOLVED)
    history = History(title="Mine", kind=CaseKind.SERVICE, priority=Priority.P3, opened=opened)

    with pytest.raises(Forbidden):
        await cases.bring_in(history, by=SYSTEM)
    case = await cases.bring_in(history, by=Errand("x", live=False).actor)
    with pytest.raises(Forbidden):
        await cases.bring_on(case.id, by=SYSTEM, steps=[opened])

    assert await Case.all().count() == await Event.filter(subject_type="case").count() == 1


async def test_the_command_prints_these_keys_and_nothing_else(
    tmp_path: Path, database_url: str, redis_url: str
) -> None:
    log = a_log(tmp_path, *DAY, a_row("1-9", "05-02 09:00", ("Vanished", "Entirely")))

    done = await commanded(str(log), "--mapping", "bpic2013", "--json", home=tmp_path, urls=(database_url, redis_url))

    assert done.code == 0, done.err
    assert list(json.loads(done.out)) == [
        "cases",
        "rows",
        "reopened_cases",
        "reopens",
        "as_of",
        "clocks",
        "elapsed_median_s",
        "elapsed_sum_s",
        "on_hold_wall_s",
        "final_states",
    ]
    assert done.err.startswith("line 11: the mapping does not know status 'Vanished', sub_status 'Entirely'")


@pytest.mark.parametrize(
    ("mapping", "file", "code"),
    [("no-such.yaml", "log.csv", "MAPPING_INVALID"), ("bpic2013", "no-such.csv", "LOG_UNREADABLE")],
)
async def test_what_cannot_be_read_is_said_in_a_line(
    mapping: str, file: str, code: str, tmp_path: Path, database_url: str, redis_url: str
) -> None:
    a_log(tmp_path, *DAY)

    done = await commanded(str(tmp_path / file), "--mapping", mapping, home=tmp_path, urls=(database_url, redis_url))

    assert done.code == 1
    assert done.err.startswith(code)
