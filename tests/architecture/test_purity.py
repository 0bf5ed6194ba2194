"""Decisions are pure: values in, a verdict or a refusal out."""

import ast
from collections.abc import Iterator

from tests.architecture.sources import Source, sources

PURE_NAMES = {"rules.py", "states.py", "events.py", "errors.py", "filters.py", "visibility.py", "ports.py"}
PURE_MODULES = {
    "domain/calendars/business_time.py",
    "domain/calendars/spans.py",
    "domain/calendars/spec.py",
    "domain/calendars/zones.py",
    "domain/cases/fold.py",
    "domain/cases/tables.py",
    "domain/cases/workflows.py",
    "domain/core/predicates/",
    "domain/core/upcasting.py",
    "domain/escalation/fold.py",
    "domain/inquiries/fold.py",
    "domain/mirror/merge.py",
    "domain/mirror/outcomes.py",
    "domain/mirror/remote.py",
    "domain/mirror/written.py",
    "domain/oncall/roster.py",
    "domain/oncall/rotation.py",
    "domain/oncall/schedule.py",
    "domain/review/fold.py",
    "domain/sla/book.py",
    "domain/sla/clocks.py",
    "domain/sla/conditions.py",
    "domain/sla/family.py",
    "domain/sla/folding.py",
    "domain/sla/measures.py",
    "domain/sla/policies.py",
    "domain/sla/tally.py",
    "domain/sla/thresholds.py",
    "domain/sla/timeline.py",
}
IMPURE = {"tortoise", "asyncpg", "redis", "arq", "httpx", "requests", "strawberry", "starlette", "jira"}
EVENT_LOG = "domain/core/events.py"  # the log itself, which writes


def is_pure(source: Source) -> bool:
    """Whether a module of the domain must decide without looking anything up."""
    folder, _, name = source.path.rpartition("/")
    if source.path == EVENT_LOG:
        return False
    return name in PURE_NAMES or source.path in PURE_MODULES or f"{folder}/" in PURE_MODULES


def imported(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def clocks_read(source: Source) -> Iterator[int]:
    """Lines that ask what time it is."""
    for node in ast.walk(source.tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in {"now", "utcnow", "today", "monotonic", "perf_counter"}:
            yield called.lineno


PURE = [source for source in sources("domain") if is_pure(source)]


def test_the_pure_modules_are_where_they_are_listed() -> None:
    paths = {source.path for source in PURE}

    assert {each for each in PURE_MODULES if not any(path.startswith(each) for path in paths)} == set()


def test_a_decision_knows_no_tables_and_no_network() -> None:
    found = {
        f"{source.path}: {name}"
        for source in PURE
        for name in imported(source)
        if name.split(".")[0] in IMPURE or name.endswith(".models")
    }

    assert found == set()


def test_a_decision_is_told_the_time_and_never_asks() -> None:
    assert {f"{source.path}:{line}" for source in PURE for line in clocks_read(source)} == set()


def test_nothing_in_the_business_asks_the_machines_clock() -> None:
    """Time belongs to the database: `domain.core.clock.now()`."""
    found = {
        f"{source.path}:{node.lineno}"
        for source in sources("domain")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"now", "utcnow", "today"}
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "date"}
    }

    assert found == set()
