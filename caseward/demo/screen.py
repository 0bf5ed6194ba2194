"""What the demo shows: each step with its document and its answer, abridged; where to look; which tokens there are."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.syntax import Syntax

from caseward.demo.desk import document
from caseward.demo.organisation import TOKENS, Organisation
from caseward.demo.scenario import Step
from caseward.demo.stage import Stage

LINES = 24
LONGEST = 90
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


def step(
    out: Console, number: int, played: Step, sent: dict[str, Any], answer: dict[str, Any], *, seconds: float
) -> None:
    """The document, its variables and its answer."""
    out.print(f"\n[bold cyan]{number:2}. {played.title}[/] [dim]({seconds:.1f} s)[/]", highlight=False)
    if played.document is not None:
        _show(out, document(played.document).strip(), "graphql")
        out.print("[dim]with[/]")
        _show(out, _abridged(sent, width=out.width), "json")
        out.print("[dim]answers[/]")
    _show(out, _abridged(answer, width=out.width), "json")


def _show(out: Console, text: str, language: str) -> None:
    out.print(Syntax(text, language, theme=THEME, background_color="default", word_wrap=True))


def failed(out: Console, number: int, played: Step, reason: str, stage: Stage) -> None:
    out.print(f"\n[bold red]{number:2}. {played.title}[/]", highlight=False)
    out.print(f"[red]{reason}[/]\nThe logs are in {stage.logs}", highlight=False)


def closing(out: Console, stage: Stage, loaded: Organisation, *, failed: str | None, home: Path) -> None:
    if failed is not None:
        out.print(f"[bold red]The scenario stopped at:[/] {failed}", highlight=False)
        return
    out.print("\n[bold]Where to look[/]")
    for what, where in (
        ("GraphiQL, with example documents", f"{stage.api}/graphql"),
        ("The Jira board (emulated)", stage.jira),
        ("The platform's rooms (emulated)", stage.platform),
        ("The mailbox", stage.mail),
        ("Logs", str(stage.logs)),
        ("Tokens", str(home / "tokens.json")),
    ):
        out.print(f"  {what:34}{where}", highlight=False, soft_wrap=True)
    out.print("\n[bold]Tokens[/], for the header [bold]authorization: Bearer …[/]")
    for role, token in loaded.tokens.items():
        out.print(f"  {role:14}{TOKENS[role]:22}{token}", highlight=False, soft_wrap=True)
    out.print()
    out.print("[bold green]Every step of the scenario was played.[/]", highlight=False)


def _abridged(answer: dict[str, Any], *, width: int) -> str:
    """JSON with small objects on one line, long lists cut after two, long texts cut."""
    lines = _lines(answer, room=width)
    return "\n".join(lines[:LINES] + (["…"] if len(lines) > LINES else []))


def _lines(value: Any, *, room: int) -> list[str]:
    whole = json.dumps(_cut(value), ensure_ascii=False)
    if not isinstance(value, dict | list) or len(whole) < room:
        return [whole]
    if isinstance(value, list):
        blocks = [_lines(item, room=room - 2) for item in value[:2]]
        blocks += [[f"… {len(value) - 2} more"]] if len(value) > 2 else []
        return ["[", *_joined(blocks), "]"]
    blocks = []
    for name, inner in value.items():
        head, *rest = _lines(inner, room=room - len(name) - 6)
        blocks.append([f'"{name}": {head}', *rest])
    return ["{", *_joined(blocks), "}"]


def _joined(blocks: list[list[str]]) -> list[str]:
    for block in blocks[:-1]:
        block[-1] += ","
    return [f"  {line}" for block in blocks for line in block]


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST:
        return value[:LONGEST] + "…"
    if isinstance(value, dict):
        return {name: _cut(inner) for name, inner in value.items()}
    return [_cut(inner) for inner in value] if isinstance(value, list) else value
