"""One line for each request."""

import logging

import structlog

from gateway.errors import Starting
from gateway.telemetry.record import Record

_log = structlog.get_logger("gateway.access")


class AccessLog:
    """Says what was asked, by whom, how it ended and what took how long.

    Of probes only those that fail, and of those only the first of several: they come every few seconds.
    """

    def __init__(self) -> None:
        self._failing: dict[str, str] = {}

    def observe(self, kept: Record) -> None:
        """A request that has ended."""
        _log.log(
            logging.DEBUG if kept.is_probe and not self._is_news(kept) else _level(kept),
            "request",
            method=kept.method,
            path=kept.path,
            client=kept.client,
            status=kept.status,
            seconds=kept.seconds,
            bytes=kept.sent,
            **_present(route=kept.route, model=kept.model, version=kept.version, cache=kept.outcome),
            **_present(code=kept.code, detail=kept.detail, cause=kept.cause, exc_info=kept.fault),
            **_present(stages={stage: round(spent, 4) for stage, spent in kept.watch.stages.items()}),
        )

    def _is_news(self, kept: Record) -> bool:
        """Whether the probe fails in another way than the last one of its kind."""
        code = "" if kept.status < 400 else kept.code or str(kept.status)
        before, self._failing[kept.route] = self._failing.get(kept.route, ""), code
        return code not in ("", before)


def _level(kept: Record) -> int:
    """Whose turn it is: an error is ours to mend; 503 and 504 pass, but should not be many; the rest is as it should be."""
    if kept.fault is not None:
        return logging.ERROR
    if kept.status < 500 or (kept.is_probe and kept.code == Starting.code):
        return logging.INFO
    return logging.WARNING if kept.status in (503, 504) else logging.ERROR


def _present(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value}
