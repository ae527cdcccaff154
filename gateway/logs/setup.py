"""How the log is set up, once, by the program's start."""

import logging
import sys

import structlog
from structlog.typing import Processor

from gateway.audit.target import LOGGER
from gateway.logs.cloud import cloud
from gateway.logs.console import compact, tamed

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)

_CHATTY = ("uvicorn", "httpx", "httpcore", "asyncio")
"""Libraries whose information repeats what our own lines say."""
_COMPLAINING = ("python_multipart", "opentelemetry")
"""Those that warn of each form that a client breaks, and of each span that is dropped."""


def configure(level: str, style: str, project: str = "") -> None:
    """Logs at `level` (debug, info, warning, error) in `style` (console, json); `project` is Google Cloud's, for traces."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    rendering = _for_machines(project) if style == "json" else _for_people()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.getLogger(LOGGER).setLevel(logging.INFO)  # the audit log is no matter of verbosity
    for names, least in ((_CHATTY, logging.WARNING), (_COMPLAINING, logging.ERROR)):
        for name in names:
            logging.getLogger(name).setLevel(least)


def _for_machines(project: str) -> tuple[Processor, ...]:
    return cloud(project), structlog.processors.JSONRenderer()


def _for_people() -> tuple[Processor, ...]:
    return compact, tamed, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
