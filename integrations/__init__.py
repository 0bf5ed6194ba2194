"""Everything outside our process. ``connect`` is the only place where concrete adapters are chosen."""

from dataclasses import dataclass

from domain.notify.ports import Notifier
from domain.notify.states import ContactKind
from integrations.notify import ConsoleNotifier, EmailNotifier, NotifierBoard
from integrations.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """What the workers reach the outside through."""

    notifier: Notifier


def connect(settings: Settings) -> Adapters:
    """The adapters the settings ask for; where an address is missing, the console one."""
    return Adapters(notifier=_notifier(settings))


def _notifier(settings: Settings) -> Notifier:
    """Without a mail server, mail is printed."""
    if settings.smtp_url is None:
        return NotifierBoard(ConsoleNotifier(kinds=ContactKind))
    mail = EmailNotifier(settings.smtp_url.get_secret_value(), sender=settings.mail_from)
    return NotifierBoard(mail, ConsoleNotifier())
