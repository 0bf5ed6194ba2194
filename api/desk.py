"""What the endpoints share while the process runs."""

from dataclasses import dataclass, field

from api.auth import Tokens
from api.bell import Bell
from integrations.settings import Settings
from schema.documents import Documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Made once by the lifespan. ``secret`` signs cursors and tokens; every process of an installation has the same."""

    settings: Settings
    documents: Documents
    secret: bytes
    bell: Bell
    tokens: Tokens = field(default_factory=Tokens)
