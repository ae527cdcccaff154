"""The log: structlog's lines and the standard library's in one format on standard error."""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from gateway.audit.target import LOGGER

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_CHATTY = ("uvicorn", "httpx", "httpcore", "asyncio")
"""Libraries whose information repeats what our own lines say."""


def configure(level: str, style: str) -> None:
    """Logs at `level` (debug, info, warning, error) in `style` (console, json). Called once, by the program's start."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_SHARED, processors=_rendering(style)))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.getLogger(LOGGER).setLevel(logging.INFO)  # the audit log is no matter of verbosity
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it warns of each form that a client breaks


def _rendering(style: str) -> list[Processor]:
    if style == "json":
        return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()]
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _tamed, console]


def _tamed(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Control characters escaped: what a client sent neither forges a line nor commands a terminal."""
    for name, value in event.items():
        if isinstance(value, str):
            lines = value.split("\n") if name == "exception" else [value]  # a traceback has them
            event[name] = "\n".join(_CONTROL.sub(lambda found: ascii(found[0])[1:-1], line) for line in lines)
    return event
