"""Every change is one action: somebody does it, in one transaction."""

import inspect
import pkgutil
from collections.abc import Callable
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

import pytest

import domain

CAPABILITIES = [found.name for found in pkgutil.iter_modules(domain.__path__, "domain.")]


def public(module: ModuleType) -> list[str]:
    """What a module of actions offers: its `__all__`, or the functions defined in it."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__ and not name.startswith("_")
    ]


def actions() -> list[tuple[str, Callable[..., Any]]]:
    """Every action by its full name. A folder of actions offers what its `__init__` does."""
    found = []
    for capability in CAPABILITIES:
        package = import_module(capability)
        if "actions" in {each.name for each in pkgutil.iter_modules(package.__path__)}:
            module = import_module(f"{capability}.actions")
            offered = ((name, getattr(module, name)) for name in public(module))
            found += [
                (f"{module.__name__}.{name}", value) for name, value in offered if isinstance(value, FunctionType)
            ]
    return found


ACTIONS = actions()


def test_there_are_actions() -> None:
    assert len(ACTIONS) > 20


@pytest.mark.parametrize("action", [action for _, action in ACTIONS], ids=[name for name, _ in ACTIONS])
def test_an_action_says_who_does_it_and_is_one_transaction(action: Callable[..., Any]) -> None:
    by = inspect.signature(action).parameters.get("by")

    assert by is not None
    assert by.kind is inspect.Parameter.KEYWORD_ONLY
    assert by.default is inspect.Parameter.empty
    assert action.__dict__.get("atomic") is True


@pytest.mark.parametrize("action", [action for _, action in ACTIONS], ids=[name for name, _ in ACTIONS])
def test_an_action_takes_what_it_acts_on_first_and_names_the_rest(action: Callable[..., Any]) -> None:
    by_place = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}

    unnamed = [each.name for each in inspect.signature(action).parameters.values() if each.kind in by_place]

    assert len(unnamed) <= 1, unnamed


@pytest.mark.parametrize("action", [action for _, action in ACTIONS], ids=[name for name, _ in ACTIONS])
def test_an_action_says_what_it_guarantees(action: Callable[..., Any]) -> None:
    assert inspect.getdoc(action)
