"""However oddly Jira says it, we know how long to wait."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.mirror.outcomes import ThrottleScope
from integrations.jira.throttle import LONGEST, SHORTEST, throttled

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("7", 7),
        ("1.5", 1.5),
        ("0", 1),
        ("-5", 1),
        ("999999999999", 3600),
        ("inf", 3600),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30),
        ("Sun, 01 Mar 2020 12:00:30 GMT", 1),
    ],
)
def test_every_form_of_retry_after_is_understood_and_bounded(said: str, wait: float) -> None:
    assert throttled({"Retry-After": said}, now=NOW).until == NOW + timedelta(seconds=wait)


@pytest.mark.parametrize("said", [None, "", "soon", "nan"])
def test_without_a_usable_time_the_caller_decides(said: str | None) -> None:
    assert throttled({} if said is None else {"Retry-After": said}, now=NOW).until is None


@pytest.mark.parametrize(
    ("reason", "scope"),
    [
        ("jira-burst-based", ThrottleScope.ENDPOINT),
        ("jira-per-issue-on-write", ThrottleScope.ISSUE),
        ("jira-quota-tenant-based", ThrottleScope.CONNECTION),
        ("jira-quota-global-based", ThrottleScope.CONNECTION),
        ("something-new", ThrottleScope.ENDPOINT),
    ],
)
def test_the_reason_says_how_much_must_wait(reason: str, scope: ThrottleScope) -> None:
    assert throttled({"ratelimit-reason": reason}, now=NOW).scope is scope


def test_a_quota_waits_for_its_reset() -> None:
    headers = {"RateLimit-Reason": "jira-quota-global-based", "Retry-After": "5"}

    assert throttled(headers | {"X-RateLimit-Reset": "2026-03-01T12:20:00Z"}, now=NOW).until == NOW + timedelta(
        minutes=20
    )


@given(st.text(), st.text())
def test_no_header_can_break_it_or_make_it_wait_for_ever(after: str, reset: str) -> None:
    until = throttled({"Retry-After": after, "X-RateLimit-Reset": reset}, now=NOW).until

    assert until is None or SHORTEST <= until - NOW <= LONGEST
