"""What may be done to an override. Values in, a refusal or nothing out."""

from collections.abc import Iterator

from domain.core.abilities import judged
from domain.core.actor import Actor
from domain.core.errors import Refusal


def ensure_can_override(by: Actor) -> None:
    """Who puts people on call instead of others takes that back too, at any time."""
    by.ensure("oncall.override")


def override_abilities(by: Actor) -> Iterator[tuple[str, Refusal | None]]:
    """What may be done to an override, with the refusal it would meet now."""
    return judged({"WITHDRAW": lambda: ensure_can_override(by)})
