"""Requests that carry a cookie: a browser sends it whoever's page asks, so the page must be one of ours."""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from api.auth import Door, Proof
from api.refusals import refuse
from integrations.settings import Settings


def is_ours(connection: HTTPConnection, settings: Settings) -> bool:
    """Whether the page that asks is of this host or of an allowed origin, as far as the browser says."""
    origin = connection.headers.get("origin")
    if origin is None:
        return connection.headers.get("sec-fetch-site", "none") in {"same-origin", "none"}
    allowed = (*settings.cors_origins, origin_of(settings.public_url))
    return origin in allowed or origin_of(origin).partition("://")[2] == connection.headers.get("host")


def ensure_ours(connection: HTTPConnection, proof: Proof, settings: Settings) -> None:
    """403 where a session's cookie comes with a request of a foreign page. No browser sends a token by itself."""
    if proof.door is Door.SESSION and not is_ours(connection, settings):
        refuse(403, "ORIGIN_REFUSED", "This page's origin is not allowed. Add it to CASEWARD_CORS_ORIGINS.")


def origin_of(url: str) -> str:
    """Scheme, host and port of an address; empty of what is none, such as http://[."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
