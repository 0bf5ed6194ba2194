"""``caseward health``."""

import httpx
import typer

from caseward.shell import Json, refuse, say
from integrations.settings import Settings

app = typer.Typer()


@app.command()
def health(as_json: Json = False) -> None:
    """Ask the running API whether it can serve."""
    settings = Settings()
    url = f"http://{settings.api_host}:{settings.api_port}/health/ready"
    try:
        answer = httpx.get(url, timeout=5)
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        message = f"Nothing answers at {url} ({type(error).__name__}). Start it: caseward serve"
        raise refuse("API_AWAY", message) from None
    say(found, as_json=as_json, text="\n".join(f"{name}: {value}" for name, value in found.items()))
    raise typer.Exit(0 if answer.status_code == 200 else 1)
