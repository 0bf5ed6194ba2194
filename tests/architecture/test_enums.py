"""One word, one meaning: no two enums of one name."""

import enum
from collections import defaultdict

from tests.architecture.sources import modules


def enums() -> dict[str, set[type[enum.Enum]]]:
    """Every enum of the domain, by its name, which is global in GraphQL."""
    found: dict[str, set[type[enum.Enum]]] = defaultdict(set)
    for module in modules("domain"):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, enum.Enum) and value.__module__.startswith("domain."):
                found[value.__name__].add(value)
    return found


ENUMS = enums()


def test_an_enum_is_declared_once() -> None:
    declared = {name: sorted(each.__module__ for each in classes) for name, classes in ENUMS.items()}

    assert {name: places for name, places in declared.items() if len(places) > 1} == {}


def test_an_enum_says_what_its_values_are_of() -> None:
    assert sorted(name for name, classes in ENUMS.items() if any(not each.__doc__ for each in classes)) == []


def test_a_state_is_written_as_it_is_called() -> None:
    """The stored text, the contract's name and the code's name are one."""
    strings = [each for classes in ENUMS.values() for each in classes if issubclass(each, enum.StrEnum)]

    assert [str(member) for each in strings for member in each if each.__module__.endswith(".states")
            and member.value != member.name] == []  # fmt: skip
