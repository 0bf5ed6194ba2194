"""Which systems may call us, and what their calls must prove."""

from collections.abc import Mapping

from api import receipts
from api.webhooks import Source, Verdict
from domain.core.actor import Tool, system
from domain.mirror import actions as mirror
from integrations.jira.deliveries import read_delivery
from integrations.jira.inbound import is_genuine
from integrations.settings import Settings

JIRA = "jira"


def sources(settings: Settings) -> Mapping[str, Source]:
    """The webhooks taken, by the name in their path. A system without a secret is not heard at all."""
    found: dict[str, Source] = {}
    if settings.jira_webhook_secret is not None:
        found[JIRA] = _jira(settings)
    if settings.enforcer_secret is not None:
        found["platform"] = receipts.platform(settings.enforcer_secret.get_secret_value())
    return found


def _jira(settings: Settings) -> Source:
    secrets = [
        secret.get_secret_value()
        for secret in (settings.jira_webhook_secret, settings.jira_webhook_secret_previous)
        if secret is not None
    ]

    def verify(body: bytes, headers: Mapping[str, str]) -> bool:
        return is_genuine(body, headers.get("x-hub-signature"), secrets)

    async def receive(body: bytes, headers: Mapping[str, str], verdict: Verdict) -> None:
        key, hint = read_delivery(headers, body)
        if verdict is Verdict.TOO_LARGE:
            hint = None
        await mirror.receive(JIRA, by=system(Tool.TRACKER), body=body, delivery_key=key, hint=hint)

    return Source(verify=verify, receive=receive)
