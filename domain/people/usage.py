"""When a token was last used: operational state, written at most once a minute, without an event."""

from tortoise import connections

from domain.people.queries import token_digest


async def note_use(token: str) -> None:
    """Writes that the token was used just now, unless that is known to the minute. One round trip."""
    await connections.get("default").execute_query(
        "UPDATE api_token SET last_used_at = app_clock() WHERE digest = $1"
        " AND (last_used_at IS NULL OR last_used_at < app_clock() - interval '1 minute')",
        [token_digest(token)],
    )
