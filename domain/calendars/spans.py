"""Sorted, disjoint open spans with running sums: the arithmetic under every calendar, in whole microseconds."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Spans:
    """Open spans, and the open time before and up to the end of each. Every question is one binary search."""

    starts: list[int]
    ends: list[int]
    before: list[int]
    upto: list[int]

    @classmethod
    def of(cls, spans: list[Span]) -> Self:
        """Takes spans in any order, overlapping or not; sorts the list it is given."""
        found = cls([], [], [], [])
        total = 0
        for start, end in merged(spans):
            found.starts.append(start)
            found.ends.append(end)
            found.before.append(total)
            total += end - start
            found.upto.append(total)
        return found

    @property
    def total(self) -> int:
        """Open time of all spans together."""
        return self.upto[-1] if self.upto else 0

    def opened_by(self, at: int) -> int:
        """Open time before `at`."""
        found = bisect_right(self.starts, at) - 1
        if found < 0:
            return 0
        return self.before[found] + min(at, self.ends[found]) - self.starts[found]

    def reach(self, wanted: int) -> int:
        """The earliest moment by which `wanted` (above zero, at most `total`) has been open."""
        found = bisect_left(self.upto, wanted)
        return self.starts[found] + wanted - self.before[found]

    def holds(self, at: int) -> bool:
        """Whether `at` lies in a span."""
        found = bisect_right(self.starts, at) - 1
        return found >= 0 and at < self.ends[found]

    def within(self, start: int, end: int) -> Iterator[Span]:
        """The spans of `[start, end)`, clipped to it."""
        for number in range(bisect_right(self.ends, start), bisect_left(self.starts, end)):
            yield max(start, self.starts[number]), min(end, self.ends[number])


def merged(spans: list[Span]) -> list[Span]:
    """Sorts in place and joins what overlaps or touches."""
    spans.sort()
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            if end > joined[-1][1]:
                joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
