"""The mark of a poll, and the pages of a Jira that knows minutes only, whatever the changes are."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from domain.mirror.remote import ChangedIssue
from domain.mirror.rules import SEARCH_LAG, next_mark
from integrations.jira.changes import following, render

MOMENTS = st.integers(1_700_000_000, 1_800_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
ZONES = st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"])
STEPS = st.lists(st.sampled_from([0, 0, 0, 1, 30, 70, 4000]), min_size=1, max_size=60)


@given(MOMENTS, st.none() | MOMENTS, MOMENTS)
def test_the_mark_never_goes_back_and_never_past_what_was_seen_or_may_still_be_hidden(
    mark: datetime, reached: datetime | None, now: datetime
) -> None:
    moved = next_mark(mark, reached, now=now)

    assert moved >= mark
    assert moved == mark or (reached is not None and moved <= reached and moved <= now - SEARCH_LAG)


def meant(local: str, zone: ZoneInfo) -> datetime:
    """The latest moment Jira may take a rendered time for."""
    return datetime.fromisoformat(local).replace(tzinfo=zone, fold=1).astimezone(UTC)


@given(MOMENTS, ZONES)
def test_a_rendered_moment_is_never_later_than_it_is(moment: datetime, name: str) -> None:
    zone = ZoneInfo(name)

    assert meant(render(moment, zone), zone) <= moment


@given(MOMENTS, STEPS, ZONES, st.integers(1, 25))
def test_the_pages_of_a_walk_miss_no_issue_and_come_to_an_end(
    start: datetime, steps: list[int], name: str, size: int
) -> None:
    zone, at, changes = ZoneInfo(name), start, []
    for number, step in enumerate(steps):
        at += timedelta(seconds=step)
        changes.append(ChangedIssue(str(number), f"L-{number}", at))
    seen: set[str] = set()
    since, skip, pages = start, 0, 0
    while True:
        matching = [change for change in changes if change.updated >= meant(render(since, zone), zone)]
        page = tuple(matching[skip : skip + size])
        seen |= {change.id for change in page}
        pages += 1
        place = following(page, len(matching), since=since, start=skip, zone=zone)
        if place is None:
            break
        moment, _, number_ = place.partition("|")
        since, skip = datetime.fromisoformat(moment), int(number_)

    assert seen == {change.id for change in changes}
    assert pages <= 4 * len(changes)
