"""Declarative conditions over events and over what the subject currently is.

Written as flat mappings: `{"kind": "CaseMoved", "to_state": ["IN_REVIEW"]}` speaks of an event,
`{"state": ["ON_HOLD"]}` of the subject, `{"kind": "MessageReceived", "subject": {"state": {"not": ["CLOSED"]}}}` of
both. A value is one allowed value, a list of them, or `{"not": [...]}`; null stands for absent. All keys of one
condition must hold; of a list of conditions any.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_serializer, model_validator

Attributes = Mapping[str, Any]
_LISTS = (list, tuple)


class Frozen(BaseModel):
    """A value of a configuration version: immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Match(Frozen):
    """Which values of one fact are meant."""

    values: tuple[str | int | bool | None, ...]
    negated: bool = False

    @model_validator(mode="before")
    @classmethod
    def _read(cls, written: Any) -> Any:
        if isinstance(written, Mapping) and set(written) == {"not"}:
            return {"values": _listed(written["not"]), "negated": True}
        if isinstance(written, Mapping):
            return written
        return {"values": _listed(written)}

    @model_serializer
    def _write(self) -> Any:
        return {"not": list(self.values)} if self.negated else list(self.values)

    def holds(self, value: Any) -> bool:
        """A list-valued fact matches when one of its members does."""
        if isinstance(value, _LISTS):
            return any(one in self.values for one in value) is not self.negated
        return (value in self.values) is not self.negated


class Condition(Frozen):
    """Facts of one event (where `kind` is given) and attributes of the subject, all of which must match."""

    kinds: frozenset[str] = frozenset()
    facts: tuple[tuple[str, Match], ...] = ()
    subject: tuple[tuple[str, Match], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read(cls, written: Any) -> Any:
        if not isinstance(written, Mapping) or "kinds" in written:
            return written
        flat = dict(written)
        kinds, subject = flat.pop("kind", None), flat.pop("subject", {})
        if not isinstance(subject, Mapping):
            raise ValueError("subject must map attributes to values")  # noqa: TRY004
        if kinds is None:
            # Without an event there are no facts: every key speaks of the subject, its kind included under `subject`.
            return {"subject": tuple({**flat, **subject}.items())}
        return {"kinds": _listed(kinds), "facts": tuple(flat.items()), "subject": tuple(subject.items())}

    @model_serializer
    def _write(self) -> dict[str, Any]:
        subject = {name: match.model_dump() for name, match in self.subject}
        if not self.kinds:
            return {"subject": subject}
        written: dict[str, Any] = {"kind": sorted(self.kinds)} | {
            name: match.model_dump() for name, match in self.facts
        }
        return written | ({"subject": subject} if subject else {})

    @property
    def is_state(self) -> bool:
        """Whether it speaks of the subject only, so that it holds for a time and not at an instant."""
        return not self.kinds

    def met_by(self, kind: str, facts: Attributes, subject: Attributes) -> bool:
        """Whether this event, which left the subject so, is meant."""
        return kind in self.kinds and _hold(self.facts, facts) and _hold(self.subject, subject)

    def holds(self, subject: Attributes) -> bool:
        """Whether the subject is as described."""
        return _hold(self.subject, subject)


def _hold(wanted: tuple[tuple[str, Match], ...], told: Attributes) -> bool:
    for name, match in wanted:  # noqa: SIM110 - the innermost loop of every fold, where a generator is felt
        if not match.holds(told.get(name)):
            return False
    return True


def _listed(written: Any) -> tuple[Any, ...]:
    return tuple(written) if isinstance(written, list | tuple | set | frozenset) else (written,)


def _one_or_many(written: Any) -> Any:
    return (written,) if isinstance(written, Mapping | Condition) else written


Conditions = Annotated[tuple[Condition, ...], BeforeValidator(_one_or_many)]
