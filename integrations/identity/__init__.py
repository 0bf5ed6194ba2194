"""Identity providers: who somebody is, said by OpenID Connect."""

from collections.abc import Sequence

from domain.people.ports import GroupRules
from domain.people.roles import Role
from integrations.identity.provider import OidcIdentity, Provider
from integrations.settings import Settings

__all__ = ["OidcIdentity", "Provider", "identity_of", "rules_of"]


def identity_of(settings: Settings) -> OidcIdentity | None:
    """The provider the settings name; None where they name none."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    secret = settings.oidc_client_secret
    return OidcIdentity(
        Provider(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            audiences=settings.oidc_audiences,
            algorithms=settings.oidc_algorithms,
            scopes=settings.oidc_scopes,
            email_claim=settings.oidc_email_claim,
            name_claim=settings.oidc_name_claim,
            groups_claim=settings.oidc_groups_claim,
        )
    )


def rules_of(settings: Settings) -> GroupRules:
    """What the provider's groups stand for here. A role nobody knows stops the start."""
    return GroupRules(
        teams=_pairs(settings.oidc_teams),
        roles={group: Role(role.upper()) for group, role in _pairs(settings.oidc_roles).items()},
        newcomers=settings.oidc_newcomers,
    )


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    return {group.strip(): gives.strip() for group, _, gives in (text.rpartition("=") for text in texts)}
