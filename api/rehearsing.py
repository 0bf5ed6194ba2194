"""Answering a dry run: what a request would cost, what of it will be gone, and how it would be read. Nothing runs."""

from typing import Any

from api.behind import EXPLAINS, behind, deprecations, ensure_compiled, told
from api.refusals import OperationRefused
from api.running import Operation
from api.showing import refused, shown
from domain.core.errors import Refusal
from schema import reads, schema
from schema.context import Context


def is_dry(header: str | None) -> bool:
    """Whether X-Query-Dry-Run asks for a dry run."""
    return (header or "").strip().lower() not in {"", "0", "false", "no"}


async def rehearsed(operation: Operation, about: Context) -> dict[str, Any]:
    """An answer without data; statements for whoever may see them. Refused with NOT_COMPILED where reads are walked."""
    try:
        ensure_compiled(operation.contract)
    except Refusal as refusal:
        raise OperationRefused([refused(refusal, {})]) from refusal
    name = operation.node.name.value if operation.node.name else None
    core, document = schema._schema, about.document  # noqa: SLF001 - it has no public name
    errors = await reads.rehearse(core, document, variables=operation.request.variables, name=name, context=about)
    extensions = behind(about)
    extensions["deprecations"] = deprecations(operation.document)
    if about.viewer.may(EXPLAINS):
        extensions["statements"] = [told(each) for each in about.watch.told]
    return shown(None, errors, extensions, operation.sent)
