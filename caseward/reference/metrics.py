"""`docs/reference/metrics.md`: what GET /metrics shows."""

from api import app
from api.metrics import REGISTRY
from caseward.reference.pages import page, table

assert app  # noqa: S101 - imported because every module it stands on registers its numbers

INTRODUCTION = (
    "Numbers for Prometheus at `GET /metrics`. A counter's series ends in `_total`, a histogram's in `_bucket`, \
`_count` and `_sum`."
)


def metrics() -> str:
    """The page."""
    families = sorted(REGISTRY.collect(), key=lambda family: family.name)
    rows = [(f"`{family.name}`", family.type, family.documentation) for family in families]
    return page("Metrics", INTRODUCTION, table(("name", "is", "meaning"), rows))
