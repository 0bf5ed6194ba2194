"""Whom the demo has tokens for, and what the guides say of exports."""

import re

from api.exporting import LISTS
from caseward.demo.organisation import ACCOUNTS, PEOPLE, TOKENS
from domain.people.roles import Role
from tests.architecture.sources import ROOT

OF_THE_DESK = {
    Role.VIEWER, Role.REVIEWER, Role.LEAD, Role.MANAGER, Role.POLICY_OWNER, Role.ANALYST, Role.LEGAL, Role.ADMIN,
    Role.FLAGGER, Role.INTAKE, Role.DETECTOR, Role.AUTOMATION,
}  # fmt: skip


def test_every_role_of_the_desk_can_be_tried_with_a_token_of_the_demo() -> None:
    roles = {address: roles for address, (_, _, _, roles, _) in PEOPLE.items()}
    roles |= {name: roles for name, (_, roles) in ACCOUNTS.items()}

    assert OF_THE_DESK - {role for account in TOKENS.values() for role in roles[account]} == set()
    assert roles[TOKENS["viewer"]] == (Role.VIEWER,)
    assert roles[TOKENS["legal"]] == (Role.LEGAL,)


def test_the_guide_names_the_fields_an_export_has_where_none_are_said() -> None:
    guide = (ROOT / "docs/scripts.md").read_text()
    (told,) = re.findall(r"Without `fields` (a case has .*?); an\s+(inquiry has .*?)\.\n\n", guide, re.DOTALL)

    assert [tuple(re.findall(r"`([\w.]+)`", part)) for part in told] == [
        LISTS["cases"].fields,
        LISTS["inquiries"].fields,
    ]
