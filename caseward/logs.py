"""Logs: readable at a terminal, one JSON object a line in production."""

import logging
import sys

import structlog

from integrations.settings import Settings

tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)

QUIET = ("arq", "asyncio", "httpx", "httpcore", "jira", "tortoise", "urllib3", "uvicorn.access")


def configure(settings: Settings) -> None:
    """Sends every log, the libraries' included, to standard error in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    plain = settings.log_format == "console"
    renderer: structlog.typing.Processor = (
        # Plain tracebacks: the rich ones show local variables, which may be tokens or somebody's words.
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        if plain
        else structlog.processors.JSONRenderer()
    )
    exceptions = [] if plain else [structlog.processors.ExceptionRenderer(tracebacks)]
    structlog.configure(
        processors=[*shared, *exceptions, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    outlet = logging.StreamHandler(sys.stderr)
    outlet.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *exceptions, renderer],
        )
    )
    logging.basicConfig(handlers=[outlet], level=logging.INFO, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
