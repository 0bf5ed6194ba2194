"""Values cross to Jira's form and back without changing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.mirror.remote import Field, FieldValue, RemotePerson
from integrations.jira.emulator.mapping import emulator_mapping
from integrations.jira.fields import Codec, FieldRule, JiraMapping, Translator

MAPPING = emulator_mapping({"person-1": "acc-1"})
CLOUD = Translator(MAPPING, "cloud", 32_767)


@given(
    due=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    rank=st.integers(-(10**9), 10**9).map(lambda thousandths: Decimal(thousandths) / 1000),
    priority=st.sampled_from(["P1", "P2", "P3", "P4", "P5"]),
    labels=st.lists(st.from_regex(r"\A[a-z][a-z0-9-]{0,20}\Z"), unique=True),
)
def test_what_is_encoded_decodes_to_the_same(due: datetime, rank: Decimal, priority: str, labels: list[str]) -> None:
    values: dict[Field, FieldValue] = {Field.DUE: due, Field.RANK: rank, Field.PRIORITY: priority}
    values[Field.LABELS] = tuple(sorted(labels))

    decoded = CLOUD.decode(CLOUD.encode(values).values)

    assert decoded.values == values | {Field.DUE: due - timedelta(microseconds=due.microsecond % 1000)}
    assert decoded.unread == {}


@pytest.mark.parametrize(("kind", "name"), [("cloud", "accountId"), ("dc", "name")])
def test_a_person_is_named_by_exact_account(kind: Any, name: str) -> None:
    translator = Translator(MAPPING, kind, 32_767)

    encoded = translator.encode({Field.ASSIGNEE: "person-1"}).values

    assert encoded == {"assignee": {name: "acc-1"}}
    assert translator.decode(encoded).values[Field.ASSIGNEE] == RemotePerson("acc-1", "acc-1", "person-1")


def test_somebody_unmapped_is_skipped_and_never_cleared() -> None:
    encoded = CLOUD.encode({Field.ASSIGNEE: "person-2", Field.PRIORITY: "P9"})

    assert encoded.values == {}
    assert encoded.skipped == (Field.ASSIGNEE, Field.PRIORITY)


def test_nothing_clears() -> None:
    encoded = CLOUD.encode({Field.ASSIGNEE: None, Field.DUE: None, Field.DESCRIPTION: None})

    assert encoded.values == {"assignee": None, "customfield_10101": None, "description": None}


def test_a_value_without_meaning_is_kept_raw_and_not_guessed() -> None:
    raw = {"priority": {"id": "77", "name": "Blocker!"}, "customfield_10101": "soon", "customfield_10103": [1]}

    decoded = CLOUD.decode(raw)

    assert decoded.values == {}
    assert set(decoded.unread) == {Field.PRIORITY, Field.DUE, Field.RANK}
    assert "77" in decoded.unread[Field.PRIORITY]


def test_our_marker_is_no_label_of_the_case() -> None:
    marker = "caseward-01930000000070008000000000000001"

    decoded = CLOUD.decode({"labels": [marker, "caseward-needs-decision", "gore"]})

    assert decoded.values[Field.LABELS] == ("caseward-needs-decision", "gore")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"fields": {}}, "summary"),
        ({"statuses": {"NEW": "99"}}, "states must say"),
        ({"forbidden_statuses": {"10000"}}, "both a target and forbidden"),
        ({"people": {"a": "acc", "b": "acc"}}, "same account"),
        ({"project": "a b"}, "pattern"),
        ({"nonsense": 1}, "Extra inputs"),
    ],
)
def test_a_mapping_that_contradicts_itself_is_refused(change: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        JiraMapping.model_validate(MAPPING.model_dump() | change)


def test_two_fields_may_not_share_one_of_jiras() -> None:
    rules = MAPPING.fields | {Field.REASON: FieldRule(remote="description", codec=Codec.TEXT)}

    with pytest.raises(ValidationError, match="same field"):
        JiraMapping.model_validate(MAPPING.model_dump() | {"fields": rules})


def test_a_mapping_survives_json() -> None:
    assert JiraMapping.model_validate_json(MAPPING.model_dump_json()) == MAPPING
