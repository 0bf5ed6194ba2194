"""Messages for people at a terminal: one line to read, one structured line in the log."""

import sys
from collections.abc import Iterable
from typing import TextIO

import structlog

from domain.notify.ports import Abilities, Accepted, Message, Outcome, PermanentFailure, TemporaryFailure
from domain.notify.states import ContactKind

log = structlog.get_logger(__name__)


class ConsoleNotifier:
    """Writes to ``out``, the standard output unless given. The log line leaves title and body out."""

    def __init__(
        self, *, kinds: Iterable[ContactKind] = (ContactKind.CONSOLE,), out: TextIO | None = None
    ) -> None:  # fmt: skip
        self._abilities = Abilities(frozenset(kinds))
        self._out = out

    @property
    def abilities(self) -> Abilities:
        return self._abilities

    async def send(self, message: Message) -> Outcome:
        if message.kind not in self._abilities.kinds:
            return PermanentFailure(f"The console does not serve {message.kind}.")
        out = self._out or sys.stdout
        title = " ".join(message.title.split())
        try:
            out.write(f"[{message.urgency}] to {message.recipient}: {message.reference} {title}\n")
            out.flush()
        except (OSError, ValueError) as error:
            return TemporaryFailure(f"{type(error).__name__}: the terminal is gone.")
        log.info("notification", key=message.key, reference=message.reference, urgency=message.urgency.value)
        return Accepted(message.key)
