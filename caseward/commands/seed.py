"""``caseward seed``."""

import typer

from caseward.database import on_database
from caseward.demo import organisation
from caseward.shell import Json, say

app = typer.Typer()


@app.command()
def seed(as_json: Json = False) -> None:
    """Load the small organisation of the demo: teams, people, queues, policies. Repeating changes nothing."""
    found = on_database(organisation.load).summary()
    text = (
        f"{found['people']} people in {found['teams']} teams, {found['queues']} queues, {len(found['tokens'])} tokens."
    )
    say(found, as_json=as_json, text=text)
