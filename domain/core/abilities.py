"""What somebody may do, asked beforehand: the checks of the actions are run and what they refuse is told."""

from collections.abc import Callable, Iterator, Mapping

from domain.core.errors import Refusal


def judged(checks: Mapping[str, Callable[[], object]]) -> Iterator[tuple[str, Refusal | None]]:
    """Every action with the refusal its check meets now; None where it may happen."""
    for action, check in checks.items():
        try:
            check()
        except Refusal as refusal:
            yield action, refusal
        else:
            yield action, None
