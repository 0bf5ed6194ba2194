"""What docs/files.md tells people to type does what it says."""

import asyncio
import os
import re
from pathlib import Path

from domain.cases import actions as cases
from domain.cases.states import CaseKind
from domain.people import actions as people
from domain.people.roles import Role
from integrations.settings import Settings
from tests.api.conftest import served
from tests.architecture.sources import ROOT
from tests.builders import SYSTEM, a_person, a_queue, a_team
from tests.files import PNG

GUIDE = (ROOT / "docs" / "files.md").read_text()
SCRIPT = re.search(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
DOCUMENTS = re.findall(r"`(\w+\.graphql)`:\n\n```graphql\n(.*?)```", GUIDE, re.DOTALL)


def laid_out(folder: Path) -> None:
    """The files of the guide."""
    for name, text in DOCUMENTS:
        (folder / name).write_text(text)
    (folder / "room.png").write_bytes(PNG)
    (folder / "chat.png").write_bytes(PNG + b"chat")


async def test_the_guides_commands_bring_each_file_and_fetch_that_one_again(database_url: str, tmp_path: Path) -> None:
    laid_out(tmp_path)
    assert SCRIPT is not None
    async with served(database_url, Settings(home=tmp_path / "home")) as url:
        await a_queue(team=(await a_team()).id)
        ada = await a_person("Ada", Role.REVIEWER)
        case = await cases.open_case("Some words", by=SYSTEM, kind=CaseKind.SERVICE)
        _, token = await people.issue_token(ada.id, by=SYSTEM, name="guide")
        about = {"CASEWARD_TOKEN": token, "CASEWARD_PUBLIC_URL": url, "CASE": f"CASE-{case.number}"}

        first = await carried_out(SCRIPT[1], tmp_path, about | {"FILE": "room.png"})
        second = await carried_out(SCRIPT[1], tmp_path, about | {"FILE": "chat.png"})

    assert (first, second) == (PNG, PNG + b"chat")


async def carried_out(script: str, folder: Path, about: dict[str, str]) -> bytes:
    """What the script has fetched."""
    running = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", script, cwd=folder, env={"PATH": os.defpath, **about},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, wrong = await asyncio.wait_for(running.communicate(), 30)
    assert running.returncode == 0, (said, wrong)
    return (folder / "fetched").read_bytes()
