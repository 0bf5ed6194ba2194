"""The pages of `docs/` that are written from the code: the glossary, and the reference of events, errors, rights,
settings and metrics. `python -m caseward.reference` writes them; a test fails where one is out of date.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from caseward.reference.errors import errors
from caseward.reference.events import events
from caseward.reference.glossary import glossary
from caseward.reference.metrics import metrics
from caseward.reference.rights import rights
from caseward.reference.settings import settings

__all__ = ["PAGES", "ROOT", "write"]

ROOT = Path(__file__).resolve().parents[2]

PAGES: Mapping[str, Callable[[], str]] = {
    "docs/glossary.md": glossary,
    "docs/reference/errors.md": errors,
    "docs/reference/events.md": events,
    "docs/reference/metrics.md": metrics,
    "docs/reference/rights.md": rights,
    "docs/reference/settings.md": settings,
}
"""Each page, by its path from the root of the repository, with what writes its text."""


def write(root: Path = ROOT) -> list[str]:
    """Writes every page that has changed; says which."""
    changed = []
    for name, page in PAGES.items():
        path, text = root / name, page()
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            changed.append(name)
    return changed
