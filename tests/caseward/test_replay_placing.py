"""What each row of a foreign log changed: values in, values out."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from caseward.replay.errors import LogUnreadable, MappingInvalid
from caseward.replay.mapping import filled, load
from caseward.replay.placing import Placed, Placing
from caseward.replay.reading import Line, read
from domain.cases.states import CaseState
from tests.caseward.replaying import (
    CLOSED,
    COLUMNS,
    DONE,
    QUEUED,
    SHIPPED,
    UNMATCHED,
    WAITING,
    WORKED,
    a_log,
    a_row,
    shipped,
)

VENDOR = ("Accepted", "Wait - Vendor")
MAPPING = shipped()
START = datetime(2012, 5, 2, tzinfo=UTC)


def lines(*statuses: tuple[str, str], minutes: list[int] | None = None) -> list[Line]:
    """Rows an hour apart, or at these minutes."""
    found = []
    for number, status in enumerate(statuses):
        at = START + timedelta(minutes=number * 60 if minutes is None else minutes[number])
        row = dict(zip(COLUMNS.split(","), a_row("1-7", "05-02 09:00", status).split(","), strict=True))
        found.append(Line(number + 2, at, row))
    return found


def placed(*statuses: tuple[str, str], minutes: list[int] | None = None) -> Placed:
    found = Placing(MAPPING).place("1-7", lines(*statuses, minutes=minutes))
    assert found is not None
    return found


def states(history: Placed) -> list[CaseState]:
    return [fact.state for fact in history.facts]


def test_a_repeated_state_is_no_step() -> None:
    history = placed(QUEUED, QUEUED, WORKED, ("Accepted", "Assigned"), DONE, CLOSED)

    assert states(history) == [CaseState.QUEUED, CaseState.IN_REVIEW, CaseState.RESOLVED]


def test_a_changed_hold_reason_does_not_split_a_hold() -> None:
    history = placed(WORKED, WAITING, VENDOR, WORKED)

    assert states(history) == [CaseState.IN_REVIEW, CaseState.ON_HOLD, CaseState.IN_REVIEW]
    assert history.facts[1].hold_reason == "Wait - User"


def test_an_unmatched_row_changes_nothing_wherever_it_stands() -> None:
    history = placed(UNMATCHED, WORKED, UNMATCHED, DONE, UNMATCHED, CLOSED)

    assert states(history) == [CaseState.IN_REVIEW, CaseState.RESOLVED]
    assert history.facts[0].line == 3


@pytest.mark.parametrize("status", [QUEUED, WORKED, WAITING])
def test_whatever_follows_a_resolution_reopens_into_its_state(status: tuple[str, str]) -> None:
    history = placed(WORKED, DONE, status)

    assert states(history)[-1] is MAPPING.meaning(lines(status)[0].row).state  # type: ignore[union-attr]
    assert len(history.facts) == 3


def test_a_log_of_unmatched_rows_opens_no_case() -> None:
    assert Placing(MAPPING).place("1-7", lines(UNMATCHED, UNMATCHED)) is None


def test_rows_are_told_by_time_and_within_an_instant_by_line() -> None:
    history = placed(WORKED, DONE, QUEUED, minutes=[5, 9, 5])

    assert states(history) == [CaseState.IN_REVIEW, CaseState.QUEUED, CaseState.RESOLVED]
    assert [fact.event_id for fact in history.facts] == [
        "1-7/2012-05-02T00:05:00Z",
        "1-7/2012-05-02T00:05:00Z#2",
        "1-7/2012-05-02T00:09:00Z",
    ]


statuses = st.lists(st.sampled_from([QUEUED, WORKED, WAITING, VENDOR, DONE, CLOSED, UNMATCHED]), min_size=1)


@given(statuses, statuses)
def test_rows_added_later_leave_the_facts_before_them_as_they_were(
    first: list[tuple[str, str]], later: list[tuple[str, str]]
) -> None:
    placing = Placing(MAPPING)

    before = placing.place("1-7", lines(*first))
    after = placing.place("1-7", lines(*first, *later))

    assert before is None or (after is not None and after.facts[: len(before.facts)] == before.facts)


@given(statuses)
def test_no_two_facts_in_a_row_are_of_one_state_and_no_two_share_a_name(told: list[tuple[str, str]]) -> None:
    history = Placing(MAPPING).place("1-7", lines(*told, minutes=[number // 2 for number in range(len(told))]))

    facts = history.facts if history else []
    assert all(one.state is not other.state for one, other in pairwise(facts))
    assert len({fact.event_id for fact in facts}) == len(facts)


def test_a_text_takes_the_values_of_its_columns() -> None:
    assert filled("{a} of {b}!", {"a": "1", "b": "2"}) == "1 of 2!"
    assert filled("plain", {}) == "plain"


def test_only_the_first_keys_of_the_file_are_read(tmp_path: Path) -> None:
    log = a_log(
        tmp_path,
        a_row("1-1", "05-02 09:00", QUEUED),
        a_row("1-2", "05-09 09:00", QUEUED),
        a_row("1-1", "05-03 09:00", DONE),
    )

    found = read(log, MAPPING, limit=1)

    assert (list(found.cases), found.rows, found.as_of) == (["1-1"], 2, datetime(2012, 5, 3, 8, tzinfo=UTC))


def test_a_file_without_a_column_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("incident,changed_at\n")

    with pytest.raises(LogUnreadable, match="country, impact, owner"):
        read(path, MAPPING)


def test_a_wrong_mapping_is_refused_place_by_place(tmp_path: Path) -> None:
    told = yaml.safe_load(SHIPPED.read_text())
    told["case"]["kind"] = "NONSENSE"
    told["statuses"][2].pop("hold_reason")
    path = tmp_path / "wrong.yaml"
    path.write_text(yaml.safe_dump(told))

    with pytest.raises(MappingInvalid, match=r"case\.kind: .*statuses\.2: .*hold_reason"):
        load(path)
