"""What the endpoints share while the process runs."""

from dataclasses import dataclass, field

from api.auth import Logins
from api.bell import Bell
from api.editor.assets import Editor
from api.sharing import Sharing
from api.trusted import Trusted
from domain.files.ports import BlobStore
from integrations.redis import Budgets
from integrations.settings import Settings
from schema import Contract
from schema.documents import Documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Made once by the lifespan. ``secret`` signs cursors and tokens; every process of an installation has the same.
    ``editor`` is None where it is switched off. ``contract`` answers operations.
    ``budgets`` is None where nobody has one.
    """

    settings: Settings
    contract: Contract
    documents: Documents
    secret: bytes
    bell: Bell
    editor: Editor | None
    sharing: Sharing
    blobs: BlobStore
    logins: Logins = field(default_factory=Logins)
    trusted: Trusted = field(default_factory=Trusted)
    budgets: Budgets | None = None

    async def close(self) -> None:
        """Lets go of what the desk holds open."""
        if self.logins.renewals is not None:
            await self.logins.renewals.close()
        if self.logins.identity is not None:
            await self.logins.identity.close()
        await self.blobs.close()
        if self.budgets is not None:
            await self.budgets.close()
