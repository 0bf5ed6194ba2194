"""Who you are, and who works here."""

import strawberry

from domain.people.filters import TEAM
from schema import reads
from schema.mutations import Info
from schema.people.types import Account, ApiToken, Person, Team, Viewer


def _viewer(info: Info) -> Viewer:
    you = info.context.viewer
    return Viewer(
        name=you.name,
        kind=you.kind,
        account=reads.one(Account, you.id),
        person=reads.one(Person, you.person_id) if you.person_id else None,
        teams=reads.select(Team).where(TEAM["id"].is_in(you.teams)).order("key").list(),
        permissions=sorted(you.permissions),
        clearances=sorted(you.clearances),
    )


@strawberry.type
class PeopleQueries:
    person: Person | None = reads.root_one(Person, description="One person.")
    people: reads.Connection[Person] = reads.root_connection(Person, description="The users of the desk.")
    team: Team | None = reads.root_one(Team, description="One team.")
    teams: reads.Connection[Team] = reads.root_connection(Team, description="The teams.")
    accounts: reads.Connection[Account] = reads.root_connection(
        Account, description="The accounts of people, services and models."
    )
    api_tokens: reads.Connection[ApiToken] = reads.root_connection(
        ApiToken, description="Your account's tokens; everybody's with the permission token.issue."
    )
    viewer: Viewer = strawberry.field(resolver=_viewer, description="Who your token says you are, and what you may do.")
