"""Events an earlier release wrote, as this one reads them. Pure: the log itself never changes."""

from collections.abc import Callable, Mapping
from typing import Any

Payload = Mapping[str, Any]
Upcaster = Callable[[Payload], Payload]

UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""By kind and version: what makes a payload of that version one of the next."""


class UnknownKind(Exception):
    """The running code does not know an event's kind or version: its subject must be parked, never skipped."""


def upcaster(kind: str, *, version: int) -> Callable[[Upcaster], Upcaster]:
    """Registers what takes payloads of ``kind`` from ``version`` to the next. Two for one step are a mistake."""

    def register(step: Upcaster) -> Upcaster:
        if UPCASTERS.setdefault((kind, version), step) is not step:
            message = f"{kind} of version {version} has two upcasters."
            raise TypeError(message)
        return step

    return register


def upcast(payload: Payload, *, kind: str, version: int, newest: int) -> Payload:
    """A payload as ``newest`` has it, step by step. UnknownKind where it is newer, or where a step is missing."""
    if version > newest:
        message = f"{kind} is of version {version}; this release knows it up to {newest}."
        raise UnknownKind(message)
    for step in range(version, newest):
        known = UPCASTERS.get((kind, step))
        if known is None:
            message = f"Nothing takes {kind} from version {step} to {step + 1}."
            raise UnknownKind(message)
        payload = known(payload)
    return payload
