"""`docs/reference/events.md`: every kind of event and what its payload holds."""

import types
import typing
from collections import defaultdict
from typing import Any, get_args, get_origin

from caseward.reference.pages import capability, loaded, page, said, table
from domain.core.events import KINDS, Event

INTRODUCTION = """\
Every change is recorded as one of these, in the order of its subject (`seq`) and of the log (`position`). The columns
`actor`, `origin`, `tool`, `occurred_at` and `recorded_at` stand beside every payload. A `ContentRef` is the id and the
SHA-256 of a text that is kept apart from the log."""

PLAIN = {
    "Any": "anything",
    "Path": "path",
    "UUID": "id",
    "bool": "true or false",
    "datetime": "instant",
    "float": "number",
    "int": "whole number",
    "str": "text",
    "timedelta": "duration",
}


def events() -> str:
    """The page."""
    loaded("domain")
    kinds: dict[str, list[type[Event]]] = defaultdict(list)
    for event in sorted(KINDS.values(), key=lambda each: each.kind):
        if event.__module__.startswith("domain.") and not event.__subclasses__():
            kinds[capability(event)].append(event)
    return page("Events", INTRODUCTION, *(_section(name, kinds[name]) for name in sorted(kinds)))


def _section(name: str, kinds: list[type[Event]]) -> str:
    rows = [(f"`{event.kind}`", str(event.schema_version), _payload(event), said(event)) for event in kinds]
    return f"## {name}\n\n" + table(("kind", "version", "payload", "says"), rows)


def _payload(event: type[Event]) -> str:
    return "<br>".join(f"`{name}`: {spelled(field.annotation)}" for name, field in event.model_fields.items())


def spelled(annotation: Any) -> str:
    """A type as it is written: `UUID or none`, `list of PolicyRef`."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is None or annotation is type(None):
        return "none"
    if origin in {types.UnionType, typing.Union}:
        return " or ".join(spelled(each) for each in arguments)
    if origin in {list, tuple}:
        return f"list of {spelled(arguments[0])}"
    if origin is dict:
        return f"map of {spelled(arguments[1])}"
    if origin is typing.Annotated:
        return spelled(arguments[0])
    name = getattr(annotation, "__name__", str(annotation))
    return PLAIN.get(name, name)
