"""Events of earlier releases are read as today's; those of later ones are never guessed at."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.core.upcasting import Payload, UnknownKind, upcast, upcaster


@upcaster("TestRenamed", version=1)
def _severity(payload: Payload) -> Payload:
    return {"severity": payload["harm"]}


@upcaster("TestRenamed", version=2)
def _scale(payload: Payload) -> Payload:
    return {**payload, "severity": f"SEV{payload['severity']}"}


@pytest.mark.parametrize(("version", "payload"), [(1, {"harm": 2}), (2, {"severity": 2}), (3, {"severity": "SEV2"})])
def test_a_payload_of_any_earlier_version_becomes_todays(version: int, payload: dict[str, Any]) -> None:
    assert upcast(payload, kind="TestRenamed", version=version, newest=3) == {"severity": "SEV2"}


def test_an_event_of_a_later_version_is_unknown() -> None:
    with pytest.raises(UnknownKind, match="version 4"):
        upcast({}, kind="TestRenamed", version=4, newest=3)


def test_a_missing_step_is_no_reason_to_guess() -> None:
    with pytest.raises(UnknownKind, match="from version 3 to 4"):
        upcast({"harm": 2}, kind="TestRenamed", version=1, newest=4)


def test_a_second_upcaster_for_one_step_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="two upcasters"):
        upcaster("TestRenamed", version=1)(lambda payload: payload)


@given(version=st.integers(1, 3), harm=st.integers(0, 4))
def test_going_step_by_step_and_all_at_once_are_the_same(version: int, harm: int) -> None:
    payload: Payload = {"harm": harm}
    whole = upcast(payload, kind="TestRenamed", version=1, newest=3)

    halfway = upcast(payload, kind="TestRenamed", version=1, newest=version)

    assert upcast(halfway, kind="TestRenamed", version=version, newest=3) == whole
    assert payload == {"harm": harm}
