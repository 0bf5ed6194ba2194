"""Two weeks of work before the first day: believable, the same on every machine, brought in as an import."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.cases import actions as cases
from domain.cases.actions.subjects import SubjectReport
from domain.cases.models import Case
from domain.cases.states import CaseKind, CaseState, Priority, Severity, SubjectKind
from domain.core import clock
from domain.core.actor import Origin, Tool, system
from domain.core.events import Source
from domain.people.models import Person

IMPORT = replace(system(Tool.IMPORT), origin=Origin.IMPORT)
DAYS = 14
CASES = 180

REASONS = {
    "SCAM": (Severity.SEV2, "live.scam", "Fake giveaway"),
    "HATE": (Severity.SEV1, "hate", "Hateful speech"),
    "MINOR_SAFETY": (Severity.SEV0, "minor", "A minor alone on stream"),
    "SPAM": (Severity.SEV4, "spam", "Follow-for-follow spam"),
    "IMPERSONATION": (Severity.SEV3, "impersonation", "Pretends to be a known host"),
    "GAMBLING": (Severity.SEV2, "gambling", "Unlicensed betting on stream"),
}
PRIORITIES = dict(zip(Severity, Priority, strict=True))


@dataclass(frozen=True, slots=True)
class Past:
    """One past case: when it opened, and the moves that followed."""

    number: int
    reason: str
    kind: CaseKind
    region: str
    opened: timedelta
    moves: tuple[tuple[timedelta, CaseState], ...]


async def load(reviewers: list[Person]) -> int:
    """Brings in what is not there yet; says how many cases were added."""
    known = await Case.filter(origin=Origin.IMPORT).count()
    if known >= CASES:
        return 0
    start = (await clock.now()).replace(minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    added = 0
    for past in _weeks():
        if past.number > known:
            await _bring_in(past, start=start, reviewer=reviewers[past.number % len(reviewers)])
            added += 1
    return added


async def _bring_in(past: Past, *, start: datetime, reviewer: Person) -> None:
    severity, _, words = REASONS[past.reason]
    case = await cases.open_case(
        f"{words} in {past.region} room {4000 + past.number}",
        by=IMPORT,
        kind=past.kind,
        severity=severity,
        priority=PRIORITIES[severity],
        report=SubjectReport(
            kind=SubjectKind.LIVE_SESSION, external_ref=f"past-{past.number}", live=False, reach=past.number * 7
        ),
        reason_code=past.reason,
        region=past.region,
        language="en",
        state=CaseState.QUEUED,
        occurred_at=start + past.opened,
        source=Source(system="demo", event_id=f"{past.number}/opened"),
    )
    for step, (after, state) in enumerate(past.moves):
        await cases.move(
            case.id,
            by=IMPORT,
            to=state,
            occurred_at=start + past.opened + after,
            source=Source(system="demo", event_id=f"{past.number}/{step}"),
            hold_reason="WAITING_FOR_PLATFORM" if state is CaseState.ON_HOLD else None,
            resolution="DECIDED" if state is CaseState.RESOLVED else None,
            assignee_id=reviewer.id,
        )


def _weeks() -> Iterator[Past]:
    """More by evening, fewer at night; a quarter held for a while, a few still open."""
    chance = random.Random(20260101)  # noqa: S311 - the same two weeks everywhere
    for number in range(1, CASES + 1):
        reason = chance.choices(list(REASONS), weights=[30, 12, 3, 35, 12, 8])[0]
        hour = chance.choices(range(24), weights=[2] * 7 + [4] * 9 + [9] * 8)[0]
        opened = timedelta(days=(number - 1) * (DAYS - 1) // CASES, hours=hour, minutes=chance.randrange(60))
        first = timedelta(minutes=chance.expovariate(1 / 35) + 2)
        moves = [(first, CaseState.IN_REVIEW)]
        worked = first + timedelta(minutes=chance.expovariate(1 / 90) + 4)
        if chance.random() < 0.25:
            moves.append((worked, CaseState.ON_HOLD))
            worked += timedelta(hours=chance.expovariate(1 / 6) + 0.5)
            moves.append((worked, CaseState.IN_REVIEW))
            worked += timedelta(minutes=20)
        if chance.random() < 0.93:
            moves.append((worked, CaseState.RESOLVED))
        kind = CaseKind.PROACTIVE if chance.random() < 0.4 else CaseKind.REACTIVE
        yield Past(number, reason, kind, chance.choice(["EU", "BR", "US", "SEA"]), opened, tuple(moves))
