"""Which webhooks are believed, which are repetitions, and which issue they are about."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.jira.inbound import Concern, Happened, concern, delivery_key, is_genuine

SECRET = "It's a Secret to Everybody"
BODY = b"Hello World!"
SIGNATURE = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"


def test_the_published_example_is_genuine_under_either_of_two_secrets() -> None:
    assert is_genuine(BODY, SIGNATURE, [SECRET])
    assert is_genuine(BODY, SIGNATURE, ["new", SECRET])
    assert is_genuine(BODY, SIGNATURE.upper().replace("SHA256", "sha256"), [SECRET, "old"])


@pytest.mark.parametrize(
    ("body", "signature", "secrets"),
    [
        (BODY + b" ", SIGNATURE, [SECRET]),
        (BODY, SIGNATURE[:-1] + "8", [SECRET]),
        (BODY, SIGNATURE.replace("sha256", "sha1"), [SECRET]),
        (BODY, SIGNATURE.removeprefix("sha256="), [SECRET]),
        (BODY, None, [SECRET]),
        (BODY, "", [SECRET]),
        (BODY, SIGNATURE, []),
        (BODY, SIGNATURE, ["other"]),
    ],
)
def test_anything_else_is_not(body: bytes, signature: str | None, secrets: list[str]) -> None:
    assert not is_genuine(body, signature, secrets)


def test_an_empty_secret_makes_nothing_genuine() -> None:
    signature = "sha256=" + hmac.new(b"", BODY, hashlib.sha256).hexdigest()

    assert not is_genuine(BODY, signature, ["", ""])


@given(st.binary(), st.text())
def test_no_signature_text_can_break_the_check(body: bytes, signature: str) -> None:
    assert not is_genuine(body, signature, [SECRET])


def test_a_repetition_has_the_key_of_the_first() -> None:
    first = delivery_key({"X-Atlassian-Webhook-Identifier": "abc"}, b"1")

    assert delivery_key({"x-atlassian-webhook-identifier": "abc", "X-Atlassian-Webhook-Retry": "1"}, b"1") == first
    assert delivery_key({}, b"1") == delivery_key({}, b"1")
    assert len({first, delivery_key({}, b"1"), delivery_key({}, b"2")}) == 3


ISSUE = {"id": "10001", "key": "LIVEOPS-1", "fields": {"project": {"key": "LIVEOPS"}}}
COMMENT = {
    "id": "77",
    "self": "https://jira.example.test/rest/api/2/issue/10001/comment/77",
    "author": {"name": "alice"},
    "updateAuthor": {"name": "bo"},
}
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (
            {
                "webhookEvent": "jira:issue_updated",
                "timestamp": 1772366400000,
                "issue": ISSUE,
                "user": {"accountId": "a"},
            },
            Concern(Happened.UPDATED, "10001", False, "LIVEOPS-1", "LIVEOPS", None, "a", AT),
        ),
        (
            {"webhookEvent": "jira:issue_deleted", "issue": ISSUE},
            Concern(Happened.DELETED, "10001", False, "LIVEOPS-1", "LIVEOPS"),
        ),
        (
            {"webhookEvent": "jira:issue_updated", "issue": ISSUE, "changelog": {"items": [{"field": "Key"}]}},
            Concern(Happened.MOVED, "10001", False, "LIVEOPS-1", "LIVEOPS", changed=("Key",)),
        ),
        (
            {"webhookEvent": "comment_created", "issue": {"id": "10001"}, "comment": COMMENT},
            Concern(Happened.COMMENTED, "10001", comment="77", actor="bo"),
        ),
        (
            {"webhookEvent": "comment_updated", "comment": COMMENT},
            Concern(Happened.COMMENT_CHANGED, "10001", comment="77", actor="bo"),
        ),
        (
            {"webhookEvent": "comment_deleted", "comment": COMMENT | {"self": ".../issue/LIVEOPS-1/comment/77"}},
            Concern(Happened.COMMENT_DELETED, "LIVEOPS-1", by_key=True, comment="77", actor="bo"),
        ),
        ({"webhookEvent": "worklog_created", "issue": {"id": "5"}}, Concern(Happened.OTHER, "5")),
        ({"webhookEvent": "project_created", "project": {"id": 1}}, None),
        ({"issue": ISSUE}, None),
        ([], None),
        ("text", None),
    ],
)
def test_a_payload_concerns_one_issue_or_none(payload: Any, expected: Concern | None) -> None:
    assert concern(payload) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["issue", "comment", "user", "fields", "changelog", "items", "id", "self", "timestamp"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["jira:issue_updated", "comment_created", ""]))
def test_no_payload_can_break_the_reading(payload: Any, event: str) -> None:
    found = concern(payload | {"webhookEvent": event} if isinstance(payload, dict) else payload)

    assert found is None or found.issue
