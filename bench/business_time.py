"""Business time per second, against businesstimedelta and against a loop over days.

    python -m bench.business_time [--spans N] [--rounds N] [--peer PYTHON]

The peer lives in an environment of its own, which `make bench` makes; without it, the day loop alone is compared.
"""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.measuring import rates, table, taking_turns, timed
from domain.calendars.business_time import Calendar

PEERS = Path(__file__).parent / "peers"
PEER_PYTHON = PEERS / ".venv" / "bin" / "python"
ZONE = "Europe/Stockholm"
SPEC = {"tz": ZONE, "weekly": {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
FIRST = datetime(2016, 1, 1, tzinfo=UTC)
DECADE = (FIRST, datetime(2026, 1, 1, tzinfo=UTC))
LENGTHS = {"up to 3 days": timedelta(days=3), "up to 90 days": timedelta(days=90)}

Span = tuple[datetime, datetime, timedelta]
Peer = Callable[[str], object]


def spans(number: int, longest: timedelta) -> list[Span]:
    """Intervals of a decade, always the same; with each the amount to add, as long as its open part may be."""
    chance = random.Random(7)
    found = []
    for _ in range(number):
        start = FIRST + timedelta(seconds=chance.randrange(9 * 365 * 86_400))
        length = timedelta(seconds=chance.randrange(int(longest.total_seconds())))
        found.append((start, start + length, timedelta(seconds=int(length.total_seconds() / 4) + 1)))
    return found


def loop_between(zone: ZoneInfo, start: datetime, end: datetime) -> timedelta:
    """What one writes first: every date, its window, and what of it lies inside."""
    total = timedelta()
    day = start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        opens, closes = _window(zone, day)
        if day.weekday() < 5 and opens < end and closes > start:
            total += min(closes, end) - max(opens, start)
        day += timedelta(days=1)
    return total


def loop_add(zone: ZoneInfo, start: datetime, amount: timedelta) -> datetime:
    """The same the other way round."""
    day = start.astimezone(zone).date()
    while True:
        opens, closes = _window(zone, day)
        if day.weekday() < 5 and closes > start:
            begins = max(opens, start)
            if closes - begins >= amount:
                return begins + amount
            amount -= closes - begins
        day += timedelta(days=1)


def _window(zone: ZoneInfo, day: date) -> tuple[datetime, datetime]:
    return tuple(datetime.combine(day, time(hour), zone).astimezone(UTC) for hour in (8, 17))  # type: ignore[return-value]


@contextmanager
def the_peer(python: Path, asked: Sequence[Span]) -> Iterator[Peer | None]:
    """Asks the peer in its own process; None where its environment was not made."""
    if not python.exists():
        print(f"({python} is not there: no peer is compared. `make bench` makes it.)", file=sys.stderr)
        yield None
        return
    command = [str(python), str(PEERS / "day_peer.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None

        def ask(what: str) -> object:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(what + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        told = [(a.isoformat(), b.isoformat(), amount.total_seconds()) for a, b, amount in asked]
        process.stdin.write(json.dumps({"tz": ZONE, "spans": told}) + "\n")
        process.stdin.flush()
        yield ask
        process.stdin.close()


def warm_rates(title: str, number: int, longest: timedelta, *, rounds: int, python: Path) -> None:
    """`between` and `add` of a calendar that has seen the decade once. All ways must agree."""
    asked, zone, calendar = spans(number, longest), ZoneInfo(ZONE), Calendar.from_spec(SPEC)
    few = asked[: max(1, number // 20)]  # the slow ways get fewer, or a round would take minutes
    ours = [calendar.between(a, b) for a, b, _ in few]
    calendar.between(*DECADE)
    assert ours == [loop_between(zone, a, b) for a, b, _ in few]
    assert [calendar.add(a, n) for a, _, n in few] == [loop_add(zone, a, n) for a, _, n in few]
    with the_peer(python, few) as peer:
        if peer is not None:
            assert peer("values") == [length.total_seconds() for length in ours]
        for verb in ("between", "add"):
            ways = _ways(verb, calendar, zone, asked, few)
            if peer is not None:
                ways["businesstimedelta"] = lambda verb=verb: float(str(peer(verb)))  # type: ignore[misc]
            counts = {name: number if name == "caseward" else len(few) for name in ways}
            rates(f"{verb}, spans {title}, warm", taking_turns(ways, rounds=rounds), counts, unit="calls")


def _ways(
    verb: str, calendar: Calendar, zone: ZoneInfo, asked: Sequence[Span], few: Sequence[Span]
) -> dict[str, Callable[[], float]]:
    if verb == "between":
        return {
            "caseward": lambda: timed(lambda: [calendar.between(a, b) for a, b, _ in asked]),
            "day loop": lambda: timed(lambda: [loop_between(zone, a, b) for a, b, _ in few]),
        }
    return {
        "caseward": lambda: timed(lambda: [calendar.add(a, amount) for a, _, amount in asked]),
        "day loop": lambda: timed(lambda: [loop_add(zone, a, amount) for a, _, amount in few]),
    }


def decade(*, rounds: int, python: Path) -> None:
    """One question over ten years: of a calendar just made, of one asked before, and of the other ways."""
    zone, warm = ZoneInfo(ZONE), Calendar.from_spec(SPEC)
    open_time = warm.between(*DECADE)
    assert open_time == loop_between(zone, *DECADE)
    times = 1000
    ways: dict[str, Callable[[], float]] = {
        "caseward, cold": lambda: timed(lambda: Calendar.from_spec(SPEC).between(*DECADE)),
        "caseward, warm": lambda: timed(lambda: [warm.between(*DECADE) for _ in range(times)]) / times,
        "day loop": lambda: timed(lambda: loop_between(zone, *DECADE)),
    }
    with the_peer(python, [(*DECADE, open_time)]) as peer:
        if peer is not None:
            ways["businesstimedelta"] = lambda: float(str(peer("between")))
        seconds = taking_turns(ways, rounds=rounds)
    rows = [(name, f"{sorted(taken)[len(taken) // 2] * 1e6:,.1f}") for name, taken in seconds.items()]
    table("between over a decade, Monday to Friday", ("", "µs, median"), rows)


def main(arguments: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--spans", type=int, default=20_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--peer", type=Path, default=PEER_PYTHON, help="the Python that has businesstimedelta")
    given = asked.parse_args(arguments)
    for title, longest in LENGTHS.items():
        warm_rates(title, given.spans, longest, rounds=given.rounds, python=given.peer)
    decade(rounds=given.rounds, python=given.peer)


if __name__ == "__main__":
    main()
