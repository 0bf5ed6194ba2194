"""What lies behind an answer: what it cost, what of its document will be gone, and for some how it was read."""

from collections.abc import Mapping
from typing import Any

from graphql import OperationType

from domain.core.errors import invalid
from schema import Contract, reads, schema
from schema.context import Context
from schema.documents import Document
from schema.reads.errors import NotCompiled

EXPLAINS = "query.explain"
"""The permission without which neither SQL nor plans are told."""


def look(extensions: Mapping[str, Any], kind: OperationType, contract: Contract, about: Context) -> None:
    """Reads `extensions.explain`; refuses those who may not, and what is no query, before anything runs."""
    if extensions.get("explain") is not True:
        return
    about.viewer.ensure(EXPLAINS)
    if kind is not OperationType.QUERY:
        raise invalid("explain", "Only a query is explained. Leave it out, or ask for what the payload reads.")
    ensure_compiled(contract)
    about.watch.explain = True


def ensure_compiled(contract: Contract) -> None:
    """Refuses to tell statements, and what they would cost, where there are none before they run."""
    if contract is not schema:
        said = "Reads are answered without the compiler here (CASEWARD_READS, or the warning portable_reads in the log)"
        raise NotCompiled(f"{said}: there is neither a dry run nor an explanation.")


def behind(about: Context) -> dict[str, Any]:
    """The extensions that tell of it: always the cost; statements and plans where they were asked for."""
    found: dict[str, Any] = {"cost": {"requested": about.watch.cost}}
    if about.watch.explain:
        found["explain"] = [told(each) for each in about.watch.told]
    return found


def deprecations(document: Document) -> list[dict[str, Any]]:
    """What of a document will be gone and what to use instead, in its wire form."""
    return [
        {"message": each.message, "locations": [{"line": at.line, "column": at.column} for at in each.locations or ()]}
        for each in document.deprecated
    ]


def told(each: reads.Told) -> dict[str, Any]:
    """One statement in its wire form."""
    found = {"path": list(each.path), "sql": each.sql, "milliseconds": each.milliseconds, "plan": each.plan}
    return {name: value for name, value in found.items() if value is not None}
