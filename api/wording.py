"""What the GraphQL library says of a wrong request, in clients' words: no values as Python writes them."""

import re

_FOUND = re.compile(r"(?:,| but|;|\.)?\s*[Ff]ound: .*\Z", re.DOTALL)
_VALUE = re.compile(r"(cannot represent (?:a )?(?:non[- ][\w -]+ )?value): .*\Z", re.DOTALL)
_ENCOUNTERED = re.compile(r"Expected value of type '[^']*', but encountered error '(.*)'\Z", re.DOTALL)


def plain(message: str) -> str:
    """The message without what was found: clients know what they sent, and it may be long."""
    said = _VALUE.sub(r"\1", _FOUND.sub("", message)).replace("not to be None", "not to be null")
    said = _ENCOUNTERED.sub(r"\1", said)
    return said if said.endswith((".", "?")) else f"{said}."
