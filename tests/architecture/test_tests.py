"""What a test of this repository is."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.architecture.sources import Source, sources

TESTS = [source for source in sources("tests") if PurePosixPath(source.path).name.startswith("test_")]

SKIPPED = {
    "tests/caseward/test_replay_incidents.py": "the real log is not ours to ship",
    "tests/integrations/jira/test_contract.py": "Atlassian's description of Jira is not ours to ship",
}
PATCHED = {
    "tests/stories/test_mirror_out.py": "a worker dies between a reply and its commit, which nothing else can time",
    "tests/schema/reads/test_plans.py": "what all requests of a process share is kept small enough to overflow",
    "tests/schema/reads/test_hooks_moved.py": "a library has lost a name, which takes another release of it",
}
"""Who patches our own code, and why no fake at a port would do. A list that only shrinks."""

CHECKS = {"raises", "check", "verify", "run_state_machine_as_test"}
CHECKING = ("ensure_", "expect", "assert_", "until", "wait")


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def attributes(source: Source) -> set[str]:
    return {node.attr for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)}


def called(call: ast.Call) -> str:
    """The last word of what is called: `sleep` of `asyncio.sleep`."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def naps(tree: ast.AST, *, waiting: bool = False) -> Iterator[int]:
    """Sleeps outside a loop: they wait for a time and not for a condition. `sleep(0)` only lets others run."""
    for node in ast.iter_child_nodes(tree):
        inside = waiting or isinstance(tree, ast.While | ast.For | ast.AsyncFor)
        if isinstance(node, ast.Call) and not inside and called(node) == "sleep":
            first = node.args[0] if node.args else None
            if not (isinstance(first, ast.Constant) and first.value == 0):
                yield node.lineno
        yield from naps(node, waiting=inside)


def asserts(function: ast.AST) -> bool:
    """An assertion, an expected refusal, or a call of something that says it checks or waits for a condition."""
    return any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Call) and (called(node) in CHECKS or called(node).startswith(CHECKING)))
        for node in ast.walk(function)
    )


def test_a_test_is_named_by_a_sentence() -> None:
    short = {
        f"{source.path}: {each.name}" for source in TESTS for each in functions(source) if each.name.count("_") < 2
    }

    assert short == set()


def test_no_test_asserts_nothing() -> None:
    silent = {f"{source.path}: {each.name}" for source in TESTS for each in functions(source) if not asserts(each)}

    assert silent == set()


def test_no_test_waits_for_a_time() -> None:
    assert list(naps(ast.parse("sleep(1)\nwhile late(): sleep(0.1)\nsleep(0)"))) == [1]
    assert {f"{source.path}:{line}" for source in sources("tests") for line in naps(source.tree)} == set()


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    skipping = {source.path for source in TESTS if attributes(source) & {"skip", "skipif", "xfail", "importorskip"}}

    assert skipping - {*SKIPPED, "tests/architecture/test_tests.py"} == set()


def test_no_test_replaces_our_own_code() -> None:
    mocking = {source.path for source in sources("tests") if "mock" in source.text and "unittest" in source.text}
    patching = {source.path for source in sources("tests") if {"monkeypatch.setattr", "patch.object"} & dotted(source)}

    assert mocking - {"tests/architecture/test_tests.py"} == set()
    assert patching - PATCHED.keys() == set()
    assert PATCHED.keys() - patching == set(), "These patch nothing any more: take them off the list."


def dotted(source: Source) -> set[str]:
    """Every `name.attribute` that is called."""
    return {
        f"{node.func.value.id}.{node.func.attr}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    }
