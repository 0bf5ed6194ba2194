"""What the demo shows: each step with its document and its answer, abridged; where to look; which tokens there are."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table

from caseward.demo.desk import document
from caseward.demo.organisation import TOKENS, Organisation
from caseward.demo.scenario import Step
from caseward.demo.stage import Stage

LINES = 14
THEME = "ansi_dark"


def opening(out: Console, stage: Stage, loaded: Organisation, *, seconds: float) -> None:
    found = loaded.summary()
    out.print(
        Panel(
            f"{found['people']} people in {found['teams']} teams, {found['queues']} queues, "
            f"{len(found['tokens'])} tokens. Up after {seconds:.1f} s at {stage.api}",
            title="Caseward",
        ),
        highlight=False,
    )


def step(out: Console, number: int, played: Step, answer: dict[str, Any], *, seconds: float) -> None:
    out.rule(f"[bold]{number}. {played.title}[/] [dim]{seconds:.1f} s[/]", align="left")
    if played.document is not None:
        out.print(Syntax(document(played.document).strip(), "graphql", theme=THEME, background_color="default"))
    out.print(Syntax(_abridged(answer), "json", theme=THEME, background_color="default"))


def failed(out: Console, number: int, played: Step, reason: str, stage: Stage) -> None:
    out.rule(f"[bold red]{number}. {played.title}[/]", align="left")
    out.print(f"[red]{reason}[/]\nThe logs are in {stage.logs}", highlight=False)


def closing(out: Console, stage: Stage, loaded: Organisation, *, failed: str | None, home: Path) -> None:
    if failed is not None:
        out.print(f"[bold red]The scenario stopped at:[/] {failed}", highlight=False)
        return
    look = Table(title="Where to look", show_header=False, box=None, title_justify="left")
    for what, where in (
        ("GraphiQL, with example documents", f"{stage.api}/graphql"),
        ("The Jira board (emulated)", stage.jira),
        ("The platform's rooms (emulated)", stage.platform),
        ("The mailbox", stage.mail),
        ("Logs", str(stage.logs)),
        ("Tokens", str(home / "tokens.json")),
    ):
        look.add_row(what, where)
    who = Table(title="Tokens", show_header=False, box=None, title_justify="left")
    for role, token in loaded.tokens.items():
        who.add_row(role, TOKENS[role], token)
    out.print(look, who)
    out.print("[bold green]Every step of the scenario was played.[/]", highlight=False)


def _abridged(answer: dict[str, Any]) -> str:
    lines = json.dumps(answer, indent=2, ensure_ascii=False).splitlines()
    shown = lines[:LINES] + ([f"… {len(lines) - LINES} more lines"] if len(lines) > LINES else [])
    return "\n".join(shown)
