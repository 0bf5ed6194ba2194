"""What becomes of one request on each of Jira's bad days."""

from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest
from pydantic import ValidationError

from domain.mirror.outcomes import (
    Ambiguous,
    AuthLost,
    AuthLostBy,
    Failure,
    NotVisible,
    Ok,
    ProtocolFault,
    ProtocolFaultBy,
    Rejected,
    RejectedBy,
    Throttled,
    ThrottleScope,
    Unavailable,
)
from integrations.jira.gateway import Call, JiraConnection
from tests.integrations.jira.running import BOT_TOKEN, RunningSite, free_port

ISSUE = {"fields": {"project": {"key": "LIVEOPS"}, "issuetype": {"id": "10001"}, "summary": "Gore in a live room"}}


async def create(site: RunningSite, **connection: Any) -> Ok[object] | Failure:
    gateway = site.gateway(**connection)
    try:
        return await gateway.call("POST", "issue", body=ISSUE)
    finally:
        await gateway.close()


async def read(site: RunningSite, path: str = "myself", **connection: Any) -> Ok[object] | Failure:
    gateway = site.gateway(**connection)
    try:
        return await gateway.call("GET", path)
    finally:
        await gateway.close()


async def test_a_create_whose_reply_is_lost_is_ambiguous_and_was_sent_once(site: RunningSite) -> None:
    site.fail("POST", "/issue", "commit-then-drop")

    outcome = await create(site)

    assert outcome == Ambiguous()
    assert site.asked("POST", "/issue") == 1
    assert len(site.control.get("/board.json").json()["issues"]) == 1


async def test_a_create_cut_before_it_was_done_is_just_as_ambiguous(site: RunningSite) -> None:
    site.fail("POST", "/issue", "drop-before")

    outcome = await create(site)

    assert outcome == Ambiguous()
    assert site.control.get("/board.json").json()["issues"] == []


async def test_a_create_whose_reply_comes_too_late_is_ambiguous(site: RunningSite) -> None:
    site.fail("POST", "/issue", "delay-after", seconds=1.0)

    outcome = await create(site, read_seconds=0.2)

    assert outcome == Ambiguous()


async def test_a_write_that_waited_too_long_for_its_turn_is_never_sent(site: RunningSite) -> None:
    site.fail("GET", "/myself", "delay-after", seconds=1.0)
    gateway = site.gateway(concurrency=1, ends_within=timedelta(seconds=2))
    outcomes: dict[str, object] = {}

    async def ask(method: Any, path: str, body: Any = None) -> None:
        outcomes[method] = await gateway.call(method, path, body=body)

    async with anyio.create_task_group() as both:
        both.start_soon(ask, "GET", "myself")
        await anyio.wait_all_tasks_blocked()
        both.start_soon(ask, "POST", "issue", ISSUE)
    await gateway.close()

    assert outcomes["POST"] == Unavailable(connected=False)
    assert site.asked("POST", "/issue") == 0


async def test_a_read_whose_reply_is_lost_may_simply_be_repeated(site: RunningSite) -> None:
    site.fail("GET", "/myself", "drop-before")

    outcome = await read(site)

    assert outcome == Unavailable(connected=True)


async def test_nothing_was_sent_when_nobody_listens(site: RunningSite) -> None:
    nowhere = RunningSite(f"http://127.0.0.1:{free_port()}")

    outcome = await create(nowhere)

    nowhere.control.close()
    assert outcome == Unavailable(connected=False)


async def test_a_name_that_does_not_resolve_means_nothing_was_sent(site: RunningSite) -> None:
    outcome = await create(site, base_url="http://nowhere.invalid", allowed_hosts={"nowhere.invalid"})

    assert outcome == Unavailable(connected=False)


@pytest.mark.parametrize(
    ("status", "to_a_write", "to_a_read"),
    [
        (500, Ambiguous(500), Unavailable(connected=True, status=500)),
        (502, Ambiguous(502), Unavailable(connected=True, status=502)),
        (503, Unavailable(connected=True, status=503), Unavailable(connected=True, status=503)),
        (504, Ambiguous(504), Unavailable(connected=True, status=504)),
        (401, AuthLost(AuthLostBy.REFUSED), AuthLost(AuthLostBy.REFUSED)),
        (404, NotVisible(), NotVisible()),
        (408, Unavailable(connected=True, status=408), Unavailable(connected=True, status=408)),
        (
            410,
            ProtocolFault(ProtocolFaultBy.REMOVED, 410),
            ProtocolFault(ProtocolFaultBy.REMOVED, 410),
        ),
    ],
)
async def test_a_status_means_what_it_says_about_the_work(
    site: RunningSite, status: int, to_a_write: Failure, to_a_read: Failure
) -> None:
    site.fail("*", "*", "status", status=status, times=2)

    assert await create(site) == to_a_write
    assert await read(site) == to_a_read


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, RejectedBy.INVALID),
        (422, RejectedBy.INVALID),
        (403, RejectedBy.FORBIDDEN),
        (409, RejectedBy.CONFLICT),
        (413, RejectedBy.TOO_LARGE),
    ],
)
async def test_a_refusal_keeps_its_kind_and_its_words(site: RunningSite, status: int, reason: RejectedBy) -> None:
    body = {"errorMessages": ["No."], "errors": {"summary": "Too vague."}}
    site.fail("POST", "/issue", "status", status=status, body=body)

    outcome = await create(site)

    assert outcome == Rejected(reason, {"summary": "Too vague."}, ("No.",))


