"""One notifier made of several: each message goes to the first that serves its kind of contact."""

from domain.notify.ports import Abilities, Message, Notifier, Outcome, PermanentFailure


class NotifierBoard:
    """Serves what its notifiers serve together; a kind nobody serves fails for good."""

    def __init__(self, *notifiers: Notifier) -> None:
        self._notifiers = notifiers

    @property
    def abilities(self) -> Abilities:
        return Abilities(frozenset().union(*(notifier.abilities.kinds for notifier in self._notifiers)))

    async def send(self, message: Message) -> Outcome:
        for notifier in self._notifiers:
            if message.kind in notifier.abilities.kinds:
                return await notifier.send(message)
        return PermanentFailure(f"Nothing here can send to {message.kind}.")
