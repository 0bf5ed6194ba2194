"""Everything outside our process. ``connect`` is the only place where concrete adapters are chosen."""

from dataclasses import dataclass

from domain.files.ports import BlobStore
from domain.mirror.trackers import Trackers
from domain.notify.ports import Notifier
from domain.notify.states import ContactKind
from domain.review.ports import Enforcer
from integrations.blobs import store_of
from integrations.jira.trackers import from_settings
from integrations.notify import ConsoleNotifier, EmailNotifier, NotifierBoard
from integrations.platform import ConsoleEnforcer, HttpEnforcer
from integrations.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """What the workers reach the outside through."""

    notifier: Notifier
    trackers: Trackers
    enforcer: Enforcer
    blobs: BlobStore


def connect(settings: Settings) -> Adapters:
    """The adapters the settings ask for; where an address is missing, the console one."""
    return Adapters(
        notifier=_notifier(settings),
        trackers=from_settings(settings),
        enforcer=_enforcer(settings),
        blobs=store_of(settings),
    )


def _notifier(settings: Settings) -> Notifier:
    """Without a mail server, mail is printed."""
    if settings.smtp_url is None:
        return NotifierBoard(ConsoleNotifier(kinds=ContactKind))
    mail = EmailNotifier(settings.smtp_url.get_secret_value(), sender=settings.mail_from, desk=settings.public_url)
    return NotifierBoard(mail, ConsoleNotifier())


def _enforcer(settings: Settings) -> Enforcer:
    """Without a platform, enforcements are printed. A platform without a secret could be told anything by anybody."""
    if settings.enforcer_url is None:
        return ConsoleEnforcer()
    if settings.enforcer_secret is None:
        message = "CASEWARD_ENFORCER_URL needs CASEWARD_ENFORCER_SECRET beside it."
        raise ValueError(message)
    return HttpEnforcer(settings.enforcer_url, secret=settings.enforcer_secret.get_secret_value())
