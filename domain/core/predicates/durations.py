"""ISO 8601 durations of fixed length: weeks, days of 24 hours, hours, minutes, seconds; no months, no years."""

import re
from datetime import timedelta
from decimal import Decimal

_PATTERN = re.compile(
    r"(?P<sign>-?)P(?=.)(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,11}(?:\.\d{1,6})?)S)?)?",
    re.ASCII,
)
_MICROSECOND = timedelta(microseconds=1)


def parse_duration(text: str) -> timedelta | None:
    """`PT1H30M`, `-P2W`, `PT0.5S`; None where the text is no such duration."""
    found = _PATTERN.fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    micros = int(Decimal(parts["seconds"] or 0) * 1_000_000)
    value = timedelta(
        weeks=int(parts["weeks"] or 0),
        days=int(parts["days"] or 0),
        hours=int(parts["hours"] or 0),
        minutes=int(parts["minutes"] or 0),
        microseconds=micros,
    )
    return -value if parts["sign"] else value


def format_duration(value: timedelta) -> str:
    """Hours, minutes and seconds only (`PT26H0.5S`), so that equal lengths are written alike; zero is `PT0S`."""
    total = value // _MICROSECOND
    hours, rest = divmod(abs(total), 3_600_000_000)
    minutes, micros = divmod(rest, 60_000_000)
    seconds = f"{micros / 1_000_000:.6f}".rstrip("0").rstrip(".") if micros else ""
    written = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{seconds}S" if seconds else "")
    return f"{'-' if total < 0 else ''}PT{written or '0S'}"
