"""A day at the desk in a minute: each step is one thing that happens, its document, and its answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from caseward.demo.desk import PATIENCE, Desk, StepFailed
from caseward.demo.stage import Stage
from domain.core.ids import new_id

Answer = dict[str, Any]


@dataclass(slots=True)
class Play:
    """The scenario under way. ``notes`` carries ids from step to step; ``run`` makes every play's cases its own."""

    desk: Desk
    stage: Stage
    on_call: str
    run: str = field(default_factory=lambda: new_id().hex[-6:])
    notes: dict[str, Any] = field(default_factory=dict)
    http: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=10))


@dataclass(frozen=True, slots=True)
class Step:
    """``document`` names what was asked, where a document was."""

    title: str
    act: Callable[[Play], Awaitable[Answer]]
    document: str | None = None


async def flagger_reports(play: Play) -> Answer:
    room = f"room-{play.run}"
    await _room(play, room, viewers=1840)
    found = await play.desk.ask("flagger", "fileSignal", input=_signal(room, "SCAM", f"flag-{play.run}"))
    play.notes["room"] = room
    return found


async def stakeholder_asks(play: Play) -> Answer:
    found = await play.desk.ask(
        "intake",
        "fileInquiry",
        input={
            "kind": "QUESTION",
            "channel": "email",
            "externalId": f"mail-{play.run}",
            "title": "Why was our charity stream limited?",
            "text": "Our partner's fundraiser lost half its viewers this morning. Can you look?",
            "requester": {"name": "Noor Haddad", "address": "noor@partner.example"},
            "language": "en",
        },
    )
    play.notes["inquiry"] = found["fileInquiry"]["inquiry"]
    return found


async def clocks_run(play: Play) -> Answer:
    found = await play.desk.ask("reviewer", "caseOfRoom", room=play.notes["room"])
    (case,) = found["cases"]["nodes"]
    if not case["queue"] or not case["clocks"]:
        message = "The case was not routed, or has no clocks."
        raise StepFailed(message)
    play.notes["case"] = case
    return found


async def jira_shows_it(play: Play) -> Answer:
    return await play.desk.wait(
        "reviewer", "caseInJira", _linked, what="The issue in Jira", id=play.notes["case"]["key"]
    )


async def reviewer_claims(play: Play) -> Answer:
    return await play.desk.ask(
        "reviewer", "claimCase", input={"id": play.notes["case"]["key"], "expectedVersion": None}
    )


async def reviewer_decides(play: Play) -> Answer:
    return await play.desk.ask(
        "reviewer",
        "decideCase",
        input={
            "id": play.notes["case"]["key"],
            "expectedVersion": None,
            "kind": "VIOLATION",
            "policyKeys": ["live.scam"],
            "reasoning": "The host sells gift cards that do not exist; three viewers lost money on stream.",
        },
    )


async def room_is_ended(play: Play) -> Answer:
    found = await play.desk.wait(
        "reviewer",
        "caseEnforced",
        lambda answer: answer["case"]["state"] == "RESOLVED",
        what="The end of the room",
        id=play.notes["case"]["key"],
    )
    room = await _get(play, f"{play.stage.platform}/rooms/{play.notes['room']}")
    if room["live"] or found["case"]["subject"]["live"]:
        message = f"{play.notes['room']} is still shown as live."
        raise StepFailed(message)
    return {**found, "platform": {"room": room["ref"], "live": room["live"]}}


async def inquiry_becomes_work(play: Play) -> Answer:
    found = await play.desk.ask(
        "operations", "convertInquiry", input={"id": play.notes["inquiry"]["key"], "expectedVersion": None}
    )
    case = play.notes["other"] = found["convertInquiry"]["case"]
    linked = await play.desk.wait("operations", "caseInJira", _linked, what="The issue in Jira", id=case["key"])
    play.notes["issue"] = linked["case"]["mirrorLink"]["key"]
    return {**found, "jira": linked["case"]["mirrorLink"]}


async def jira_answers_back(play: Play) -> Answer:
    issue = play.notes["issue"]
    text = f"Called the partner, they will send the clip. ({play.run})"
    await _as_alice(play, do="comment", issue=issue, body=text)
    await _as_alice(play, do="transition", issue=issue, to="In Progress")

    def arrived(answer: Answer) -> bool:
        comments = answer["case"]["comments"]["nodes"]
        return answer["case"]["state"] == "IN_REVIEW" and any(text in (c["text"] or "") for c in comments)

    return await play.desk.wait(
        "operations", "caseFromJira", arrived, what="Jira's comment and move", id=play.notes["other"]["key"]
    )


async def left_alone(play: Play) -> Answer:
    room = f"dare-{play.run}"
    await _room(play, room, viewers=5200)
    signal = _signal(room, "UNSAFE_CHALLENGE", f"dare-{play.run}")
    found = await play.desk.ask("flagger", "fileSignal", input=signal)
    (play.notes["third"],) = (await play.desk.ask("lead", "caseOfRoom", room=room))["cases"]["nodes"]
    return found


