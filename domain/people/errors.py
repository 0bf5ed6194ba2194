"""What can be refused about people and tokens."""

from domain.core.errors import Refused


class TokenInvalid(Refused):
    """No such token, or one that is expired or revoked, or whose account is suspended: they look the same."""

    code = "TOKEN_INVALID"

    def __init__(self) -> None:
        super().__init__("This token is not valid (any more). Ask an administrator for a new one.")