@pytest.mark.parametrize("body", [[], ["no"], 5, None, "no", {"errors": None, "errorMessages": None}])
async def test_an_error_body_of_any_shape_is_still_a_refusal(site: RunningSite, body: object) -> None:
    site.fail("POST", "/issue", "status", status=400, body=body)

    outcome = await create(site)

    assert isinstance(outcome, Rejected)


async def test_words_that_quote_our_token_lose_it(site: RunningSite) -> None:
    body = {"errorMessages": [f"Bad token {BOT_TOKEN}\r\nX: y"], "errors": {}}
    site.fail("POST", "/issue", "status", status=400, body=body)

    outcome = await create(site)

    assert isinstance(outcome, Rejected)
    assert outcome.messages == ("Bad token *** X: y",)


async def test_a_named_text_limit_is_read_with_its_separators(site: RunningSite) -> None:
    text = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
    site.fail("POST", "/issue", "status", status=400, body={"errors": {"description": text}})

    outcome = await create(site)

    assert isinstance(outcome, Rejected)
    assert outcome.text_limit == 32_767


async def test_wrong_credentials_and_a_captcha_are_told_apart(site: RunningSite) -> None:
    refused = await read(site, token="wrong")
    headers = {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE; login-url=https://jira.example.test/login"}
    site.fail("GET", "/myself", "status", status=403, headers=headers)
    locked = await read(site)

    assert refused == AuthLost(AuthLostBy.REFUSED)
    assert locked == AuthLost(AuthLostBy.CAPTCHA)


async def test_a_sign_in_page_is_no_answer(site: RunningSite) -> None:
    site.fail("*", "*", "html", times=2)

    assert await read(site) == ProtocolFault(ProtocolFaultBy.HTML, 200)
    assert await create(site) == ProtocolFault(ProtocolFaultBy.HTML, 200, maybe_done=True)


async def test_a_redirect_is_not_followed(site: RunningSite) -> None:
    site.fail("GET", "/myself", "redirect", headers={"Location": f"{site.url}/rest/api/2/serverInfo"})

    outcome = await read(site)

    assert outcome == ProtocolFault(ProtocolFaultBy.REDIRECT, 302)
    assert site.asked("GET", "/serverInfo") == 0


async def test_half_a_success_is_ambiguous_for_a_write_and_a_fault_for_a_read(site: RunningSite) -> None:
    site.fail("*", "*", "truncate", times=2)

    assert await read(site) == ProtocolFault(ProtocolFaultBy.UNREADABLE, 200)
    assert await create(site) == Ambiguous(201)


async def test_being_throttled_says_what_must_wait_and_until_when(site: RunningSite) -> None:
    site.fail("POST", "/issue", "status", status=429, reason="jira-per-issue-on-write", headers={"Retry-After": "7"})
    before = datetime.now(UTC)

    outcome = await create(site)

    assert isinstance(outcome, Throttled)
    assert outcome.scope is ThrottleScope.ISSUE
    assert outcome.until is not None
    assert timedelta(seconds=7) <= outcome.until - before < timedelta(seconds=20)
    assert site.asked("POST", "/issue") == 1


async def test_what_is_remembered_of_a_call_holds_no_query_body_or_credential(site: RunningSite) -> None:
    calls: list[Call] = []
    gateway = site.gateway(calls)

    await gateway.call("GET", "search/jql", params={"jql": "labels = secret-label"})

    await gateway.close()
    assert [(call.method, call.path, call.status, call.outcome) for call in calls] == [("GET", "search/jql", 200, "Ok")]
    assert "secret-label" not in repr(calls)
    assert BOT_TOKEN not in repr(gateway.connection)


async def test_many_calls_at_once_get_their_own_answers(site: RunningSite) -> None:
    keys = [site.act("alice", "create", fields={"summary": f"Room {n}"})["key"] for n in range(20)]
    gateway = site.gateway(concurrency=4)
    answers: dict[str, object] = {}

    async def fetch(key: str) -> None:
        outcome = await gateway.call("GET", f"issue/{key}", params={"fields": "summary"})
        answers[key] = outcome.value["key"] if isinstance(outcome, Ok) else outcome

    async with anyio.create_task_group() as group:
        for key in keys:
            group.start_soon(fetch, key)

    await gateway.close()
    assert answers == {key: key for key in keys}


@pytest.mark.parametrize(
    "base_url",
    [
        "http://example.atlassian.net",
        "https://jira.example.test",
        "https://169.254.169.254",
        "https://atlassian.net.example.test",
        "https://evil-atlassian.net.example.test/.atlassian.net",
        "https://me:secret@example.atlassian.net",
        "file:///etc/passwd",
    ],
)
def test_a_connection_goes_only_where_it_may(base_url: str) -> None:
    with pytest.raises(ValidationError):
        JiraConnection.model_validate({"base_url": base_url, "token": "t"})


def test_atlassians_own_hosts_and_allowed_ones_are_fine() -> None:
    for base_url in ("https://example.atlassian.net", "https://api.atlassian.com/ex/jira/1"):
        assert JiraConnection.model_validate({"base_url": base_url, "token": "t"}).base_url == base_url

    own = {"base_url": "https://jira.example.test/jira", "token": "t", "allowed_hosts": ["jira.example.test"]}
    assert JiraConnection.model_validate(own).user is None
