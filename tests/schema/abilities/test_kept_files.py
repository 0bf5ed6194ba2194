"""What may be done to a file is told as its mutations answer."""

import pytest

from domain.cases import actions as cases
from domain.cases.states import CaseKind
from domain.files import actions as files
from domain.files.models import File
from domain.people.roles import Role
from tests.builders import SYSTEM, a_person
from tests.files import a_file
from tests.schema.abilities.agreeing import Login, agreed

MUTATIONS = {
    "HOLD": 'holdFile(input: {id: $id, reason: "A lawsuit"})',
    "RELEASE": 'releaseFile(input: {id: $id, reason: "It is settled"})',
    "ERASE": 'eraseFile(input: {id: $id, reason: "Request 17"})',
}


@pytest.mark.parametrize(
    ("situation", "refused"),
    [("kept", {}), ("held", {"ERASE": "LEGAL_HOLD"}), ("erased", {"HOLD": "FILE_ERASED"})],
)
async def test_of_a_file_legal_is_told_what_its_mutations_answer_and_a_reviewer_that_it_is_not_theirs(
    login: Login, situation: str, refused: dict[str, str]
) -> None:
    root = await a_person("Root", Role.ADMIN)
    case = await cases.open_case("Some words", by=SYSTEM, kind=CaseKind.SERVICE)

    async def an_id() -> str:
        file = await a_file(root)
        await File.filter(id=file.id).update(subject_type="case", subject_id=case.id)
        if situation == "held":
            await files.hold(file.id, by=root, reason="A lawsuit")
        elif situation == "erased":
            await files.erase(file.id, by=root, reason="Request 17")
        return f"file_{file.id.hex}"

    allowed = await agreed(await login(root), an_id, MUTATIONS, entity="File")
    denied = await agreed(await login(await a_person("Rae")), an_id, MUTATIONS, entity="File")

    assert allowed == dict.fromkeys(MUTATIONS) | refused
    assert denied == dict.fromkeys(MUTATIONS, "FORBIDDEN")
