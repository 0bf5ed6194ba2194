"""Everything outside our process. ``connect`` is the only place where concrete adapters are chosen."""

from dataclasses import dataclass

from integrations.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """What the workers reach the outside through."""


def connect(settings: Settings) -> Adapters:
    """The adapters the settings ask for; where an address is missing, the console one."""
    del settings
    return Adapters()
