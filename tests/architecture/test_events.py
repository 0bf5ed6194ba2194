"""Events hold facts, ids and digests. Texts live elsewhere, so that a person can be erased."""

import typing
from collections.abc import Iterator
from types import UnionType
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from domain.core.content import ContentRef
from domain.core.events import KINDS, Event
from tests.architecture.sources import modules

modules("domain")
EVENTS = {kind: event for kind, event in KINDS.items() if event.__module__.startswith("domain.")}

CODES = {
    "batch", "channel", "code", "dedup_key", "dedupe_key", "external_id", "external_ref", "hold_reason", "holder",
    "key", "kept", "language", "layer", "metric", "owner_ref", "policy_key", "policy_kind", "provider_id",
    "reason_code", "receipt", "region", "remote_id", "remote_key", "reporter_mark", "resolution", "rule_version",
    "sha256", "state", "subject_type", "target_key", "tracker_kind", "workflow",
}  # fmt: skip
"""Names of fields that are keys, codes, digests and foreign ids. Every other text of an event is a ContentRef."""

REASONS = {"CaseReopened.reason", "CaseCancelled.reason", "LeaseTaken.reason"}
"""Codes by the rule of `domain.core.codes`, which the actions hold them to."""

OWED = {
    "CaseOpened.details": "particulars of an import or a form, whose texts are not content yet",
    "CaseDetailsChanged.details": "as those a case is opened with",
    "CaseMoved.details": "as those a case is opened with",
    "Alarmed.actions": "the threshold's actions as the policy version has them",
    "QueueDefined.predicate": "a predicate's own texts are compared with keys and titles",
    "MirrorConnected.base_url": "the tracker's address, set by an administrator",
}
"""Texts in payloads that somebody could write a name into. A list that only shrinks."""


def holds_text(annotation: Any) -> bool:
    """Whether a plain string can be anywhere in a value of this type. Enums and references hold none."""
    if annotation is str or annotation is Any:
        return True
    if get_origin(annotation) is typing.Annotated:
        return holds_text(get_args(annotation)[0])
    if get_origin(annotation) is not None or isinstance(annotation, UnionType):
        return any(holds_text(part) for part in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation is not ContentRef:
        return any(texts(annotation))
    return False


def texts(model: type[BaseModel]) -> Iterator[str]:
    """Its own fields that can hold words of a person: a string, and no code by its name."""
    for name, field in model.model_fields.items():
        if name in model.__annotations__ and name not in CODES and holds_text(field.annotation):
            yield name


def test_a_text_is_found_wherever_it_hides() -> None:
    class Inner(BaseModel):
        note: str

    class Outer(BaseModel):
        inner: tuple[Inner, ...] | None
        body: ContentRef
        key: str

    assert list(texts(Outer)) == ["inner"]


def test_no_event_holds_free_text_or_a_personal_value() -> None:
    found = {f"{kind}.{name}" for kind, event in EVENTS.items() for name in texts(event)}

    assert found - OWED.keys() == REASONS
    assert OWED.keys() - found == set(), "These are paid: take them off the list."


def test_events_are_frozen_and_refuse_what_they_do_not_know() -> None:
    loose = [
        kind
        for kind, event in EVENTS.items()
        if not event.model_config.get("frozen") or event.model_config.get("extra") != "forbid"
    ]

    assert loose == []


def test_events_live_in_the_events_of_their_capability() -> None:
    astray = [kind for kind, event in EVENTS.items() if event.__module__.split(".")[2:] != ["events"]]

    assert astray == []


def test_a_kind_fits_its_column() -> None:
    assert [kind for kind in EVENTS if len(kind) > 64] == []
    assert all(issubclass(event, Event) for event in EVENTS.values())