async def clock_warns(play: Play) -> Answer:
    def warned(answer: Answer) -> bool:
        return any(clock["firings"] for clock in answer["case"]["clocks"])

    return await play.desk.wait("lead", "caseClocks", warned, what="The warning", id=play.notes["third"]["key"])


async def clock_breaches(play: Play) -> Answer:
    def late(answer: Answer) -> bool:
        return any(firing["breach"] for clock in answer["case"]["clocks"] for firing in clock["firings"])

    return await play.desk.wait("lead", "caseClocks", late, what="The breach", id=play.notes["third"]["key"])


async def somebody_is_paged(play: Play) -> Answer:
    third = play.notes["third"]["key"]

    def of_third(answer: Answer) -> list[Answer]:
        return [page for page in answer["pages"]["nodes"] if page["case"] and page["case"]["key"] == third]

    triggered = {"status": {"eq": "TRIGGERED"}}
    found = await play.desk.wait("lead", "pages", of_third, what="The page", filter=triggered)
    play.notes["page"] = of_third(found)[0]
    found["pages"]["nodes"] = of_third(found)
    mail = await _mail(play, third)
    return {**found, "mail": {"to": mail["to"], "subject": mail["subject"]}}


async def page_is_acknowledged(play: Play) -> Answer:
    page = play.notes["page"]
    return await play.desk.ask(play.on_call, "acknowledgePage", input={"id": page["id"], "expectedVersion": None})


async def summary(play: Play) -> Answer:
    now = datetime.now(UTC)
    span = {"from": (now - timedelta(days=15)).isoformat(), "to": (now + timedelta(days=1)).isoformat()}
    return await play.desk.ask("manager", "slaSummary", **span)


STEPS = (
    Step("A trusted flagger reports a live room: a reactive case opens, routed by a predicate. Flaggers see no"
         " cases, so none is shown to them", flagger_reports, "fileSignal"),
    Step("A stakeholder asks: an inquiry is filed", stakeholder_asks, "fileInquiry"),
    Step("The case waits in its queue and its clocks run", clocks_run, "caseOfRoom"),
    Step("The worker mirrors it into Jira", jira_shows_it, "caseInJira"),
    Step("A reviewer claims it", reviewer_claims, "claimCase"),
    Step("She decides: the policy is broken", reviewer_decides, "decideCase"),
    Step("The platform ends the room and sends its receipt; the case is resolved", room_is_ended, "caseEnforced"),
    Step("The inquiry becomes a case of its own, and an issue", inquiry_becomes_work, "convertInquiry"),
    Step("In Jira, Alice comments and moves the issue: both come back, as hers", jira_answers_back, "caseFromJira"),
    Step("A third report arrives, and is left alone", left_alone, "fileSignal"),
    Step("At half time its clock warns", clock_warns, "caseClocks"),
    Step("Nobody came: the clock is late, and says so", clock_breaches, "caseClocks"),
    Step("The escalation pages the person on call by e-mail", somebody_is_paged, "pages"),
    Step("The person on call acknowledges: nobody else is paged", page_is_acknowledged, "acknowledgePage"),
    Step("How the promises stand", summary, "slaSummary"),
)  # fmt: skip


def _signal(room: str, reason: str, key: str) -> dict[str, Any]:
    return {
        "subject": {"kind": "LIVE_SESSION", "externalRef": room, "live": True, "reach": 1840},
        "origin": "TRUSTED_FLAGGER",
        "reasonCode": reason,
        "dedupeKey": key,
        "detail": "Seen on stream just now.",
        "language": "en",
        "region": "EU",
    }


def _linked(answer: Answer) -> bool:
    link = answer["case"]["mirrorLink"]
    return bool(link and link["state"] == "LINKED" and link["key"])


async def _room(play: Play, ref: str, *, viewers: int) -> None:
    body = {"title": f"Live: {ref}", "viewers": viewers, "live": True}
    (await play.http.put(f"{play.stage.platform}/control/rooms/{ref}", json=body)).raise_for_status()


async def _as_alice(play: Play, **act: Any) -> None:
    body = {"person": "acc-alice", **act}
    (await play.http.post(f"{play.stage.jira}/control/act", json=body)).raise_for_status()


async def _get(play: Play, url: str) -> Answer:
    answer = await play.http.get(url)
    answer.raise_for_status()
    found: Answer = answer.json()
    return found


async def _mail(play: Play, mentions: str) -> Answer:
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                for message in (await play.http.get(f"{play.stage.mail}/messages")).json():
                    if mentions in message["subject"] + message["text"]:
                        return dict(message)
                await asyncio.sleep(0.1)
    except TimeoutError:
        text = f"No mail about {mentions} within {PATIENCE:.0f} s."
        raise StepFailed(text) from None
