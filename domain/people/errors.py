"""What can be refused about people and tokens."""

from uuid import UUID

from domain.core.errors import Refused


class TokenInvalid(Refused):
    """No such token, or one that is expired or revoked, or whose account is suspended: they look the same."""

    code = "TOKEN_INVALID"

    def __init__(self) -> None:
        super().__init__("This token is not valid (any more). Ask an administrator for a new one.")


class TokenEnded(Refused):
    """A token that is revoked or expired cannot be replaced: it would come back to life."""

    code = "TOKEN_ENDED"

    def __init__(self) -> None:
        super().__init__("This token has ended. Issue a new one instead.")


class TokenReplaced(Refused):
    """A token has one successor: what is left of a replaced one is its overlap, no lifetime to hand on."""

    code = "TOKEN_REPLACED"

    def __init__(self, successor_id: UUID) -> None:
        super().__init__(
            f"This token has a successor already: rotate token_{successor_id.hex} instead, or issue a new one."
        )


class PersonUnknown(Refused):
    """The identity provider knows the person, this desk does not; or their address is not verified."""

    code = "PERSON_UNKNOWN"

    def __init__(self) -> None:
        super().__init__("Nobody here has your verified e-mail address. Ask an administrator to add you.")


class IdentityTaken(Refused):
    """The person with this address is linked to another account of the provider: an address may have changed hands."""

    code = "IDENTITY_TAKEN"

    def __init__(self) -> None:
        super().__init__("Your address belongs to somebody who signs in with another account. Ask an administrator.")


class IdentityUnavailable(Refused):
    """The identity provider cannot be asked now, and what is known of its keys is too old."""

    code = "IDENTITY_UNAVAILABLE"
    retryable = True

    def __init__(self) -> None:
        super().__init__("The identity provider does not answer. Try again in a moment.")
