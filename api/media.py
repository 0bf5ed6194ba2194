"""The forms an answer can have, and which of them a client likes best."""

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"
HTML = "text/html"
OFFERED = (JSON, GRAPHQL, EVENTS, HTML)


def preferred(header: str | None) -> str:
    """The best of what we offer; JSON where nothing is said, empty where we offer none of it."""
    best, weight = "", 0.0
    for part in (header or "*/*").split(","):
        name, _, parameters = part.strip().partition(";")
        quality = _quality(parameters)
        found = _offered(name.strip().lower())
        if found and quality > weight:
            best, weight = found, quality
    return best


def for_errors(header: str | None) -> str:
    """The media type of an answer that says why there is none: GraphQL's where it is preferred, else plain JSON."""
    return f"{GRAPHQL if preferred(header) == GRAPHQL else JSON}; charset=utf-8"


def _offered(name: str) -> str:
    if name in {"*/*", "application/*"}:
        return JSON
    return EVENTS if name == "text/*" else name if name in OFFERED else ""


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
