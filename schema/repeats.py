"""Mutations that may be sent twice: the second is answered with a fresh read of what the first did."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from domain.core import idempotency, transaction
from domain.core.actor import Actor
from schema import reads, tokens
from schema.asked import Asked
from schema.reads.selects import Read

SHOWN_ONCE = "shown once"
"""Marks a field of a success, in its metadata, that no repeat shows again."""


async def once(
    act: Callable[[], Awaitable[Any]], success: Any, *, key: str, by: Actor, asked: Asked, name: str, secret: bytes
) -> Any:  # fmt: skip
    """Acts in the transaction that takes the key, so that neither can be without the other. A refusal takes no key.
    ``name`` says which of the changes asked for this is.

    A repeat gives a ``success`` with ``replayed`` set, read under today's rights.
    """

    @transaction.atomic
    async def acted() -> Any:
        place = asked.names.index(name)
        taken, outcome = await idempotency.take(key, by=by, place=place, request=asked.digest)
        if outcome is not None:
            return _restored(success, outcome)
        answer = await act()
        answer.token = tokens.seal(transaction.current().touched, secret)
        idempotency.keep(taken, _outcome(answer))
        return answer

    return await acted()


def _outcome(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in dataclasses.fields(answer):
        # what is shown once is kept nowhere, so a repeat has none of it
        value = None if field.metadata.get(SHOWN_ONCE) else getattr(answer, field.name)
        if isinstance(value, Read):
            found[field.name] = {"uuid" if isinstance(value.ref, UUID) else "read": value.ref}
        else:
            found[field.name] = {"value": value}
    return found


def _restored(success: Any, outcome: Mapping[str, Any]) -> Any:
    values: dict[str, Any] = {}
    for name, kept in outcome.items():
        ((kind, value),) = kept.items()
        if kind == "value":
            values[name] = _target(success, name)(**value) if isinstance(value, dict) else value
        elif value is not None:
            values[name] = reads.one(_target(success, name), UUID(value) if kind == "uuid" else value)
        else:
            values[name] = None
    return success(**values | {"replayed": True})


def _target(success: Any, name: str) -> Any:
    """The entity a success's field shows."""
    field = next(field for field in success.__strawberry_definition__.fields if field.python_name == name)
    return getattr(field.type, "of_type", field.type)
