"""Every projection computed from the log again equals its tables, whatever was done, and repairs them."""

from collections.abc import Sequence
from typing import Any

import pytest
from tortoise import connections

from caseward.wiring import wire
from domain.cases.models import Case
from domain.core.errors import Forbidden
from domain.core.models import Event
from domain.core.tables import Difference
from domain.core.verification import verify
from domain.escalation import actions as pages
from domain.review.models import Decision, Enforcement
from domain.sla.models import SlaClock
from integrations import connect
from integrations.settings import Settings
from tests import desk
from tests.builders import SYSTEM, a_person
from tests.domain import decisions, promises
from tests.workers.walking import Walk, a_walk
from workers.rebuilding import PROJECTIONS, rebuild

pytestmark = pytest.mark.usefixtures("database")

ADAPTERS = connect(Settings())


async def a_desk(seed: int) -> Walk:
    """A walk's desk with a content policy, two promises and a way to page."""
    wire()
    await decisions.a_policy()
    await promises.a_policy(promises.promise(), promises.ACKNOWLEDGED)
    walk = await a_walk(seed)
    fallback = [f"{walk.people[1].name.lower()}@example.org"]
    steps = [{"targets": [{"kind": "PERSON", "key": fallback[0]}], "delay_s": 60}]
    await pages.publish_policy("live", by=SYSTEM, spec={"steps": steps, "fallback": fallback}, note="first")
    return walk


async def differences(*names: str, check: bool = True) -> Sequence[Difference]:
    return (await rebuild(names or PROJECTIONS, by=SYSTEM, check=check)).differences


async def count(table: str) -> int:
    rows = await connections.get("default").execute_query_dict(f'SELECT count(*) AS n FROM "{table}"')
    found: int = rows[0]["n"]
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_after_a_random_history_every_table_is_what_the_log_says(seed: int) -> None:
    walk = await a_desk(seed)

    for _ in range(400):
        await walk.step()
    await desk.settle(ADAPTERS)

    assert list(map(str, await differences())) == []
    assert (await verify(by=SYSTEM)).sound
    assert len(walk.done) > 20
    assert len(set(await Event.all().values_list("kind", flat=True))) > 35
    assert min([await Decision.all().count(), await Enforcement.all().count(), await SlaClock.all().count()]) > 1


async def test_tables_emptied_or_altered_are_repaired_to_what_they_were() -> None:
    walk = await a_desk(4)
    for _ in range(250):
        await walk.step()
    await desk.settle(ADAPTERS)
    before = await everything()

    await connections.get("default").execute_script(
        "DELETE FROM search_document WHERE subject_type = 'case'; UPDATE search_document SET words = 'x:1';"
        " UPDATE case_worklist SET due_at = now(), state = 'NEW', stage = 0;"
        " DELETE FROM case_worklist WHERE id IN (SELECT id FROM case_worklist LIMIT 2);"
        " DELETE FROM case_comment; DELETE FROM case_signal; DELETE FROM sla_clock; DELETE FROM inquiry_message;"
        " DELETE FROM inquiry_case;"
        " UPDATE \"case\" SET state = 'NEW', tier = 9, assignee_id = NULL, details = '{}', version = 1;"
        " UPDATE subject SET reach = 77, live = NOT live; UPDATE signal SET outcome = 'IGNORED';"
        " UPDATE inquiry SET state = 'CLOSED', resolution = 'SPAM'; UPDATE page SET occurrences = 99;"
        " UPDATE enforcement SET state = 'PLANNED', rounds = 5"
    )
    assert (await rebuild(PROJECTIONS, by=SYSTEM, check=True)).totals["case"] > 0
    await rebuild(PROJECTIONS, by=SYSTEM, check=False)

    assert await differences() == []
    assert await everything() == before


async def test_a_check_changes_nothing() -> None:
    walk = await a_desk(5)
    for _ in range(60):
        await walk.step()
    await connections.get("default").execute_script(
        "UPDATE \"case\" SET tier = 9; UPDATE sla_clock SET state = 'CANCELLED'"
    )
    before = await everything()

    found = await differences()

    assert {(each.table, each.column) for each in found} >= {("case", "tier"), ("sla_clock", "state")}
    assert await everything() == before


async def test_a_row_the_log_never_heard_of_is_named_and_left() -> None:
    walk = await a_desk(6)
    await walk.do_signal(walk.people[0])
    await connections.get("default").execute_query(
        "INSERT INTO subject (id, kind, external_ref, version, created_at, updated_at)"
        " VALUES (uuidv7(), 'VIDEO', 'smuggled', 1, now(), now())"
    )

    (found,) = await differences("subject", check=False)

    assert (found.table, found.column, found.folded) == ("subject", None, None)
    assert await count("subject") == 2


async def test_one_projection_can_be_rebuilt_alone() -> None:
    walk = await a_desk(7)
    await walk.do_open(walk.people[0])
    await connections.get("default").execute_script('UPDATE "case" SET tier = 9; DELETE FROM sla_clock')

    await rebuild(["case"], by=SYSTEM, check=False)

    assert (await Case.get()).tier == 0
    assert not await SlaClock.exists()


async def test_rebuilding_needs_the_right_to_operate() -> None:
    with pytest.raises(Forbidden, match=r"system\.operate"):
        await rebuild(["case"], by=await a_person(), check=True)


KEYS = {
    "case": "id", "case_comment": "id", "case_signal": "case_id, signal_id, attached_at", "subject": "id",
    "signal": "id", "inquiry": "id", "inquiry_message": "id", "inquiry_case": "inquiry_id, case_id, linked_at",
    "enforcement": "id", "decision": "id", "page": "id", "sla_clock": "id", "sla_segment": "id", "sla_transition": "id",
}  # fmt: skip
MADE_ANEW = {"case_signal", "inquiry_case"}
"""Rows known by what they join: their ids are no part of the log."""


async def everything() -> dict[str, list[dict[str, Any]]]:
    found = {}
    for table, order in KEYS.items():
        rows = await connections.get("default").execute_query_dict(f'SELECT * FROM "{table}" ORDER BY {order}')
        found[table] = [{k: v for k, v in row.items() if k != "id" or table not in MADE_ANEW} for row in rows]
    return found
