"""PyPI's businesstimedelta, run by the Python of its own environment and driven line by line.

First line in: JSON with the zone and the spans (ISO). Then each line `between`, `add` or `values` is answered by one
JSON line: seconds for all spans, or what it makes of each of them in seconds.
"""

import json
import sys
import time
from datetime import datetime
from datetime import time as clock

import pytz
from businesstimedelta import BusinessTimeDelta, WorkDayRule


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    rule = WorkDayRule(
        start_time=clock(8), end_time=clock(17), working_days=[0, 1, 2, 3, 4], tz=pytz.timezone(asked["tz"])
    )
    spans = [(datetime.fromisoformat(a), datetime.fromisoformat(b), seconds) for a, b, seconds in asked["spans"]]
    amounts = [(a, BusinessTimeDelta(rule, seconds=seconds)) for a, _, seconds in spans]
    for line in sys.stdin:
        begun = time.perf_counter()
        match line.strip():
            case "between":
                for a, b, _ in spans:
                    rule.difference(a, b)
                answer: object = time.perf_counter() - begun
            case "add":
                for a, amount in amounts:
                    a + amount
                answer = time.perf_counter() - begun
            case _:
                answer = [rule.difference(a, b).timedelta.total_seconds() for a, b, _ in spans]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
