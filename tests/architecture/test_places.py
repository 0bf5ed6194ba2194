"""Every file is where one would look for it."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.architecture.sources import CODE, ROOT, files

FOLDERS = {*CODE, "migrations", "tests", "bench", "docs", "deploy"}
IMPORTABLE = {*CODE, "migrations", "tests", "bench"}
CONTRACT = {"__init__", "types", "inputs", "queries", "mutations", "subscriptions"}
ASTRAY: dict[str, str] = {}
"""What lies in the wrong place and why it is still there. A list that only shrinks."""

FOREIGN = re.compile(
    r"python[h]osted\.org|\bpyp[i]\.(?:org|python\.org)|registry\.(?:npm[j]s|yarn[p]kg)"
    r"|(?:^|[\s'\"`(=])/(?:home|Users|root|work|tmp)/\w",
    re.MULTILINE,
)
"""Hosts of package registries, and folders of somebody's machine; written so that it does not match itself."""

TEXT = {".py", ".md", ".toml", ".lock", ".txt", ".yml", ".yaml", ".sql", ".html", ".graphql", ".json", ".cfg", ""}


def test_a_new_top_level_folder_needs_a_decision_record() -> None:
    folders = {path.parts[0] for path in files() if len(path.parts) > 1}

    assert {folder for folder in folders if not folder.startswith(".")} - FOLDERS == set()
    assert set(CODE) <= folders


def test_a_capability_of_the_contract_has_the_five_names_only() -> None:
    """A name may be a file or a folder of files. `reads` is no capability: it is the compiler."""
    found = {
        path.as_posix()
        for path in files()
        if path.parts[0] == "schema" and len(path.parts) > 2 and path.parts[1] != "reads"
    }

    astray = {path for path in found if Path(path).parts[2].removesuffix(".py") not in CONTRACT}

    assert astray - ASTRAY.keys() == set()
    assert ASTRAY.keys() - astray == set(), "These are where they belong: take them off the list."


def test_no_installed_distribution_shares_a_top_level_name_with_us() -> None:
    """Top-level names are global: a package index has one called `schema`."""
    owners = packages_distributions()

    shared = {name: set(owners.get(name, ())) - {"caseward"} for name in IMPORTABLE}

    assert {name: others for name, others in shared.items() if others} == {}


def test_no_file_names_a_package_registry_or_a_folder_of_somebodys_machine() -> None:
    found = {
        f"{path}: {match.group().strip()}"
        for path in files()
        if path.suffix in TEXT and path.name != "LICENSE"
        for match in FOREIGN.finditer((ROOT / path).read_text())
    }

    assert found == set()


def test_the_linter_holds_the_rules_this_folder_does_not_check() -> None:
    """Naive datetimes (DTZ), imports in functions (PL), bare excepts (BLE), prints (T20)."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        ruff = tomllib.load(file)["tool"]["ruff"]["lint"]

    assert {"DTZ", "PL", "BLE", "T20"} <= set(ruff["select"])
    assert not [rule for rule in ruff["ignore"] if rule.startswith(("DTZ", "PLC0415", "BLE"))]


def test_what_the_code_reads_beside_itself_is_shipped_with_it() -> None:
    """A wheel leaves out every file that is no module, unless `package-data` names it."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        shipped: dict[str, list[str]] = tomllib.load(file)["tool"]["setuptools"]["package-data"]
    patterns = [f"{package.replace('.', '/')}/{pattern}" for package, globs in shipped.items() for pattern in globs]

    beside = [path for path in files() if path.parts[0] in {*CODE, "migrations"} and path.suffix != ".py"]

    assert {path.as_posix() for path in beside if not any(path.match(pattern) for pattern in patterns)} == set()
