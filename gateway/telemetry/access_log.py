"""One line for each request."""

import structlog

from gateway.telemetry.record import Record

_log = structlog.get_logger("gateway.access")


def access_log(kept: Record) -> None:
    """What was asked, by whom, how it ended and what took how many milliseconds; of probes only those that failed."""
    told = _log.debug if kept.is_probe and kept.status < 400 else _log.info
    told(
        "request",
        method=kept.method,
        path=kept.path,
        client=kept.client,
        status=kept.status,
        ms=round(1000 * kept.seconds, 1),
        bytes=kept.sent,
        **_present(code=kept.code, model=kept.model, version=kept.version, cache=kept.outcome),
        **_present(stages={stage: round(1000 * spent, 1) for stage, spent in kept.watch.stages.items()}),
    )


def _present(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value}
